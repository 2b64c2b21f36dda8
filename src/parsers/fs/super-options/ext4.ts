// ext4. Mirrors _ext4_show_options of fs/ext4/super.c as far as the options in common use go: where an option beyond
// these differs from its default, the result is marked incomplete.

import { type Kva, NULL } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { jiffiesPerSecond } from './jiffies.js';
import { chosen, type DriverLayout, type DriverOptions, driverInfo } from './options.js';

const INFO = {
  options: 's_mount_opt',
  defaults: 's_def_mount_opt',
  more: 's_mount_opt2',
  moreDefaults: 's_def_mount_opt2?',
  commit: 's_commit_interval',
  stripe: 's_stripe',
  superBlock: 's_sb_block',
  onDisk: 's_es',
  readAhead: 's_inode_readahead_blks',
  minBatch: 's_min_batch_time',
  maxBatch: 's_max_batch_time',
  maxDir: 's_max_dir_size_kb',
  quotaFormat: 's_jquota_fmt?',
} as const;
const ON_DISK = { errors: 's_errors' } as const;

/** EXT4_MOUNT_*: on errors go on, remount read-only, panic; in the order of s_errors from 1 on. */
const ERRORS = [
  [0x10, 1, 'continue'],
  [0x20, 2, 'remount-ro'],
  [0x40, 3, 'panic'],
] as const;
const ERROR_BITS = 0x70;
const DISCARD = 0x4000_0000;
const DEFAULT_COMMIT_SECONDS = 5;
const [READ_AHEAD, MIN_BATCH, MAX_BATCH, SUPER_BLOCK] = [32, 0, 15000, 1];

export function ext4Options(kernel: Kernel, block: Kva, layout: DriverLayout): DriverOptions {
  const { mem } = kernel;
  const info = driverInfo(kernel, block);
  const at = layout('ext4_sb_info', INFO);
  const flags = mem.u32(info, at.options);
  const changed = flags ^ mem.u32(info, at.defaults);
  const commit = mem.nat(info, at.commit) / jiffiesPerSecond(kernel);
  const stripe = mem.nat(info, at.stripe);
  const options = chosen([
    [(changed & DISCARD) !== 0, flags & DISCARD ? 'discard' : 'nodiscard'],
    ...onErrors(kernel, mem.ptr(info, at.onDisk), layout, flags),
    [commit !== DEFAULT_COMMIT_SECONDS, `commit=${Math.trunc(commit)}`],
    [stripe !== 0, `stripe=${stripe}`],
  ]);
  return {
    options,
    complete: (changed & ~(DISCARD | ERROR_BITS)) === 0 && restIsDefault(kernel, info, layout),
  };
}

function onErrors(
  kernel: Kernel,
  onDisk: Kva,
  layout: DriverLayout,
  flags: number,
): (readonly [boolean, string])[] {
  const preset = kernel.mem.u16(onDisk, layout('ext4_super_block', ON_DISK).errors);
  return ERRORS.map(([bit, value, name]) => [(flags & bit) !== 0 && preset !== value, `errors=${name}`]);
}

/** Whether nothing is set that would be printed and is not read here. */
function restIsDefault(kernel: Kernel, info: Kva, layout: DriverLayout): boolean {
  const { mem } = kernel;
  const at = layout('ext4_sb_info', INFO);
  return (
    mem.nat(info, at.superBlock) === SUPER_BLOCK &&
    mem.u32(info, at.readAhead) === READ_AHEAD &&
    mem.u32(info, at.minBatch) === MIN_BATCH &&
    mem.u32(info, at.maxBatch) === MAX_BATCH &&
    mem.u32(info, at.maxDir) === 0 &&
    (at.quotaFormat === undefined || mem.u32(info, at.quotaFormat) === NULL)
  );
}
