// struct address_space, walked: every page that is in it, and every swap entry (include/linux/pagemap.h, mm/shmem.c).

import { type Kva, NULL } from '../../base/address.js';
import { hugetlbIndex, pageWithin } from '../fs/page-cache.js';
import type { Kernel } from '../kernel/kernel.js';
import { type SwapSlot, slotOf } from '../mm/swap-cache.js';
import { forEachXArrayEntry } from '../walks/xarray.js';
import { folioFlags } from './folio-flags.js';

const MAPPING = { pages: 'i_pages', head: 'i_pages.xa_head', operations: 'a_ops' } as const;
/** PAGECACHE_TAG_DIRTY and PAGECACHE_TAG_WRITEBACK, as bits of an entry's marks. */
const MARK = { dirty: 1, writeback: 2 } as const;
/** Pages in the largest folio: 1 GiB of hugetlb. */
const MAX_ORDER = 18;

export interface CachedEntry {
  /** In pages of 4 KiB. */
  readonly index: number;
  /** struct page of that index. */
  readonly page: Kva;
  readonly pages: number;
  readonly uptodate: boolean;
  readonly dirty: boolean;
  readonly writeback: boolean;
}

export interface SwappedEntry extends SwapSlot {
  readonly index: number;
}

export interface MappingVisitor {
  readonly page: (entry: CachedEntry) => void;
  readonly swapped: (entry: SwappedEntry) => void;
}

export type MappingKind = 'shmem' | 'hugetlb' | 'disk';

export function mappingKind(kernel: Kernel, mapping: Kva): MappingKind {
  const operations = kernel.mem.ptr(mapping, kernel.layout('address_space', MAPPING).operations);
  if (operations === NULL) return 'disk';
  if (operations === kernel.symbols.address('shmem_aops')) return 'shmem';
  return operations === kernel.symbols.address('hugetlbfs_aops') ? 'hugetlb' : 'disk';
}

/** Whether it holds nothing at all, not even the shadow of a page. */
export function isEmptyMapping(kernel: Kernel, mapping: Kva): boolean {
  return kernel.mem.ptr(mapping, kernel.layout('address_space', MAPPING).head) === NULL;
}

/** Visits what a mapping holds, in order of index. Values are swap entries in shmem, shadows elsewhere. */
export function forEachCached(kernel: Kernel, mapping: Kva, visitor: MappingVisitor): void {
  const unit = kernel.trait(hugetlbIndex)(kernel, mapping);
  const array = (mapping + kernel.layout('address_space', MAPPING).pages) as Kva;
  const take = (slot: number, first: Kva, order: number, marks: number) => {
    const index = slot * unit;
    const flags = folioFlags(kernel, first);
    visitor.page({
      index,
      page: pageWithin(kernel, first, mapping, index),
      pages: 2 ** Math.min(order, MAX_ORDER) * unit,
      uptodate: flags.uptodate,
      dirty: flags.dirty || (marks & MARK.dirty) !== 0,
      writeback: flags.writeback || (marks & MARK.writeback) !== 0,
    });
  };
  const isShmem = mappingKind(kernel, mapping) === 'shmem';
  const values = (index: number, value: bigint, order: number) => {
    const slot = slotOf(value);
    for (let i = 0; i < 2 ** Math.min(order, MAX_ORDER); i++)
      visitor.swapped({ index: index + i, type: slot.type, offset: slot.offset + i });
  };
  forEachXArrayEntry(kernel, array, take, isShmem ? { marks: true, values } : { marks: true });
}
