// Swap areas as plain data: struct swap_info_struct (mm/swapfile.c), and what of them is in memory (mm/swap_state.c).

import type { Hex } from '../base/address.js';

export type SwapFlag = 'writeok' | 'discard' | 'solid-state' | 'block-device' | 'fs-ops' | 'synchronous-io';

/** Where the slots of a swap file lie on its block device. */
export interface SwapExtent {
  /** First slot, and how many. */
  readonly start: number;
  readonly pages: number;
  /** First block of the device, in pages of 4 KiB. */
  readonly block: number;
}

/** A compressed RAM disk, as /sys/block/zramN tells of it. */
export interface ZramDisk {
  /** `zram0`. */
  readonly name: string;
  /** As comp_algorithm names them; behind the first, those that pages may have been compressed with again. */
  readonly algorithms: readonly string[];
  /** Pages that the disk holds, the swap header's too. */
  readonly stored: number;
  readonly compressedBytes: number;
  /** Pages of memory that it takes for them, and may take at most (0: no limit). */
  readonly memoryPages: number;
  readonly limitPages: number;
  /** Pages of one word over and over, which take none. */
  readonly same: number;
  /** Pages that are kept as they are. */
  readonly incompressible: number;
}

export interface SwapArea {
  /** struct swap_info_struct. */
  readonly address: Hex;
  /** Index in swap_info: what a swap entry names the area by. */
  readonly type: number;
  /** Of the partition or file, as /proc/swaps names it before it escapes anything. */
  readonly path: string;
  readonly kind: 'partition' | 'file';
  /** dev_t (major << 20 | minor) of the partition, or of the file system that the file is in. */
  readonly device: number;
  /** Pages of 4 KiB that can be used, and that are. */
  readonly pages: number;
  readonly used: number;
  /** Slots, the header's and bad ones too: the area's length in pages. */
  readonly slots: number;
  readonly priority: number;
  readonly flags: readonly SwapFlag[];
  /** Pages that are in the swap cache: in memory as well. */
  readonly cached: number;
  readonly extents: readonly SwapExtent[];
  /** Where it is one, or a file on one: its pages are in memory, compressed. Else null. */
  readonly zram: ZramDisk | null;
}

/** Consecutive slots whose pages need no reading from the area. */
export interface SwapCacheRun {
  /** Of the area. */
  readonly type: number;
  /** First slot. */
  readonly offset: number;
  readonly pages: number;
  /** First page frame number of the swap cache; null: the pages held nothing but zeroes, and were never written. */
  readonly pfn: number | null;
}
