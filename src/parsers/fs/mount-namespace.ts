// The mounts of a struct mnt_namespace, in the order of mountinfo. Mirrors fs/namespace.c's m_start and m_next.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { forEachListEntry } from '../walks/list.js';
import { forEachRbEntry } from '../walks/rbtree.js';
import type { Visit } from '../walks/visit.js';
import { mountLayout } from './mount-node.js';

/** Far above fs.mount-max. */
const MAX_MOUNTS = 1_000_000;
/** MNT_CURSOR, 5.8 to 6.7: not a mount, but how far a reader of mountinfo has come. */
const CURSOR = 0x1000_0000;

const TREE = { root: 'mounts' } as const;
const TREE_NODE = { node: 'mnt_node' } as const;
const LIST = { head: 'list' } as const;
const LIST_NODE = { node: 'mnt_list' } as const;

export const namespaceMounts: Trait<(kernel: Kernel, namespace: Kva, visit: Visit) => void> = {
  name: 'mounts of a namespace',
  eras: [
    {
      name: 'red-black tree by unique id',
      since: '6.8',
      commit: '2eea9ce4310d',
      evidence: 'mount.mnt_node',
      probe: hasMember('mount.mnt_node'),
      reader: (kernel, namespace, visit) => {
        const root = (namespace + kernel.layout('mnt_namespace', TREE).root) as Kva;
        forEachRbEntry(kernel, root, kernel.layout('mount', TREE_NODE).node, visit, MAX_MOUNTS);
      },
    },
    {
      name: 'list',
      since: '2.6',
      commit: null,
      evidence: 'mnt_namespace.list',
      probe: hasMember('mnt_namespace.list'),
      reader: (kernel, namespace, visit) => {
        const head = (namespace + kernel.layout('mnt_namespace', LIST).head) as Kva;
        const { flags } = mountLayout(kernel);
        const skipCursors: Visit = (mount) => (kernel.mem.u32(mount, flags) & CURSOR) !== 0 || visit(mount);
        forEachListEntry(kernel, head, kernel.layout('mount', LIST_NODE).node, skipCursors, MAX_MOUNTS);
      },
    },
  ],
};
