// Every mounted file system, and every inode of it that is in memory: super_blocks (fs/super.c), s_inodes (fs/inode.c).

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import type { Visit } from '../walks/visit.js';

const SUPER_BLOCK = { all: 's_list', inodes: 's_inodes' } as const;
const INODE = { ofSuper: 'i_sb_list' } as const;
const MAX_SUPER_BLOCKS = 1 << 20;

/** Visits each struct super_block, the kernel's own mounts too, in order of their making. */
export function forEachSuperBlock(kernel: Kernel, visit: Visit): void {
  const { all } = kernel.layout('super_block', SUPER_BLOCK);
  forEachListEntry(kernel, kernel.symbol('super_blocks'), all, visit, MAX_SUPER_BLOCKS);
}

/** Visits each struct inode of a super block; those of sockets and pipes are on no such list. */
export function forEachInode(kernel: Kernel, superBlock: Kva, visit: Visit): void {
  const { inodes } = kernel.layout('super_block', SUPER_BLOCK);
  const { ofSuper } = kernel.layout('inode', INODE);
  forEachListEntry(kernel, (superBlock + inodes) as Kva, ofSuper, visit);
}
