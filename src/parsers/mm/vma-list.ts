// VMAs before 6.1: mm->mmap, a list by address, and mm->mm_rb, a tree of the same. The list is read; where its length
// is not mm->map_count, the tree is read too, and both together are the answer.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachLinked } from '../walks/hlist.js';
import { forEachRbEntry } from '../walks/rbtree.js';

const MM = { first: 'mmap', tree: 'mm_rb' } as const;
const VMA = { next: 'vm_next', node: 'vm_rb' } as const;

export function listedVmas(kernel: Kernel, mm: Kva, count: number): Kva[] {
  const at = kernel.layout('mm_struct', MM);
  const of = kernel.layout('vm_area_struct', VMA);
  const found = new Set<Kva>();
  const take = (vma: Kva) => found.add(vma);
  const first = kernel.faults.guard('first VMA', () => kernel.mem.ptr(mm, at.first), NULL);
  forEachLinked(kernel, first, of.next, take);
  if (found.size !== count) {
    forEachRbEntry(kernel, (mm + at.tree) as Kva, of.node, take);
    const text = `list of VMAs is broken: ${count} by map_count, ${found.size} by list and tree`;
    kernel.faults.add(kernel.mem.fault('corrupt', text, mm, at.first));
  }
  return [...found];
}
