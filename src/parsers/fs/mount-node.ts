// One mount: struct mount and the struct vfsmount in it. Mirrors fs/mount.h.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import type { PathRef } from './path.js';

const MOUNT = {
  vfs: 'mnt',
  parent: 'mnt_parent',
  root: 'mnt.mnt_root',
  superBlock: 'mnt.mnt_sb',
  flags: 'mnt.mnt_flags',
  id: 'mnt_id',
  group: 'mnt_group_id',
  device: 'mnt_devname',
  master: 'mnt_master',
  peers: 'mnt_share',
  namespace: 'mnt_ns',
} as const;

export function mountLayout(kernel: Kernel) {
  return kernel.layout('mount', MOUNT);
}

/** The struct mount around a struct vfsmount. */
export function mountOf(kernel: Kernel, vfs: Kva): Kva {
  return (vfs - mountLayout(kernel).vfs) as Kva;
}

export function mountId(kernel: Kernel, mount: Kva): number {
  return kernel.mem.i32(mount, mountLayout(kernel).id);
}

/** The root directory of a mount as a path: `&mnt->mnt` and its dentry. */
export function mountRoot(kernel: Kernel, mount: Kva): PathRef {
  const at = mountLayout(kernel);
  return { mount: (mount + at.vfs) as Kva, dentry: kernel.mem.ptr(mount, at.root) };
}

/** mnt_master: the mount that this one receives mounts from; NULL for none. */
export function masterOf(kernel: Kernel, mount: Kva): Kva {
  return mount === NULL ? NULL : kernel.mem.ptr(mount, mountLayout(kernel).master);
}
