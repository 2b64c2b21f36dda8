// What the kernel counted of a frame: how many page-table entries map it (page->_mapcount, include/linux/mm.h).

import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { headOf, isAnonymous, pageOfPfn } from './struct-page.js';

const PAGE = { flags: 'flags', mapcount: '_mapcount' } as const;

const layout = perKernel((kernel) => {
  const { flags, mapcount } = kernel.layout('page', PAGE);
  const bits = ['PG_head', 'PG_swapcache'].map((name) => kernel.types.enumerator(name));
  const counted = bits.every((bit) => bit !== undefined);
  const elsewhere = bits.reduce<number>((mask, bit) => mask | (1 << Number(bit ?? 0)), 0);
  return { flags, mapcount, elsewhere: counted ? elsewhere : null };
});

export interface FrameFacts {
  readonly anonymous: boolean;
  /**
   * Page-table entries that map it; null of a part of a folio, whose count stands elsewhere, by era, and of what is in
   * the swap cache: entries that lead there by its slot are not counted.
   */
  readonly mappings: number | null;
}

/** Null where its struct page cannot be read: a fault tells. */
export function frameFacts(kernel: Kernel, pfn: number): FrameFacts | null {
  const read = () => ({ anonymous: isAnonymous(kernel, pfn), mappings: mappingsOf(kernel, pfn) });
  return kernel.faults.guard(`frame 0x${pfn.toString(16)}`, read, null);
}

function mappingsOf(kernel: Kernel, pfn: number): number | null {
  const { flags, mapcount, elsewhere } = layout(kernel);
  const page = pageOfPfn(kernel, pfn);
  if (elsewhere === null || headOf(kernel, page) !== page) return null;
  if ((kernel.mem.u32(page, flags) & elsewhere) !== 0) return null;
  // It counts from -1.
  return (kernel.mem.u32(page, mapcount) + 1) | 0;
}
