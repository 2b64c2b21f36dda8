// How much memory a plan brings back.

import { PAGE_BYTES } from '../../abi/page-run.js';
import type { Plan } from '../../abi/plan.js';
import { PAGE_SOURCE, type PageRun, type PageSource } from '../../abi/records/memory.js';

/** Bytes of address spaces and shared memory, by where they are. */
export interface PlanMemory {
  readonly frames: number;
  /** Of those that were swapped to memory (zram) the plan has the contents. */
  readonly swap: number;
  readonly zero: number;
}

const KINDS: Readonly<Record<PageSource, keyof PlanMemory>> = {
  [PAGE_SOURCE.frame]: 'frames',
  [PAGE_SOURCE.page_cache]: 'frames',
  [PAGE_SOURCE.swap]: 'swap',
  [PAGE_SOURCE.plan]: 'swap',
  [PAGE_SOURCE.zero]: 'zero',
};

/** What two processes have in common counts once where it is shared memory, and twice where it is not. */
export function planMemory({ mm, sharedMemory }: Plan): PlanMemory {
  const sums = { frames: 0, swap: 0, zero: 0 };
  const add = ({ source, pages }: PageRun): void => {
    sums[KINDS[source]] += pages * PAGE_BYTES;
  };
  for (const { vmas } of mm) for (const { pages } of vmas) pages.forEach(add);
  for (const { pages } of sharedMemory) pages.forEach(add);
  return sums;
}
