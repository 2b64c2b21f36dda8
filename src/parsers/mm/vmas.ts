// All VMAs of an address space, in order of address.

import type { Kva } from '../../base/address.js';
import type { Mm, Vma } from '../../snapshot/mm.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { readVma } from './vma.js';
import { listedVmas } from './vma-list.js';
import { mapleVmas } from './vma-maple.js';

/** Addresses of the vm_area_structs. */
export const vmaIndex: Trait<(kernel: Kernel, mm: Kva, count: number) => Kva[]> = {
  name: 'index of VMAs',
  eras: [
    {
      name: 'maple tree',
      since: '6.1',
      commit: 'd4af56c5c7c6',
      evidence: 'mm_struct.mm_mt',
      probe: hasMember('mm_struct.mm_mt'),
      reader: mapleVmas,
    },
    {
      name: 'list and rb-tree',
      since: '2.4',
      commit: null,
      evidence: 'mm_struct.mmap, mm_struct.mm_rb',
      probe: (types) => hasMember('mm_struct.mmap')(types) && hasMember('mm_struct.mm_rb')(types),
      reader: listedVmas,
    },
  ],
};

export function readVmas(kernel: Kernel, mm: Mm): Vma[] {
  const { mem, faults } = kernel;
  const found: Vma[] = [];
  const address = mem.fromHex(mm.address);
  const all = faults.guard('VMAs', () => kernel.trait(vmaIndex)(kernel, address, mm.mapCount), []);
  for (const vma of all) {
    const text = mem.hex(vma);
    const read = faults.guard(`vma ${text}`, () => readVma(kernel, vma, text, mm), null);
    if (read !== null) found.push(read);
  }
  return found.sort((a, b) => a.start - b.start);
}
