// What the type field of a swap entry stands for: from MAX_SWAPFILES on its values are no devices but kinds of page.
// How many of each there are depends on era and configuration (include/linux/swap.h).

import type { Kernel } from '../kernel/kernel.js';
import type { Trait } from '../kernel/trait.js';
import type { TypeSource } from '../types/types.js';

export const SWAP_KIND = {
  swap: 0,
  migrationRead: 1,
  migrationExclusive: 2,
  migrationWrite: 3,
  poisoned: 4,
  device: 5,
  marker: 6,
} as const;

export interface SwapTypes {
  /** A `SWAP_KIND` for each of the 32 types. */
  readonly kinds: readonly number[];
  /** MAX_SWAPFILES. */
  readonly devices: number;
  /** The offset of a migration entry is a frame number below this; flags stand above it (SWP_PFN_BITS, 6.1). */
  readonly frameLimit: number;
}

type Symbols = Kernel['symbols'];

const TYPES = 32;

/** The kinds behind the devices, in order of their types. */
type Tail = (symbols: Symbols) => number[];

const { migrationRead, migrationExclusive, migrationWrite, poisoned, device, marker } = SWAP_KIND;
const MIGRATION = [migrationRead, migrationExclusive, migrationWrite];

export const swapTypeLayout: Trait<Tail> = {
  name: 'swap entry types',
  eras: [
    {
      name: 'marker last',
      since: '6.2',
      commit: null,
      evidence: 'enumerator PG_anon_exclusive, no struct mm_rss_stat',
      probe: (types) => exclusive(types) && types.sizeOf('mm_rss_stat') === undefined,
      reader: (symbols) => [...poison(symbols), ...MIGRATION, ...devices(symbols), marker],
    },
    {
      name: 'marker, swap-in error',
      since: '5.19',
      commit: '6c287605fd56',
      evidence: 'enumerator PG_anon_exclusive',
      probe: exclusive,
      reader: (symbols) => [...poison(symbols), ...MIGRATION, ...devices(symbols), marker, poisoned],
    },
    {
      name: 'two kinds of migration',
      since: '4.14',
      commit: null,
      evidence: 'no enumerator PG_anon_exclusive',
      probe: () => true,
      reader: (symbols) => [...poison(symbols), migrationRead, migrationWrite, ...devices(symbols)],
    },
  ],
};

export function swapTypes(kernel: Kernel): SwapTypes {
  const tail = kernel.trait(swapTypeLayout)(kernel.symbols);
  const first = TYPES - tail.length;
  const kinds = [...Array<number>(first).fill(SWAP_KIND.swap), ...tail];
  // MAX_PHYSMEM_BITS - PAGE_SHIFT.
  return { kinds, devices: first, frameLimit: kernel.location.pagingLevels === 5 ? 2 ** 40 : 2 ** 34 };
}

function exclusive(types: TypeSource): boolean {
  return types.enumerator('PG_anon_exclusive') !== undefined;
}

/** CONFIG_MEMORY_FAILURE. */
function poison(symbols: Symbols): number[] {
  return symbols.address('memory_failure') === undefined ? [] : [poisoned];
}

/** CONFIG_DEVICE_PRIVATE: write, read, exclusive; the last was two (write, read) from 5.14 to 6.14, none before. */
function devices(symbols: Symbols): number[] {
  const has = (name: string) => symbols.address(name) !== undefined;
  if (has('make_device_exclusive')) return [device, device, device];
  if (has('make_device_exclusive_range')) return [device, device, device, device];
  // Later kernels have this function without CONFIG_DEVICE_PRIVATE, beside alloc_free_mem_region.
  return has('request_free_mem_region') && !has('alloc_free_mem_region') ? [device, device] : [];
}
