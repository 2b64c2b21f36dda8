// Options of one mount, as the sixth field of mountinfo has them. Mirrors fs/proc_namespace.c.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { mountLayout } from './mount-node.js';

const READ_ONLY = 0x40;
const NAMES: readonly (readonly [bit: number, name: string])[] = [
  [0x01, 'nosuid'],
  [0x02, 'nodev'],
  [0x04, 'noexec'],
  [0x08, 'noatime'],
  [0x10, 'nodiratime'],
  [0x20, 'relatime'],
  [0x80, 'nosymfollow'],
];

export function mountOptions(kernel: Kernel, mount: Kva): string {
  const flags = kernel.mem.u32(mount, mountLayout(kernel).flags);
  const names = NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  if (kernel.trait(mountIdmap)(kernel, mount)) names.push('idmapped');
  return [flags & READ_ONLY ? 'ro' : 'rw', ...names].join(',');
}

const IDMAP = { map: 'mnt.mnt_idmap' } as const;
const USER_NAMESPACE = { map: 'mnt.mnt_userns' } as const;
const SUPER_BLOCK = { owner: 's_user_ns' } as const;

/** Whether a mount maps user ids. */
export const mountIdmap: Trait<(kernel: Kernel, mount: Kva) => boolean> = {
  name: 'id-mapped mounts',
  eras: [
    {
      name: 'mnt_idmap',
      since: '6.2',
      commit: '256c8aed2b42',
      evidence: 'vfsmount.mnt_idmap',
      probe: hasMember('vfsmount.mnt_idmap'),
      reader: (kernel, mount) => {
        const map = kernel.mem.ptr(mount, kernel.layout('mount', IDMAP).map);
        return !['nop_mnt_idmap', 'invalid_mnt_idmap'].some((name) => kernel.symbols.address(name) === map);
      },
    },
    {
      name: 'user namespace',
      since: '5.12',
      commit: 'a6435940b62f',
      evidence: 'vfsmount.mnt_userns',
      probe: hasMember('vfsmount.mnt_userns'),
      // the initial namespace, or from 5.17 on the super block's own, stands for no mapping
      reader: (kernel, mount) => {
        const map = kernel.mem.ptr(mount, kernel.layout('mount', USER_NAMESPACE).map);
        const block = kernel.mem.ptr(mount, mountLayout(kernel).superBlock);
        const owner = kernel.mem.ptr(block, kernel.layout('super_block', SUPER_BLOCK).owner);
        return map !== owner && map !== kernel.symbol('init_user_ns');
      },
    },
    {
      name: 'none',
      since: '2.6',
      commit: null,
      evidence: 'vfsmount.mnt_flags',
      probe: hasMember('vfsmount.mnt_flags'),
      reader: () => false,
    },
  ],
};
