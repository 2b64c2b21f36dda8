// tmpfs and devtmpfs. Mirrors shmem_show_options of mm/shmem.c.

import { type Kva, NULL } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { chosen, type DriverOptions, driverInfo, octal } from './options.js';

const INFO = {
  blocks: 'max_blocks',
  inodes: 'max_inodes',
  mode: 'mode',
  uid: 'uid',
  gid: 'gid',
  wideNumbers: 'full_inums?',
  huge: 'huge',
  noSwap: 'noswap?',
  policy: 'mpol?',
} as const;
const SUPER_BLOCK = { quotas: 's_dquot.flags' } as const;
const DEFAULT_MODE = 0o1777;
const PAGE_KIB = 4;
/** DQUOT_USAGE_ENABLED of user and group quotas. */
const QUOTAS = [
  [1, 'usrquota'],
  [8, 'grpquota'],
] as const;
/** SHMEM_HUGE_*, an unsigned char. */
const HUGE: Readonly<Record<number, string>> = {
  1: 'always',
  2: 'within_size',
  3: 'advise',
  254: 'force',
  255: 'deny',
};

export function tmpfsOptions(kernel: Kernel, block: Kva): DriverOptions {
  const { mem } = kernel;
  const info = driverInfo(kernel, block);
  const at = kernel.layout('shmem_sb_info', INFO);
  const blocks = mem.u64(info, at.blocks);
  const inodes = mem.u64(info, at.inodes);
  const half = mem.u64(kernel.symbol('_totalram_pages')) / 2n;
  const [mode, uid, gid] = [mem.u16(info, at.mode), mem.u32(info, at.uid), mem.u32(info, at.gid)];
  const huge = mem.u8(info, at.huge);
  const flag = (offset: number | undefined) => offset !== undefined && mem.u8(info, offset) !== 0;
  const policy = at.policy === undefined ? NULL : mem.ptr(info, at.policy);
  const options = chosen([
    [blocks !== half, `size=${blocks * BigInt(PAGE_KIB)}k`],
    [inodes !== half, `nr_inodes=${inodes}`],
    [mode !== DEFAULT_MODE, `mode=${octal(mode, 3)}`],
    [uid !== 0, `uid=${uid}`],
    [gid !== 0, `gid=${gid}`],
    // inode32 is printed too where the kernel's own default is inode64, which memory does not tell
    [flag(at.wideNumbers), 'inode64'],
    [huge !== 0, `huge=${HUGE[huge] ?? 'bad'}`],
    [flag(at.noSwap), 'noswap'],
    ...quotas(kernel, block),
  ]);
  return { options, complete: policy === NULL };
}

function quotas(kernel: Kernel, block: Kva): (readonly [boolean, string])[] {
  const flags = kernel.mem.u32(block, kernel.layout('super_block', SUPER_BLOCK).quotas);
  return QUOTAS.map(([bit, name]) => [(flags & bit) !== 0, name]);
}
