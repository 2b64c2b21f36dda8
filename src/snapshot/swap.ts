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
