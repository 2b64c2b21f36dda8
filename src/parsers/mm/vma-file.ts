// What /proc/PID/maps says of the file behind a VMA: its path, and the device and number of its inode.

import { type Kva, NULL } from '../../base/address.js';
import { userPath } from '../fs/backing-file.js';
import { dentryLayout } from '../fs/dentry.js';
import { fileSystem } from '../fs/inode.js';
import { pathOf } from '../fs/path.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';

export interface VmaFile {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  readonly inode: number;
}

export const NO_FILE: VmaFile = { name: '', major: 0, minor: 0, inode: 0 };

const FILE = { mapping: 'f_mapping' } as const;
const INODE = { number: 'i_ino', superBlock: 'i_sb' } as const;
const MAPPING = { operations: 'a_ops' } as const;
const MINOR_BITS = 20;

const files = perKernel(() => new Map<Kva, VmaFile>());

export function fileOfVma(kernel: Kernel, file: Kva): VmaFile {
  const known = files(kernel);
  let found = known.get(file);
  if (found === undefined) known.set(file, (found = read(kernel, file)));
  return found;
}

function read(kernel: Kernel, file: Kva): VmaFile {
  const { mem } = kernel;
  const path = userPath(kernel, file);
  const inode = mem.ptr(path.dentry, dentryLayout(kernel).inode);
  const of = kernel.layout('inode', INODE);
  const { device } = fileSystem(kernel, mem.ptr(inode, of.superBlock));
  return {
    name: pathOf(kernel, path),
    major: device >>> MINOR_BITS,
    minor: device & ((1 << MINOR_BITS) - 1),
    inode: Number(mem.u64(inode, of.number)),
  };
}

/** The address_space that holds the file's pages. */
export function mappingOfFile(kernel: Kernel, file: Kva): Kva {
  return kernel.mem.ptr(file, kernel.layout('file', FILE).mapping);
}

const shmemFiles = perKernel(() => new Map<Kva, boolean>());

/** Pages of tmpfs, memfd, System V and shared anonymous memory count as shmem. */
export function isShmemFile(kernel: Kernel, file: Kva): boolean {
  const known = shmemFiles(kernel);
  let found = known.get(file);
  if (found === undefined) {
    const mapping = mappingOfFile(kernel, file);
    const operations =
      mapping === NULL ? NULL : kernel.mem.ptr(mapping, kernel.layout('address_space', MAPPING).operations);
    found = operations !== NULL && operations === kernel.symbols.address('shmem_aops');
    known.set(file, found);
  }
  return found;
}
