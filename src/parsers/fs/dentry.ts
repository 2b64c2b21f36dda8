// Directory entries: struct dentry (include/linux/dcache.h), the same in all eras but for where its members lie.

import { type Kva, NULL } from '../../base/address.js';
import { textOfBytes } from '../../base/text.js';
import type { Kernel } from '../kernel/kernel.js';

const DENTRY = {
  hashPrevious: 'd_hash.pprev',
  parent: 'd_parent',
  nameLength: 'd_name.len',
  name: 'd_name.name',
  inode: 'd_inode',
  operations: 'd_op',
  superBlock: 'd_sb',
  private: 'd_fsdata',
} as const;

/** No file system has longer names; those of pseudo files (memfd, dma-buf) stay below too. */
const MAX_NAME = 1024;

export function dentryLayout(kernel: Kernel) {
  return kernel.layout('dentry', DENTRY);
}

/** The name up to its length or its first NUL byte, as prepend_name copies it. */
export function dentryName(kernel: Kernel, dentry: Kva): string {
  const at = dentryLayout(kernel);
  const length = kernel.mem.u32(dentry, at.nameLength);
  if (length > MAX_NAME)
    throw kernel.mem.fault('corrupt', `a name of ${length} bytes`, dentry, at.nameLength);
  const bytes = kernel.mem.bytes(kernel.mem.ptr(dentry, at.name), length);
  const nul = bytes.indexOf(0);
  return textOfBytes(nul < 0 ? bytes : bytes.subarray(0, nul));
}

/** The kernel's d_unlinked(): removed from its directory, and not the root of a tree or a file without any. */
export function isUnlinked(kernel: Kernel, dentry: Kva): boolean {
  const at = dentryLayout(kernel);
  return kernel.mem.ptr(dentry, at.hashPrevious) === NULL && kernel.mem.ptr(dentry, at.parent) !== dentry;
}
