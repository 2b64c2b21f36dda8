// Network namespaces: the list net_namespace_list of struct net (include/net/net_namespace.h).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { forEachListEntry } from '../walks/list.js';

const NET = { list: 'list', inum: 'ns.inum' } as const;
const MAX_NAMESPACES = 1 << 16;

export interface NetNamespace {
  readonly address: Kva;
  /** Inode number, as in /proc/PID/ns/net. */
  readonly inode: number;
}

/** The initial one first, then in order of their making. */
export const netNamespaces = perKernel((kernel: Kernel): readonly NetNamespace[] => {
  const { mem, faults } = kernel;
  const at = kernel.layout('net', NET);
  const found: Kva[] = [kernel.symbol('init_net')];
  const take = (net: Kva) => {
    if (!found.includes(net)) found.push(net);
  };
  forEachListEntry(kernel, kernel.symbol('net_namespace_list'), at.list, take, MAX_NAMESPACES);
  return found.flatMap((address) =>
    faults.guard('struct net', () => [{ address, inode: mem.u32(address, at.inum) }], []),
  );
});

/** A pointer that each namespace has, without repetition or NULL; one that cannot be read is a fault of its own. */
export function namespacePointers(kernel: Kernel, offset: number): Kva[] {
  const read = ({ address, inode }: NetNamespace) =>
    kernel.faults.guard(`namespace ${inode}`, () => kernel.mem.ptr(address, offset), NULL);
  return [...new Set(netNamespaces(kernel).map(read))].filter((pointer) => pointer !== NULL);
}

const inodes = perKernel(
  (kernel) => new Map(netNamespaces(kernel).map(({ address, inode }) => [address, inode])),
);

/** Inode number of a namespace by its struct net; a fault for what is on no list. */
export function namespaceInode(kernel: Kernel, net: Kva): number {
  const inode = inodes(kernel).get(net);
  if (inode === undefined) throw kernel.mem.fault('corrupt', 'no network namespace on the list', net);
  return inode;
}
