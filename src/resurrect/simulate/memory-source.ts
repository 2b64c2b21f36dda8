// Where a simulation finds the contents of pages: a dump, seen as the executor would see it.

import type { FrameReader, SwapReader } from '../abi/page-run.js';

export interface MemorySource extends FrameReader, SwapReader {
  /** A page of a file, by dev_t, inode number and page index; false where it is not in memory. */
  cached(device: number, inode: bigint, index: number, into: Uint8Array): boolean;
}
