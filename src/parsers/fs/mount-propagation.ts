// Which mounts pass mounts on to each other: the optional fields of mountinfo. Mirrors fs/pnode.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { Met } from '../walks/met.js';
import { masterOf, mountLayout, mountRoot } from './mount-node.js';
import { type PathRef, reach } from './path.js';

interface Propagation {
  readonly shared: boolean;
  readonly unbindable: boolean;
}

const SPLIT = { flags: 'mnt_t_flags' } as const;
const [T_SHARED, T_UNBINDABLE] = [1, 2];
const [MNT_SHARED, MNT_UNBINDABLE] = [0x1000, 0x2000];

export const propagationFlags: Trait<(kernel: Kernel, mount: Kva) => Propagation> = {
  name: 'mount propagation flags',
  eras: [
    {
      name: 'flags of their own',
      since: '6.17',
      commit: '406fea799925',
      evidence: 'mount.mnt_t_flags',
      probe: hasMember('mount.mnt_t_flags'),
      reader: (kernel, mount) => {
        const flags = kernel.mem.u32(mount, kernel.layout('mount', SPLIT).flags);
        return { shared: (flags & T_SHARED) !== 0, unbindable: (flags & T_UNBINDABLE) !== 0 };
      },
    },
    {
      name: 'among the mount flags',
      since: '2.6',
      commit: null,
      evidence: 'vfsmount.mnt_flags',
      probe: hasMember('vfsmount.mnt_flags'),
      reader: (kernel, mount) => {
        const flags = kernel.mem.u32(mount, mountLayout(kernel).flags);
        return { shared: (flags & MNT_SHARED) !== 0, unbindable: (flags & MNT_UNBINDABLE) !== 0 };
      },
    },
  ],
};

/** `shared:1`, `master:2`, `propagate_from:3`, `unbindable`, in the kernel's order. */
export function propagation(kernel: Kernel, mount: Kva, root: PathRef): string[] {
  const { shared, unbindable } = kernel.trait(propagationFlags)(kernel, mount);
  const out: string[] = [];
  if (shared) out.push(`shared:${groupOf(kernel, mount)}`);
  const master = masterOf(kernel, mount);
  if (master !== NULL) {
    const group = groupOf(kernel, master);
    const dominating = dominatingGroup(kernel, mount, root);
    out.push(`master:${group}`);
    if (dominating !== 0 && dominating !== group) out.push(`propagate_from:${dominating}`);
  }
  if (unbindable) out.push('unbindable');
  return out;
}

function groupOf(kernel: Kernel, mount: Kva): number {
  return kernel.mem.i32(mount, mountLayout(kernel).group);
}

/** The nearest group upwards that has a member in the same namespace and below the reader's root; 0 for none. */
function dominatingGroup(kernel: Kernel, mount: Kva, root: PathRef): number {
  const namespace = kernel.mem.ptr(mount, mountLayout(kernel).namespace);
  const met = new Met(kernel, 'mounts');
  for (let master = masterOf(kernel, mount); master !== NULL; master = masterOf(kernel, master)) {
    if (hasPeerBelow(kernel, master, namespace, root, met)) return groupOf(kernel, master);
  }
  return 0;
}

/** Goes round the ring of peers; `met` holds those of the groups before it, which have nothing in common with it. */
function hasPeerBelow(kernel: Kernel, mount: Kva, namespace: Kva, root: PathRef, met: Met): boolean {
  const at = mountLayout(kernel);
  let peer = mount;
  do {
    if (!met.add(peer))
      throw kernel.mem.fault('loop', 'a ring of mounts that does not close', peer, at.peers);
    const isHere = kernel.mem.ptr(peer, at.namespace) === namespace;
    if (isHere && reach(kernel, mountRoot(kernel, peer), root).end === 'root') return true;
    peer = (kernel.mem.ptr(peer, at.peers) - at.peers) as Kva;
  } while (peer !== mount);
  return false;
}
