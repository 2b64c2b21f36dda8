// How much memory a plan brings back.

import { PAGE_BYTES } from '../../abi/page-run.js';
import type { Plan } from '../../abi/plan.js';
import { PAGE_SOURCE, type PageRun } from '../../abi/records/memory.js';

/** Bytes of address spaces and shared memory, by where they are. */
export interface PlanMemory {
  readonly frames: number;
  readonly swap: number;
  readonly zero: number;
}

/** What two processes have in common counts once where it is shared memory, and twice where it is not. */
export function planMemory({ mm, sharedMemory }: Plan): PlanMemory {
  const sums = { frames: 0, swap: 0, zero: 0 };
  const add = ({ source, pages }: PageRun): void => {
    const kind = source === PAGE_SOURCE.swap ? 'swap' : source === PAGE_SOURCE.zero ? 'zero' : 'frames';
    sums[kind] += pages * PAGE_BYTES;
  };
  for (const { vmas } of mm) for (const { pages } of vmas) pages.forEach(add);
  for (const { pages } of sharedMemory) pages.forEach(add);
  return sums;
}
