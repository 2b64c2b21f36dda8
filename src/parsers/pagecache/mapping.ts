// struct address_space, walked: every page that is in it, and every swap entry (include/linux/pagemap.h, mm/shmem.c).

import type { Kva } from '../../base/address.js';
import { hugetlbIndex, pageWithin, swapEntryPages } from '../fs/page-cache.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { type SwapSlot, slotOf } from '../mm/swap-cache.js';
import { forEachXArrayEntry } from '../walks/xarray.js';
import { folioFlags } from './folio-flags.js';

const MAPPING = { pages: 'i_pages', head: 'i_pages.xa_head', operations: 'a_ops' } as const;
/** PAGECACHE_TAG_DIRTY and PAGECACHE_TAG_WRITEBACK, as bits of an entry's marks. */
const MARK = { dirty: 1, writeback: 2 } as const;
const XA_MARKS = { marks: 'marks' } as const;
/** Low bits of a pointer to a struct xa_node. */
const NODE = 2;
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

export type MappingKind = 'shmem' | 'ramfs' | 'hugetlb' | 'disk';

/** Of files that are in memory and nowhere else; ramfs got its second name in 5.14. */
const MEMORY_KINDS: readonly (readonly [symbol: string, kind: MappingKind])[] = [
  ['shmem_aops', 'shmem'],
  ['ram_aops', 'ramfs'],
  ['ramfs_aops', 'ramfs'],
  ['hugetlbfs_aops', 'hugetlb'],
];

const kindsByOperations = perKernel(({ symbols }) => {
  const found = new Map<Kva, MappingKind>();
  for (const [symbol, kind] of MEMORY_KINDS) {
    const address = symbols.address(symbol);
    if (address !== undefined) found.set(address, kind);
  }
  return found;
});

export function mappingKind(kernel: Kernel, mapping: Kva): MappingKind {
  const operations = kernel.mem.ptr(mapping, kernel.layout('address_space', MAPPING).operations);
  return kindsByOperations(kernel).get(operations) ?? 'disk';
}

/** Whether it holds nothing at all, not even the shadow of a page. */
export function isEmptyMapping(kernel: Kernel, mapping: Kva): boolean {
  const { head } = kernel.layout('address_space', MAPPING);
  return kernel.mem.u32(mapping, head) === 0 && kernel.mem.u32(mapping, head + 4) === 0;
}

/**
 * Whether a page of it may be dirty or under writeback: the node at the top has the marks of all below it. A page that
 * stands without a node has them in a word that is not read here: it may be.
 */
export function mayBeUnwritten(kernel: Kernel, mapping: Kva): boolean {
  const { mem } = kernel;
  const { head } = kernel.layout('address_space', MAPPING);
  const low = mem.u32(mapping, head) & 3;
  if (low !== NODE) return low === 0 && !isEmptyMapping(kernel, mapping);
  const node = (mem.ptr(mapping, head) - NODE) as Kva;
  const { marks } = kernel.layout('xa_node', XA_MARKS);
  const bytes = (kernel.types.member('xa_node.slots')?.count ?? 64) / 8;
  for (let at = 0; at < 2 * bytes; at += 4) if (mem.u32(node, marks + at) !== 0) return true;
  return false;
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
      page: pageWithin(kernel, first, unit, index),
      pages: 2 ** Math.min(order, MAX_ORDER) * unit,
      uptodate: flags.uptodate,
      dirty: flags.dirty || (marks & MARK.dirty) !== 0,
      writeback: flags.writeback || (marks & MARK.writeback) !== 0,
    });
  };
  const isShmem = mappingKind(kernel, mapping) === 'shmem';
  const values = (index: number, value: bigint, order: number) => {
    const slot = slotOf(value);
    const pages = swapEntryPages(kernel, mapping, index, order);
    for (let i = 0; i < pages; i++)
      visitor.swapped({ index: index + i, type: slot.type, offset: slot.offset + i });
  };
  forEachXArrayEntry(kernel, array, take, isShmem ? { marks: true, values } : { marks: true });
}
