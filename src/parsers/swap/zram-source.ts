// Pages of swap areas that are zram disks, or files on one: they are in memory, compressed, and need no image of the
// area.

import { type Kva, NULL } from '../../base/address.js';
import { firstIndex } from '../../base/search.js';
import type { SwapExtent } from '../../snapshot/swap.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import type { SwapSlot } from '../mm/swap-cache.js';
import { addSwapSource } from '../mm/swap-source.js';
import { areaAt, readExtents } from './areas.js';
import { type ZramDisk, zramOfDevice } from './zram-disk.js';

interface ZramArea {
  readonly disk: ZramDisk;
  readonly extents: readonly SwapExtent[];
}

const AREA = { device: 'bdev', extents: 'swap_extent_root' } as const;

/** By type; null where an area is no zram disk. */
const zramAreas = perKernel(() => new Map<number, ZramArea | null>());

/** From now on, what is swapped to zram is read from there. */
export function attachZram(kernel: Kernel): void {
  addSwapSource(kernel, { copy: (slot, into) => copySlot(kernel, slot, into) });
}

function copySlot(kernel: Kernel, slot: SwapSlot, into: Uint8Array): boolean {
  const area = areaOf(kernel, slot.type);
  if (area === null) return false;
  const { extents, disk } = area;
  const extent = extents[firstIndex(extents.length, (i) => endOf(extents[i] as SwapExtent) > slot.offset)];
  if (extent === undefined || extent.start > slot.offset) return false;
  disk.copy(extent.block + (slot.offset - extent.start), into);
  return true;
}

function endOf({ start, pages }: SwapExtent): number {
  return start + pages;
}

/** Read once; a fault is the same one for each of its pages, so that it is thrown for the first only. */
function areaOf(kernel: Kernel, type: number): ZramArea | null {
  const known = zramAreas(kernel);
  const found = known.get(type);
  if (found !== undefined) return found;
  known.set(type, null);
  const area = readArea(kernel, areaAt(kernel, type));
  known.set(type, area);
  return area;
}

function readArea(kernel: Kernel, area: Kva): ZramArea | null {
  if (area === NULL) return null;
  const at = kernel.layout('swap_info_struct', AREA);
  const disk = zramOfDevice(kernel, kernel.mem.ptr(area, at.device));
  return disk && { disk, extents: readExtents(kernel, (area + at.extents) as Kva) };
}
