// struct list_head rings (include/linux/list.h): list_for_each_entry for the dead.
//
// In a sound ring every node's `prev` leads back to where the walk came from. A node where it does not is either one
// that the walk has met before (a loop), or was being linked when the kernel died (__list_add writes next->prev first):
// then the walk goes on. After a break the other half of the ring is read backwards from the head.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { deliver, isReadable, pointer, type Visit, WALK_LIMIT } from './visit.js';

const LIST_HEAD = { next: 'next', prev: 'prev' } as const;
/** A ring with more half-linked nodes than this was not caught in one update: it is rubble. */
const MAX_MISMATCHES = 4;

/**
 * Visits the objects on a list: `nodeOffset` is where the list_head lies in them. An empty or never initialised
 * (all zero) head has none.
 */
export function forEachListEntry(
  kernel: Kernel,
  head: Kva,
  nodeOffset: number,
  visit: Visit,
  limit = WALK_LIMIT,
): void {
  const isComplete = forward(kernel, head, limit, (node) =>
    deliver(kernel, visit, (node - nodeOffset) as Kva),
  );
  if (isComplete) return;
  for (const node of backward(kernel, head, limit)) {
    if (!deliver(kernel, visit, (node - nodeOffset) as Kva)) return;
  }
}

/** True when the walk came back to the head, or was ended by the visitor or the limit. */
function forward(kernel: Kernel, head: Kva, limit: number, take: (node: Kva) => boolean): boolean {
  const { next, prev } = kernel.layout('list_head', LIST_HEAD);
  let last = head;
  // Where the walk may have come in from outside a ring that has not the head in it.
  const entered: Kva[] = [];
  for (let count = 0; ; count++) {
    const node = pointer(kernel, last, next);
    if (node === undefined) return false;
    if (node === head || (node === NULL && last === head)) return true;
    if (!isReadable(kernel, node, prev)) return false;
    const isBack = entered.includes(node);
    if (isBack || quiet(kernel, node, prev) !== last) {
      const isLoop = isBack || wasMet(kernel, head, next, node, count);
      const detail = isLoop
        ? 'list comes back to a node in its middle'
        : "list node's prev does not lead back";
      kernel.faults.add(kernel.mem.fault(isLoop ? 'loop' : 'corrupt', detail, node));
      if (isLoop || entered.push(node) > MAX_MISMATCHES) return false;
    }
    if (count >= limit) {
      kernel.faults.add(kernel.mem.fault('bound', `list has more than ${limit} nodes`, node));
      return true;
    }
    if (!take(node)) return true;
    last = node;
  }
}

/** Whether `node` is among the first `count` nodes of the list, all of which have been read before. */
function wasMet(kernel: Kernel, head: Kva, next: number, node: Kva, count: number): boolean {
  let at = head;
  for (let n = 0; n < count; n++) {
    at = kernel.mem.ptr(at, next);
    if (at === node) return true;
  }
  return false;
}

/**
 * The nodes behind a break, in list order, read from the head's `prev`. It takes only nodes whose `next` leads back, and
 * such a node was not delivered by `forward`: that would have gone on from it to the end.
 */
function backward(kernel: Kernel, head: Kva, limit: number): Kva[] {
  const { next, prev } = kernel.layout('list_head', LIST_HEAD);
  const found: Kva[] = [];
  let last = head;
  while (found.length < limit) {
    const node = quiet(kernel, last, prev);
    if (node === undefined || node === head || quiet(kernel, node, next) !== last) break;
    found.push(node);
    last = node;
  }
  return found.reverse();
}

/** Undefined where there is no pointer; the caller records what that means. */
function quiet(kernel: Kernel, base: Kva, offset: number): Kva | undefined {
  try {
    return kernel.mem.ptr(base, offset);
  } catch {
    return undefined;
  }
}
