// Inodes and super blocks: what stat says of a file. Mirrors struct inode and struct super_block of include/linux/fs.h.

import { type Kva, NULL } from '../../base/address.js';
import type { FileTimes, FileType } from '../../snapshot/files.js';
import type { Wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { readInodeTimes } from './inode-times.js';

const INODE = {
  mode: 'i_mode',
  superBlock: 'i_sb',
  number: 'i_ino',
  device: 'i_rdev',
  size: 'i_size',
  links: 'i_nlink',
} as const;
const SUPER_BLOCK = { device: 's_dev', type: 's_type' } as const;
const TYPE = { name: 'name' } as const;

/** S_IFMT nibble of i_mode. */
const TYPES: Readonly<Record<number, FileType>> = {
  1: 'fifo',
  2: 'char',
  4: 'directory',
  6: 'block',
  8: 'regular',
  10: 'symlink',
  12: 'socket',
};
/** File systems of inodes that stand for a kernel object; some give them a type of their own, some none. */
const ANONYMOUS = new Set(['anon_inodefs', 'pidfs']);

export interface Inode {
  readonly type: FileType;
  readonly mode: number;
  readonly number: Wide;
  /** Kernel's dev_t: major << 20 | minor. */
  readonly device: number;
  readonly rdev: number;
  readonly size: Wide;
  readonly times: FileTimes | null;
  readonly links: number;
  readonly fsType: string;
}

export const NO_INODE: Inode = {
  type: 'unknown',
  mode: 0,
  number: 0,
  device: 0,
  rdev: 0,
  size: 0,
  times: null,
  links: 0,
  fsType: '?',
};

export function readInode(kernel: Kernel, inode: Kva): Inode {
  const { mem } = kernel;
  const at = kernel.layout('inode', INODE);
  const mode = mem.u16(inode, at.mode);
  const file = fileSystem(kernel, mem.ptr(inode, at.superBlock));
  return {
    type: ANONYMOUS.has(file.name) ? 'anon' : (TYPES[mode >>> 12] ?? 'unknown'),
    mode: mode & 0xfff,
    number: mem.wide(inode, at.number),
    device: file.device,
    rdev: mem.u32(inode, at.device),
    size: mem.wideInt(inode, at.size),
    times: kernel.faults.guard('times', () => readInodeTimes(kernel, inode), null),
    links: mem.u32(inode, at.links),
    fsType: file.name,
  };
}

/** Names that lead to it: 0 of what is deleted, or never had one. */
export function linksOf(kernel: Kernel, inode: Kva): number {
  return kernel.mem.u32(inode, kernel.layout('inode', INODE).links);
}

interface FileSystem {
  readonly name: string;
  readonly device: number;
}

const fileSystems = perKernel(() => new Map<Kva, FileSystem>());

/** Type name and device number of a super block. */
export function fileSystem(kernel: Kernel, superBlock: Kva): FileSystem {
  const known = fileSystems(kernel);
  let found = known.get(superBlock);
  if (found === undefined) {
    const { mem } = kernel;
    const at = kernel.layout('super_block', SUPER_BLOCK);
    const type = mem.ptr(superBlock, at.type);
    const name = type === NULL ? NULL : mem.ptr(type, kernel.layout('file_system_type', TYPE).name);
    found = { name: name === NULL ? '?' : mem.cstr(name, 0, 64), device: mem.u32(superBlock, at.device) };
    known.set(superBlock, found);
  }
  return found;
}
