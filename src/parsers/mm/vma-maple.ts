// VMAs since 6.1: the maple tree mm->mm_mt, by address. What hangs below a broken node is missing; that the rest is
// not all is told by mm->map_count.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachMapleEntry } from '../walks/maple-tree.js';
import { Met } from '../walks/met.js';

const MM = { tree: 'mm_mt' } as const;

export function mapleVmas(kernel: Kernel, mm: Kva, count: number): Kva[] {
  const at = kernel.layout('mm_struct', MM);
  const found = new Met(kernel, 'VMAs of an mm');
  forEachMapleEntry(kernel, (mm + at.tree) as Kva, (_first, _last, vma) => {
    found.add(vma);
  });
  if (found.size !== count) {
    const text = `tree of VMAs is broken: ${count} by map_count, ${found.size} by the tree`;
    kernel.faults.add(kernel.mem.fault('corrupt', text, mm, at.tree));
  }
  return [...found];
}
