// Red-black trees (lib/rbtree.c), in order. An object that is met twice, or a branch deeper than a balanced tree can
// be, is a fault; what hangs below it is left out, the rest is delivered.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { deliver, isReadable, pointer, type Visit, WALK_LIMIT } from './visit.js';

const RB_NODE = { left: 'rb_left', right: 'rb_right' } as const;
/** Twice log2 of any number of nodes that fit in memory. */
const MAX_DEPTH = 96;

/**
 * Visits the objects of a tree in order. `root` is the address of the rb_root (or rb_root_cached, whose rb_root comes
 * first); `nodeOffset` is where the rb_node lies in the objects.
 */
export function forEachRbEntry(
  kernel: Kernel,
  root: Kva,
  nodeOffset: number,
  visit: Visit,
  limit = WALK_LIMIT,
): void {
  const { left, right } = kernel.layout('rb_node', RB_NODE);
  const met = new Set<number>();
  const above: Kva[] = [];
  let node = pointer(kernel, root, 0) ?? NULL;
  for (;;) {
    while (node !== NULL) {
      if (!isReadable(kernel, node, left) || !enter(kernel, node, met, above.length, limit)) break;
      above.push(node);
      node = pointer(kernel, node, left) ?? NULL;
    }
    const next = above.pop();
    if (next === undefined || !deliver(kernel, visit, (next - nodeOffset) as Kva)) return;
    node = pointer(kernel, next, right) ?? NULL;
  }
}

function enter(kernel: Kernel, node: Kva, met: Set<number>, depth: number, limit: number): boolean {
  if (met.has(node)) {
    kernel.faults.add(kernel.mem.fault('loop', 'tree has this node twice', node));
    return false;
  }
  if (depth > MAX_DEPTH || met.size >= limit) {
    const what = depth > MAX_DEPTH ? `is more than ${MAX_DEPTH} deep` : `has more than ${limit} nodes`;
    kernel.faults.add(kernel.mem.fault('bound', `tree ${what}`, node));
    return false;
  }
  met.add(node);
  return true;
}
