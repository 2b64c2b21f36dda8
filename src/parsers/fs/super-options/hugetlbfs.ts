// hugetlbfs. Mirrors hugetlbfs_show_options of fs/hugetlbfs/inode.c.

import { type Kva, NULL } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { chosen, type DriverOptions, driverInfo, octal } from './options.js';

const INFO = {
  size: 'hstate',
  inodes: 'max_inodes',
  pool: 'spool',
  uid: 'uid',
  gid: 'gid',
  mode: 'mode',
} as const;
const SIZE = { order: 'order' } as const;
const POOL = { max: 'max_hpages', min: 'min_hpages' } as const;
const DEFAULT_MODE = 0o755;
const UNLIMITED = -1;
const PAGE = 4096;
const MIB = 1 << 20;

export function hugetlbfsOptions(kernel: Kernel, block: Kva): DriverOptions {
  const { mem } = kernel;
  const info = driverInfo(kernel, block);
  const at = kernel.layout('hugetlbfs_sb_info', INFO);
  const order = mem.u32(mem.ptr(info, at.size), kernel.layout('hstate', SIZE).order);
  const bytes = PAGE * 2 ** order;
  const [uid, gid, mode] = [mem.u32(info, at.uid), mem.u32(info, at.gid), mem.u16(info, at.mode)];
  const inodes = mem.int(info, at.inodes);
  const options = chosen([
    [uid !== 0, `uid=${uid}`],
    [gid !== 0, `gid=${gid}`],
    [mode !== DEFAULT_MODE, `mode=${octal(mode)}`],
    [inodes !== UNLIMITED, `nr_inodes=${inodes}`],
    [true, `pagesize=${bytes >= MIB ? `${bytes / MIB}M` : `${bytes / 1024}K`}`],
    ...limits(kernel, mem.ptr(info, at.pool), bytes),
  ]);
  return { options, complete: true };
}

function limits(kernel: Kernel, pool: Kva, bytes: number): (readonly [boolean, string])[] {
  if (pool === NULL) return [];
  const at = kernel.layout('hugepage_subpool', POOL);
  const [max, min] = [kernel.mem.int(pool, at.max), kernel.mem.int(pool, at.min)];
  return [
    [max !== UNLIMITED, `size=${max * bytes}`],
    [min !== UNLIMITED, `min_size=${min * bytes}`],
  ];
}
