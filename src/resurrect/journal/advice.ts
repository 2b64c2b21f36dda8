// What to try where a step has failed: by what it does, and by its error.

import { OP, type OpName } from '../abi/records/steps.js';

interface Rule {
  readonly ops: readonly OpName[];
  /** Empty: any. */
  readonly errors: readonly number[];
  readonly advice: string;
}

const [EPERM, ENOENT, EIO, EAGAIN, ENOMEM, EACCES, EEXIST, ENODEV, EINVAL, EMFILE, ENOSPC, EROFS, EILSEQ] = [
  1, 2, 5, 11, 12, 13, 17, 19, 22, 24, 28, 30, 84,
];
const [ENOSYS, EOPNOTSUPP, EADDRINUSE, EADDRNOTAVAIL, ESTALE] = [38, 95, 98, 99, 116];

/** The first that fits. */
const RULES: readonly Rule[] = [
  {
    ops: ['check_machine'],
    errors: [],
    advice: 'The plan is of another machine or another death: build it anew from this memory.',
  },
  {
    ops: ['write_back', 'fill_tmpfs'],
    errors: [ENOSPC],
    advice:
      'Make room on that file system, or leave the file out: the dump still has its pages (ow inspect DUMP pagecache --extract).',
  },
  {
    ops: ['write_back'],
    errors: [EROFS],
    advice: 'Mount the file system for writing before the plan is executed; the pages are still in the dump.',
  },
  {
    ops: ['write_back', 'open_inode', 'open_file'],
    errors: [ENOENT, ESTALE],
    advice:
      'The file is not where it was: is its file system mounted, at the same place? Deleted files need their pages in the plan.',
  },
  {
    ops: ['open_inode', 'open_file', 'set_directories'],
    errors: [ENODEV, ENOENT],
    advice: 'Mount what the process had mounted, load the driver of the device, and try again.',
  },
  {
    ops: ['make_process'],
    errors: [EEXIST],
    advice:
      'Something runs under that PID already: resurrect in a fresh pid namespace, before other services start.',
  },
  {
    ops: ['make_process'],
    errors: [EAGAIN, ENOMEM],
    advice: 'Give the crash kernel more memory (crashkernel=), or select fewer processes.',
  },
  {
    ops: ['make_mm', 'fill_mm', 'make_shared_memory'],
    errors: [ENOMEM],
    advice:
      'Give the crash kernel more memory (crashkernel=), select fewer processes, or let it take back the old memory first.',
  },
  {
    ops: ['fill_mm', 'make_shared_memory', 'write_back'],
    errors: [EIO, EILSEQ],
    advice:
      'Memory changed after the plan was made: something wrote to it (a device, a stray CPU). Compare with ow plan check --dump.',
  },
  {
    ops: ['make_mm'],
    errors: [EINVAL, EEXIST],
    advice:
      'The addresses are taken or invalid here: ow plan check names the VMA; is vm.mmap_min_addr higher in the crash kernel?',
  },
  { ops: ['install_files'], errors: [EMFILE], advice: 'Raise fs.nr_open in the crash kernel.' },
  {
    ops: ['make_socket'],
    errors: [EADDRINUSE],
    advice: 'A service of the crash kernel has taken the port: start it later.',
  },
  {
    ops: ['make_socket'],
    errors: [EADDRNOTAVAIL],
    advice: 'Configure the network interfaces before the plan is executed.',
  },
  {
    ops: ['make_terminal'],
    errors: [ENOSPC, EEXIST],
    advice: "The pty's number is taken: mount a fresh devpts instance before the plan is executed.",
  },
  {
    ops: ['set_attributes'],
    errors: [ENOENT],
    advice: 'Make the control groups before the plan is executed.',
  },
  {
    ops: [],
    errors: [ENOSYS, EOPNOTSUPP],
    advice: 'The crash kernel lacks it: use the kernel that died, or one with the same configuration.',
  },
  {
    ops: [],
    errors: [EPERM, EACCES],
    advice:
      'The executor lacks a right: run it as root of the initial user namespace, without a security policy in its way.',
  },
  {
    ops: [],
    errors: [],
    advice: 'Look at the object with ow plan show PLAN --kind, and check the plan (ow plan check).',
  },
];

export function adviceFor(op: number, error: number): string {
  const fits = ({ ops, errors }: Rule) =>
    (ops.length === 0 || ops.some((name) => OP[name] === op)) &&
    (errors.length === 0 || errors.includes(error));
  return (RULES.find(fits) as Rule).advice;
}
