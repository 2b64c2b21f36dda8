// Memory that a kernel keeps free for its crash kernel: crashk_res and crashk_low_res (kernel/kexec_core.c), nodes of the
// tree under iomem_resource. Read while kernels are being looked for, before there are types: struct resource has begun
// with start, end and name since 2.6.18, and a node counts when its name says what it is.

import { Fault } from '../../base/fault.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import type { Extent } from '../image/window.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from '../symbols/symbols.js';
import type { LocatedImage } from './locate-image.js';
import { openRegions } from './locate-regions.js';

/** The large one, and the one below 4 GiB that goes with a large one above. */
export const RESERVATIONS = ['crashk_res', 'crashk_low_res'] as const;
const [START, END, NAME] = [0, 8, 16];
const CALLED = 'Crash kernel';

/** What a kernel has reserved, the large one first; nothing where it has not, or where that cannot be read. */
export function crashReservations(memory: PhysicalMemory, image: LocatedImage): Extent[] {
  const { mem } = openRegions(memory, image);
  return RESERVATIONS.map((symbol) => reservation(mem, image.symbols, symbol)).filter(
    (each) => each !== undefined,
  );
}

function reservation(mem: KernelMemory, symbols: SymbolSource, symbol: string): Extent | undefined {
  try {
    const resource = symbols.address(symbol);
    if (resource === undefined) return undefined;
    const [start, end] = [mem.nat(resource, START), mem.nat(resource, END) + 1];
    if (start >= end || end === 1) return undefined;
    return mem.cstr(mem.ptr(resource, NAME)) === CALLED ? { start, end } : undefined;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
