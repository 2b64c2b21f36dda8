// IDR (include/linux/idr.h): ids to pointers. A radix tree whose indexes begin at idr_base (6ce711f27500).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachXArrayEntry, loadXArray } from './xarray.js';

const IDR = { tree: 'idr_rt', base: 'idr_base' } as const;

/** Visits the pointers of a struct idr in order of id. */
export function forEachIdrEntry(
  kernel: Kernel,
  idr: Kva,
  visit: (id: number, entry: Kva) => unknown,
  limit?: number,
): void {
  const { tree, base } = kernel.layout('idr', IDR);
  const first = kernel.mem.u32(idr, base);
  const options = limit === undefined ? {} : { limit };
  forEachXArrayEntry(kernel, (idr + tree) as Kva, (index, entry) => visit(index + first, entry), options);
}

/** idr_find; NULL where there is none. */
export function loadIdr(kernel: Kernel, idr: Kva, id: number): Kva {
  const { tree, base } = kernel.layout('idr', IDR);
  const index = id - kernel.mem.u32(idr, base);
  return index < 0 ? NULL : loadXArray(kernel, (idr + tree) as Kva, index);
}
