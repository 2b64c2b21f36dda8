// Flags of a descriptor as text: x86's values of include/uapi/asm-generic/fcntl.h.

import type { FileDescriptor } from '../../snapshot/files.js';

const O_CLOEXEC = 0o2000000;
const ACCESS = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'] as const;

/** Sorted so that a name that covers several bits comes before those of single ones. */
const NAMES: readonly (readonly [bits: number, name: string])[] = [
  [0o20200000, 'O_TMPFILE'],
  [0o4010000, 'O_SYNC'],
  [0o100, 'O_CREAT'],
  [0o200, 'O_EXCL'],
  [0o400, 'O_NOCTTY'],
  [0o1000, 'O_TRUNC'],
  [0o2000, 'O_APPEND'],
  [0o4000, 'O_NONBLOCK'],
  [0o10000, 'O_DSYNC'],
  [0o20000, 'O_ASYNC'],
  [0o40000, 'O_DIRECT'],
  [0o100000, 'O_LARGEFILE'],
  [0o200000, 'O_DIRECTORY'],
  [0o400000, 'O_NOFOLLOW'],
  [0o1000000, 'O_NOATIME'],
  [O_CLOEXEC, 'O_CLOEXEC'],
  [0o10000000, 'O_PATH'],
];

/** The `flags:` of /proc/PID/fdinfo/FD: O_CLOEXEC is the descriptor's, all else the description's. */
export function descriptorFlags({ file, closeOnExec }: FileDescriptor): number {
  return closeOnExec ? file.flags | O_CLOEXEC : file.flags;
}

/** `O_RDWR|O_APPEND`; bits without a name, such as the kernel's own, in octal at the end. */
export function flagNames(flags: number): string {
  const names: string[] = [ACCESS[flags & 3] as string];
  let rest = flags & ~3;
  for (const [bits, name] of NAMES) {
    if ((rest & bits) !== bits) continue;
    names.push(name);
    rest &= ~bits;
  }
  if (rest !== 0) names.push(`0${(rest >>> 0).toString(8)}`);
  return names.join('|');
}
