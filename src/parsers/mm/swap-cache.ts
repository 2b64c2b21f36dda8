// Pages that are on a swap device and in memory still (or again): the swap cache (mm/swap_state.c).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';
import { loadXArray } from '../walks/xarray.js';
import { pageOfPfn, pfnOfPage } from './struct-page.js';

export interface SwapSlot {
  /** Number of the device. */
  readonly type: number;
  readonly offset: number;
}

const MAPPING = { pages: 'i_pages' } as const;
const PAGE = { private: 'private' } as const;
const DEVICE = { clusters: 'cluster_info' } as const;
const CLUSTER = { table: 'table' } as const;
const ZEROES = { map: 'zeromap' } as const;
/** SWAP_ADDRESS_SPACE_SHIFT: slots in one address_space. */
const SPACE_SLOTS = 1 << 14;
/** SWAPFILE_CLUSTER. */
const CLUSTER_SLOTS = 512;
/** SWP_TB_PFN_MARK in the low two bits of a swap-table entry. */
const TABLE_PFN = 2;
/** SWP_TB_ZERO_FLAG, the lowest of the five bits SWP_TB_FLAGS_BITS, in an entry's high word. */
const TABLE_ZERO_HIGH = 1 << 27;
/** swp_entry_t: the type in the top bits, below the one that an XArray value takes. */
const TYPE_SHIFT = 58n;
const WORD = 2 ** 32;

type Lookup = (kernel: Kernel, slot: SwapSlot) => number | undefined;

/** Frame number of a page in the swap cache; undefined where it is on the device only. */
export const swapCache: Trait<Lookup> = {
  name: 'swap cache',
  eras: [
    {
      name: 'swap tables',
      since: '6.18',
      commit: '8578e0c00dcf',
      evidence: 'swap_cluster_info.table',
      probe: hasMember('swap_cluster_info.table'),
      reader: fromTable,
    },
    {
      name: 'address spaces of 64 MiB',
      since: '4.11',
      commit: '4b3ef9daa4fc',
      evidence: 'symbol swapper_spaces',
      probe: hasSymbol('swapper_spaces'),
      reader: fromSpace,
    },
    {
      name: 'none',
      since: '2.6',
      commit: null,
      evidence: 'neither',
      probe: () => true,
      reader: () => undefined,
    },
  ],
};

/** swp_type() and swp_offset(). */
export function slotOf(entry: bigint): SwapSlot {
  return { type: Number(entry >> TYPE_SHIFT), offset: Number(entry & ((1n << TYPE_SHIFT) - 1n)) };
}

function device(kernel: Kernel, type: number): Kva {
  return kernel.mem.ptr(kernel.symbol('swap_info'), type * 8);
}

/** Table of the cluster that a slot is in; NULL where nobody uses it. */
function tableOf(kernel: Kernel, { type, offset }: SwapSlot): Kva {
  const clusters = kernel.mem.ptr(device(kernel, type), kernel.layout('swap_info_struct', DEVICE).clusters);
  const index = Math.floor(offset / CLUSTER_SLOTS) * kernel.sizeOf('swap_cluster_info');
  return kernel.mem.ptr(clusters, index + kernel.layout('swap_cluster_info', CLUSTER).table);
}

/** A word of a cluster's table: nothing, a frame number, a folio's address (6.18 to 7.0), or a shadow. */
function fromTable(kernel: Kernel, slot: SwapSlot): number | undefined {
  const { mem } = kernel;
  const table = tableOf(kernel, slot);
  if (table === NULL) return undefined;
  const at = (slot.offset % CLUSTER_SLOTS) * 8;
  const low = mem.u32(table, at);
  if ((low & 3) === TABLE_PFN) return frameOfSlot(kernel, tablePfn(mem.u32(table, at + 4), low), slot);
  if (low & 3 || (low === 0 && mem.u32(table, at + 4) === 0)) return undefined;
  return frameOfSlot(kernel, pfnOfPage(kernel, mem.ptr(table, at)), slot);
}

/** The frame number stands above the mark, below the swap count. */
function tablePfn(high: number, low: number): number {
  return Math.floor(((high & 0x3ff) * WORD + low) / 4);
}

/** Slots were indexed from the device's start until 6.10, from that of their address_space since: both are tried. */
function fromSpace(kernel: Kernel, slot: SwapSlot): number | undefined {
  const { mem } = kernel;
  const spaces = mem.ptr(kernel.symbol('swapper_spaces'), slot.type * 8);
  if (spaces === NULL) return undefined;
  const number = Math.floor(slot.offset / SPACE_SLOTS);
  const space = spaces + number * kernel.sizeOf('address_space');
  const array = (space + kernel.layout('address_space', MAPPING).pages) as Kva;
  for (const index of [slot.offset, slot.offset % SPACE_SLOTS]) {
    const page = loadXArray(kernel, array, index);
    if (page !== NULL) return frameOfSlot(kernel, pfnOfPage(kernel, page), slot);
  }
  return undefined;
}

/** An entry may be the head of a large folio; its `private` is then the first of its slots. */
function frameOfSlot(kernel: Kernel, pfn: number, slot: SwapSlot): number {
  const page = pageOfPfn(kernel, pfn);
  const first = slotOf(kernel.mem.u64(page, kernel.layout('page', PAGE).private));
  const within = slot.offset - first.offset;
  return first.type === slot.type && within > 0 && within < CLUSTER_SLOTS ? pfn + within : pfn;
}

export const zeroSlots: Trait<(kernel: Kernel, slot: SwapSlot) => boolean> = {
  name: 'swap slots of zeroes',
  eras: [
    {
      name: 'flag in the swap table',
      since: '7.2',
      commit: null,
      evidence: 'swap_cluster_info.memcg_table, no swap_info_struct.zeromap',
      probe: (types) =>
        hasMember('swap_cluster_info.memcg_table')(types) && !hasMember('swap_info_struct.zeromap')(types),
      reader: (kernel, slot) => {
        const table = tableOf(kernel, slot);
        if (table === NULL) return false;
        const at = (slot.offset % CLUSTER_SLOTS) * 8;
        const isUsed = (kernel.mem.u32(table, at) & 3) !== 0;
        return isUsed && (kernel.mem.u32(table, at + 4) & TABLE_ZERO_HIGH) !== 0;
      },
    },
    {
      name: 'bitmap',
      since: '6.12',
      commit: '0ca0c24e3211',
      evidence: 'swap_info_struct.zeromap',
      probe: hasMember('swap_info_struct.zeromap'),
      reader: (kernel, slot) => {
        const map = kernel.mem.ptr(device(kernel, slot.type), kernel.layout('swap_info_struct', ZEROES).map);
        if (map === NULL) return false;
        return ((kernel.mem.u8(map, slot.offset >>> 3) >>> (slot.offset & 7)) & 1) !== 0;
      },
    },
    { name: 'none', since: '2.6', commit: null, evidence: 'neither', probe: () => true, reader: () => false },
  ],
};

/** Whether a slot's page held nothing but zeroes when it was to be written, so that it never was. */
export function isZeroSlot(kernel: Kernel, slot: SwapSlot): boolean {
  return kernel.trait(zeroSlots)(kernel, slot);
}
