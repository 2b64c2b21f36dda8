// proc. Mirrors proc_show_options of fs/proc/root.c.

import type { Kva } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { chosen, type DriverOptions, driverInfo } from './options.js';

const INFO = { gid: 'pid_gid', hidden: 'hide_pid', only: 'pidonly' } as const;
const HIDDEN: Readonly<Record<number, string>> = { 1: 'noaccess', 2: 'invisible', 4: 'ptraceable' };

export function procOptions(kernel: Kernel, block: Kva): DriverOptions {
  const { mem } = kernel;
  const info = driverInfo(kernel, block);
  const at = kernel.layout('proc_fs_info', INFO);
  const [gid, hidden] = [mem.u32(info, at.gid), mem.u32(info, at.hidden)];
  const options = chosen([
    [gid !== 0, `gid=${gid}`],
    [hidden !== 0, `hidepid=${HIDDEN[hidden] ?? 'unknown'}`],
    [mem.u32(info, at.only) !== 0, 'subset=pid'],
  ]);
  return { options, complete: true };
}
