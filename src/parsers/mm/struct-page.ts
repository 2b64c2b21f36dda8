// struct page in the virtual memory map (CONFIG_SPARSEMEM_VMEMMAP): by frame number, and what kind of page it is.
// Readers stay with the few words that the eras share; a tail page is told by bit 0 of its second word.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';

/** PAGE_MAPPING_ANON (FOLIO_MAPPING_ANON since 6.17) in page->mapping; with KSM both low bits are set. */
const MAPPING_ANON = 1;
const TAIL = 1;
const WORD = 2 ** 32;
/** A tail's mask has only ones above the largest folio; no pointer into the memory map is so near to 2^64. */
const MASK_FLOOR = -(2 ** 38);
const BASES = { 4: 0xffff_ea00_0000_0000n, 5: 0xffd4_0000_0000_0000n } as const;

const OLD = { head: 'compound_head' } as const;
const NEW = { head: 'compound_info' } as const;
const PAGE = { mapping: 'mapping' } as const;

export const compoundHead: Trait<(kernel: Kernel) => number> = {
  name: 'compound page head',
  eras: [
    {
      name: 'pointer or mask',
      since: '7.1',
      commit: null,
      evidence: 'page.compound_info',
      probe: hasMember('page.compound_info'),
      reader: (kernel) => kernel.layout('page', NEW).head,
    },
    {
      name: 'pointer',
      since: '4.4',
      commit: null,
      evidence: 'page.compound_head',
      probe: hasMember('page.compound_head'),
      reader: (kernel) => kernel.layout('page', OLD).head,
    },
  ],
};

interface MemoryMap {
  readonly base: Kva;
  readonly size: number;
  readonly head: number;
  readonly mapping: number;
  /** First frame number behind all memory. */
  readonly frames: number;
}

const memoryMap = perKernel((kernel): MemoryMap => {
  const { mem, symbols } = kernel;
  const at = symbols.address('vmemmap_base');
  const limit = symbols.address('max_pfn');
  return {
    base: at === undefined ? mem.fold.fromBig(BASES[kernel.location.pagingLevels]) : mem.ptr(at),
    size: kernel.sizeOf('page'),
    head: kernel.trait(compoundHead)(kernel),
    mapping: kernel.layout('page', PAGE).mapping,
    frames: limit === undefined ? Math.ceil(mem.physical.end / 4096) : mem.nat(limit),
  };
});

/** First frame number behind all memory that has a struct page. */
export function frameLimit(kernel: Kernel): number {
  return memoryMap(kernel).frames;
}

export function pageOfPfn(kernel: Kernel, pfn: number): Kva {
  const map = memoryMap(kernel);
  return (map.base + pfn * map.size) as Kva;
}

/** Frame number of a struct page (or folio); a fault where the pointer is not into the memory map. */
export function pfnOfPage(kernel: Kernel, page: Kva): number {
  const map = memoryMap(kernel);
  const pfn = (page - map.base) / map.size;
  if (!(pfn >= 0 && pfn < map.frames && Number.isInteger(pfn)))
    throw kernel.mem.fault('bad-pointer', 'no struct page', page);
  return pfn;
}

/** compound_head(): the page itself unless it is a tail. */
export function headOf(kernel: Kernel, page: Kva): Kva {
  const map = memoryMap(kernel);
  const low = kernel.mem.u32(page, map.head);
  if (!(low & TAIL)) return page;
  const high = kernel.mem.u32(page, map.head + 4) | 0;
  const mask = high * WORD + low - TAIL;
  if (mask >= MASK_FLOOR && mask < 0) return (Math.floor(page / -mask) * -mask) as Kva;
  return (kernel.mem.ptr(page, map.head) - TAIL) as Kva;
}

/** PageAnon() of the page that a frame belongs to. */
export function isAnonymous(kernel: Kernel, pfn: number): boolean {
  const head = headOf(kernel, pageOfPfn(kernel, pfn));
  return (kernel.mem.u32(head, memoryMap(kernel).mapping) & MAPPING_ANON) !== 0;
}
