// devpts. Mirrors devpts_show_options of fs/devpts/inode.c.

import type { Kva } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { chosen, type DriverOptions, driverInfo, octal } from './options.js';

const INFO = {
  setUid: 'mount_opts.setuid',
  setGid: 'mount_opts.setgid',
  uid: 'mount_opts.uid',
  gid: 'mount_opts.gid',
  mode: 'mount_opts.mode',
  masterMode: 'mount_opts.ptmxmode',
  max: 'mount_opts.max',
} as const;
/** NR_UNIX98_PTY_MAX: no limit. */
const UNLIMITED = 1 << 20;

export function devptsOptions(kernel: Kernel, block: Kva): DriverOptions {
  const { mem } = kernel;
  const info = driverInfo(kernel, block);
  const at = kernel.layout('pts_fs_info', INFO);
  const max = mem.i32(info, at.max);
  const options = chosen([
    [mem.u32(info, at.setUid) !== 0, `uid=${mem.u32(info, at.uid)}`],
    [mem.u32(info, at.setGid) !== 0, `gid=${mem.u32(info, at.gid)}`],
    [true, `mode=${octal(mem.u16(info, at.mode), 3)}`],
    [true, `ptmxmode=${octal(mem.u16(info, at.masterMode), 3)}`],
    [max < UNLIMITED, `max=${max}`],
  ]);
  return { options, complete: true };
}
