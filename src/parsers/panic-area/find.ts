// Where the area is: by the module's own variable, or by its magic at the start of a page.

import type { Kva, Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { loadedModules } from '../stack/module-list.js';
import { hasMagic, type PanicArea, readPanicArea } from './area.js';

const MODULE = 'otherworld';
const VARIABLE = 'ow_panic_area';
const PAGE = 4096;
const CHUNK = 4 << 20;

/**
 * Looks at every page of memory; the areas that are sound, in the order of their addresses. More than one: those of several
 * kernels, one of which may have died before.
 */
export function* findPanicAreas(memory: PhysicalMemory): Generator<PanicArea> {
  const chunk = new Uint8Array(CHUNK);
  for (const { start, end } of memory.ranges) {
    for (let at = Math.ceil(start / PAGE) * PAGE; at < end; at += CHUNK) {
      const part = chunk.subarray(0, Math.min(CHUNK, end - at));
      part.fill(0);
      memory.bulk(at, part);
      for (let page = 0; page + PAGE <= part.length; page += PAGE) {
        const area = hasMagic(part, page) ? soundArea(memory, (at + page) as Phys) : null;
        if (area !== null) yield area;
      }
    }
  }
}

/** The first one of memory; null where there is none. For who watches a machine that is running. */
export function findPanicArea(memory: PhysicalMemory): PanicArea | null {
  for (const area of findPanicAreas(memory)) return area;
  return null;
}

function soundArea(memory: PhysicalMemory, at: Phys): PanicArea | null {
  try {
    return readPanicArea(memory, at);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** A kernel's own area; null where the module was not loaded. */
export const panicArea = perKernel((kernel): PanicArea | null => {
  const { faults } = kernel;
  return faults.guard(
    'panic area',
    () => {
      if (!loadedModules(kernel).some(({ name }) => name === MODULE)) return null;
      const known = faults.guard('its symbol', () => bySymbol(kernel), null);
      return known ?? bySearch(kernel);
    },
    null,
  );
});

function bySymbol(kernel: Kernel): PanicArea | null {
  const { mem, symbols } = kernel;
  const variable = symbols.addressInModules?.(VARIABLE);
  if (variable === undefined) return null;
  const address = mem.ptr(variable);
  return address === 0 ? null : ownArea(kernel, address);
}

/** The one whose own address leads to it by this kernel's page tables: another kernel's does not. */
function bySearch(kernel: Kernel): PanicArea | null {
  const { mem } = kernel;
  for (const { physical, address } of findPanicAreas(mem.physical)) {
    const here = mem.fold.fromBig(address);
    if (here < 0 && translatesTo(kernel, here, physical)) return ownArea(kernel, here);
  }
  return null;
}

function ownArea(kernel: Kernel, address: Kva): PanicArea {
  return readPanicArea(kernel.mem.physical, kernel.mem.translate(address));
}

function translatesTo({ mem }: Kernel, address: Kva, physical: Phys): boolean {
  try {
    return mem.translate(address) === physical;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}
