// All pages of a swap area that are in memory still, or again: the swap cache (mm/swap_state.c), walked. A single slot
// is looked up by mm/swap-cache.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';
import { forEachXArrayEntry } from '../walks/xarray.js';

export interface AreaRef {
  /** struct swap_info_struct. */
  readonly address: Kva;
  readonly type: number;
}

type VisitSlot = (offset: number) => void;

const AREA = { clusters: 'cluster_info', slots: 'max' } as const;
const CLUSTER = { table: 'table' } as const;
const SPACE = { pages: 'i_pages' } as const;
/** SWAP_ADDRESS_SPACE_SHIFT: slots in one address_space. */
const SPACE_SLOTS = 1 << 14;
/** SWAPFILE_CLUSTER. */
const CLUSTER_SLOTS = 512;
/** SWP_TB_PFN_MARK in the low two bits. */
const TABLE_PFN = 2;
/** A folio's address (6.18 to 7.0) has none of these; a bad slot has bit 3. */
const POINTER_MASK = 15;

export const cachedSlots: Trait<(kernel: Kernel, area: AreaRef, visit: VisitSlot) => void> = {
  name: 'slots in the swap cache',
  eras: [
    {
      name: 'swap tables',
      since: '6.18',
      commit: '8578e0c00dcf',
      evidence: 'swap_cluster_info.table',
      probe: hasMember('swap_cluster_info.table'),
      reader: fromTables,
    },
    {
      name: 'address spaces of 64 MiB',
      since: '4.11',
      commit: '4b3ef9daa4fc',
      evidence: 'symbol nr_swapper_spaces',
      probe: hasSymbol('nr_swapper_spaces'),
      reader: fromSpaces,
    },
    {
      name: 'none',
      since: '2.6',
      commit: null,
      evidence: 'neither',
      probe: () => true,
      reader: () => {},
    },
  ],
};

/** Shadows of pages that are gone are values, with bit 0 set; zero is a slot that nobody uses. */
function fromTables(kernel: Kernel, { address }: AreaRef, visit: VisitSlot): void {
  const { mem, faults } = kernel;
  const at = kernel.layout('swap_info_struct', AREA);
  const { table } = kernel.layout('swap_cluster_info', CLUSTER);
  const clusters = mem.ptr(address, at.clusters);
  const slots = mem.u32(address, at.slots);
  for (let first = 0; first < slots; first += CLUSTER_SLOTS) {
    const cluster = (clusters + (first / CLUSTER_SLOTS) * kernel.sizeOf('swap_cluster_info')) as Kva;
    const words = faults.guard('swap cluster', () => mem.ptr(cluster, table), NULL);
    if (words === NULL) continue;
    faults.guard(
      'swap table',
      () => visitTable(kernel, words, first, Math.min(CLUSTER_SLOTS, slots - first), visit),
      undefined,
    );
  }
}

function visitTable(kernel: Kernel, table: Kva, first: number, count: number, visit: VisitSlot): void {
  for (let i = 0; i < count; i++) {
    const low = kernel.mem.u32(table, i * 8);
    const isFolio = (low & POINTER_MASK) === 0 && kernel.mem.u32(table, i * 8 + 4) !== 0;
    if ((low & 3) === TABLE_PFN || isFolio) visit(first + i);
  }
}

/** Slots were indexed from the area's start until 6.10, from that of their address_space since. */
function fromSpaces(kernel: Kernel, { type }: AreaRef, visit: VisitSlot): void {
  const { mem } = kernel;
  const spaces = mem.ptr(kernel.symbol('swapper_spaces'), type * 8);
  if (spaces === NULL) return;
  const count = mem.u32(kernel.symbol('nr_swapper_spaces'), type * 4);
  const { pages } = kernel.layout('address_space', SPACE);
  for (let i = 0; i < count; i++) {
    const space = (spaces + i * kernel.sizeOf('address_space') + pages) as Kva;
    const take = (index: number) => visit((index % SPACE_SLOTS) + i * SPACE_SLOTS);
    forEachXArrayEntry(kernel, space, take);
  }
}
