// Hash chains (include/linux/list.h, list_nulls.h, list_bl.h): a head with `first`, nodes with `next` and `pprev`.
//
// hlist_nulls ends in an odd pointer instead of NULL; hlist_bl keeps a lock in bit 0 of the head. Both are chains of the
// same layout, so one walk, which drops bit 0 of the head and ends at odd pointers, reads all three.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { deliver, isReadable, lowBits, pointer, type Visit, WALK_LIMIT } from './visit.js';

const HLIST_NODE = { next: 'next', pprev: 'pprev' } as const;

/** Visits the objects on an hlist, hlist_nulls or hlist_bl; `nodeOffset` is where the node lies in them. */
export function forEachHlistEntry(
  kernel: Kernel,
  head: Kva,
  nodeOffset: number,
  visit: Visit,
  limit = WALK_LIMIT,
): void {
  const { next } = kernel.layout('hlist_node', HLIST_NODE);
  const first = pointer(kernel, head, 0) ?? NULL;
  const isLocked = isOdd(first) && !isNulls(first);
  chain(kernel, (isLocked ? first - 1 : first) as Kva, next, nodeOffset, visit, limit);
}

/** Visits objects linked by one pointer, from the first on: `nextOffset` is where each has the next one's address. */
export function forEachLinked(
  kernel: Kernel,
  first: Kva,
  nextOffset: number,
  visit: Visit,
  limit = WALK_LIMIT,
): void {
  chain(kernel, first, nextOffset, 0, visit, limit);
}

/** Without trusting a way back, a loop is only known by having met a node before. */
function chain(
  kernel: Kernel,
  first: Kva,
  next: number,
  nodeOffset: number,
  visit: Visit,
  limit: number,
): void {
  const met = new Set<number>();
  let node: Kva | undefined = first;
  while (node !== undefined && node !== NULL && !isOdd(node)) {
    if (met.has(node)) {
      kernel.faults.add(kernel.mem.fault('loop', 'chain comes back to a node in its middle', node));
      return;
    }
    if (met.size >= limit) {
      kernel.faults.add(kernel.mem.fault('bound', `chain has more than ${limit} nodes`, node));
      return;
    }
    met.add(node);
    if (!isReadable(kernel, node, next) || !deliver(kernel, visit, (node - nodeOffset) as Kva)) return;
    node = pointer(kernel, node, next);
  }
}

function isOdd(address: number): boolean {
  return lowBits(address, 1) !== 0;
}

/** NULLS_MARKER: a small number with bit 0 set, where a locked hlist_bl head has a kernel address. */
function isNulls(address: number): boolean {
  return address > 0;
}
