// Where a simulation finds the contents of pages: a dump, seen as the executor would see it.

export interface MemorySource {
  /** Fills `into` with `into.length` bytes of physical memory from a frame on; false where the dump lacks any of them. */
  frames(pfn: number, into: Uint8Array): boolean;
  /** A page of a swap area; false where it cannot be read. */
  swapped(area: number, slot: number, into: Uint8Array): boolean;
  /** A page of a file, by dev_t, inode number and page index; false where it is not in memory. */
  cached(device: number, inode: bigint, index: number, into: Uint8Array): boolean;
}
