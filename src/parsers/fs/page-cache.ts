// The page cache of a file: struct address_space. Mirrors filemap_get_entry of mm/filemap.c and mm/shmem.c.
//
// A slot holds the first struct page of a folio, which may cover several indexes, or a value: the swap entry of a
// tmpfs page, and for other files only the shadow of a page that is gone.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';
import { forEachXArrayEntry, loadXArray } from '../walks/xarray.js';

export type CachedPage =
  /** struct page of the very page, not of its folio's first. */
  | { readonly kind: 'page'; readonly page: Kva }
  | { readonly kind: 'swapped'; readonly device: number; readonly offset: number }
  | { readonly kind: 'absent' };

const MAPPING = { pages: 'i_pages', operations: 'a_ops', host: 'host' } as const;
const INODE = { blockBits: 'i_blkbits' } as const;
const ABSENT: CachedPage = { kind: 'absent' };
const PAGE_SHIFT = 12;
/** Pages in the largest folio: 1 GiB of hugetlb. */
const MAX_FOLIO = 2 ** 18;
/** The largest folio that tmpfs swaps out as one: 2 MiB. */
const MAX_SWAP_ORDER = 9;
/** Of one file: 32 GiB. */
const MAX_SWAPPED = 1 << 23;
/** swp_entry_t in an xarray value: 63 bits, the topmost five of them the device (include/linux/swapops.h). */
const SWAP_OFFSET_BITS = 58n;

/** What the cache of a file holds at `index`, in pages of 4 KiB. Throws a fault where that cannot be read. */
export function pageCachePage(kernel: Kernel, mapping: Kva, index: number): CachedPage {
  const unit = kernel.trait(hugetlbIndex)(kernel, mapping);
  const slot = index / unit;
  const pages = (mapping + kernel.layout('address_space', MAPPING).pages) as Kva;
  const entry = loadXArray(kernel, pages, Math.floor(slot));
  if (entry !== NULL) return { kind: 'page', page: pageWithin(kernel, entry, unit, index) };
  const value = isShmem(kernel, mapping) ? swapEntries(kernel, mapping).get(index) : undefined;
  return value === undefined ? ABSENT : swapped(value);
}

/** struct page of index `index` (in pages), of the folio whose first page is `first`; `unit` is hugetlbIndex of its mapping. */
export function pageWithin(kernel: Kernel, first: Kva, unit: number, index: number): Kva {
  const offset = index - kernel.mem.nat(first, kernel.trait(folioIndex)(kernel)) * unit;
  if (offset >= 0 && offset < MAX_FOLIO) return (first + offset * kernel.sizeOf('page')) as Kva;
  throw kernel.mem.fault('corrupt', `folio found at index ${index} is not for it`, first);
}

function swapped(value: bigint): CachedPage {
  const offset = BigInt.asUintN(Number(SWAP_OFFSET_BITS), value);
  return { kind: 'swapped', device: Number(value >> SWAP_OFFSET_BITS), offset: Number(offset) };
}

function isShmem(kernel: Kernel, mapping: Kva): boolean {
  const operations = kernel.mem.ptr(mapping, kernel.layout('address_space', MAPPING).operations);
  return operations === kernel.symbols.address('shmem_aops');
}

const swapEntriesOf = perKernel(() => new Map<Kva, ReadonlyMap<number, bigint>>());

/** All swap entries of a tmpfs file by index; there are none unless the machine swapped. */
function swapEntries(kernel: Kernel, mapping: Kva): ReadonlyMap<number, bigint> {
  const known = swapEntriesOf(kernel);
  let found = known.get(mapping);
  if (found === undefined) known.set(mapping, (found = readSwapEntries(kernel, mapping)));
  return found;
}

function readSwapEntries(kernel: Kernel, mapping: Kva): ReadonlyMap<number, bigint> {
  const found = new Map<number, bigint>();
  const values = (index: number, value: bigint, order: number) => {
    const pages = swapEntryPages(kernel, mapping, index, order);
    if (found.size >= MAX_SWAPPED) {
      kernel.faults.add(
        kernel.mem.fault('bound', `more than ${MAX_SWAPPED} pages of one file on swap`, mapping),
      );
      return false;
    }
    for (let i = 0; i < pages; i++) found.set(index + i, value + BigInt(i));
    return true;
  };
  const pages = (mapping + kernel.layout('address_space', MAPPING).pages) as Kva;
  forEachXArrayEntry(kernel, pages, () => true, { values });
  return found;
}

/** How many pages the swap entry at an index stands for; throws a fault where it would be more than any does. */
export function swapEntryPages(kernel: Kernel, mapping: Kva, index: number, order: number): number {
  if (order <= MAX_SWAP_ORDER) return 2 ** order;
  throw kernel.mem.fault(
    'corrupt',
    `a swap entry for 2^${order} pages, at index ${index} of a file`,
    mapping,
  );
}

const FOLIO = { index: 'index' } as const;
const PAGE = { index: 'index' } as const;

export const folioIndex: Trait<(kernel: Kernel) => number> = {
  name: 'index of a cached page',
  eras: [
    {
      name: 'folio',
      since: '5.16',
      commit: '7b230db3b8d3',
      evidence: 'folio.index',
      probe: hasMember('folio.index'),
      reader: (kernel) => kernel.layout('folio', FOLIO).index,
    },
    {
      name: 'page',
      since: '2.6',
      commit: null,
      evidence: 'page.index',
      probe: hasMember('page.index'),
      reader: (kernel) => kernel.layout('page', PAGE).index,
    },
  ],
};

/** How many pages an index of a mapping counts for: more than one for hugetlb files of kernels before 6.7. */
export const hugetlbIndex: Trait<(kernel: Kernel, mapping: Kva) => number> = {
  name: 'hugetlb page-cache index',
  eras: [
    {
      name: 'in pages',
      since: '6.7',
      commit: 'a08c7193e4f1',
      evidence: 'no symbol hugetlb_basepage_index',
      probe: (types, symbols) => !hasSymbol('hugetlb_basepage_index')(types, symbols),
      reader: () => 1,
    },
    {
      name: 'in huge pages',
      since: '2.6',
      commit: null,
      evidence: 'symbol hugetlb_basepage_index',
      probe: () => true,
      reader: (kernel, mapping) => {
        const at = kernel.layout('address_space', MAPPING);
        if (kernel.mem.ptr(mapping, at.operations) !== kernel.symbols.address('hugetlbfs_aops')) return 1;
        const bits = kernel.mem.u8(kernel.mem.ptr(mapping, at.host), kernel.layout('inode', INODE).blockBits);
        return 2 ** (bits - PAGE_SHIFT);
      },
    },
  ],
};
