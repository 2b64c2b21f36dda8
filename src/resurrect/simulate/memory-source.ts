// Where a simulation finds the contents of pages: a dump, seen as the executor would see it.

import { type FrameReader, type StoredReader, type SwapReader, storedReader } from '../abi/page-run.js';
import type { Plan } from '../abi/plan.js';

export interface MemorySource extends FrameReader, SwapReader {
  /** A page of a file, by dev_t, inode number and page index; false where it is not in memory. */
  cached(device: number, inode: bigint, index: number, into: Uint8Array): boolean;
}

/** What the executor reads: that memory, and the plan. */
export type PlannedMemory = MemorySource & StoredReader;

export function plannedMemory(memory: MemorySource, { storedPage }: Plan): PlannedMemory {
  return {
    frames: (pfn, into) => memory.frames(pfn, into),
    swapped: (area, slot, into) => memory.swapped(area, slot, into),
    cached: (device, inode, index, into) => memory.cached(device, inode, index, into),
    ...storedReader(storedPage),
  };
}
