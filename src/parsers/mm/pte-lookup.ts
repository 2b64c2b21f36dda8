// The page-table entry of a single user address. Whole spaces are walked by page-walk.

import { PAGE } from '../../snapshot/mm.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { PteDecoder, savedDirty } from './pte.js';
import { swapTypes } from './swap-types.js';

const PAGE_BYTES = 4096;
const ENTRIES = 512;
const PRESENT = 1;
const LARGE = 0x80;
const FRAME_HIGH = 0x000f_ffff;
const FRAME_LOW = 0xffff_f000;
const WORD = 2 ** 32;

/** The decoder of this kernel's entries; it holds one entry's meaning at a time. */
export const pteDecoder = perKernel((kernel) => new PteDecoder(swapTypes(kernel), kernel.trait(savedDirty)));

/** The decoded entry for `address` (valid until the next is decoded); `flags` is 0 where there is none. */
export function lookUp(kernel: Kernel, root: number, address: number): PteDecoder {
  const { physical } = kernel.mem;
  const pte = pteDecoder(kernel);
  let table = root;
  let level: number = kernel.location.pagingLevels;
  for (let span = PAGE_BYTES * ENTRIES ** (level - 1); ; span /= ENTRIES, level--) {
    const at = table + (Math.floor(address / span) % ENTRIES) * 8;
    const low = physical.u32(at);
    const high = physical.u32(at + 4);
    if (level === 1 || !(low & PRESENT) || (level <= 3 && low & LARGE)) {
      pte.decode(low, high);
      const pages = span / PAGE_BYTES;
      if (pages > 1 && !(pte.flags & PAGE.marker)) {
        pte.pfn = pte.pfn - (pte.pfn % pages) + (Math.floor(address / PAGE_BYTES) % pages);
      }
      return pte;
    }
    table = (high & FRAME_HIGH) * WORD + ((low & FRAME_LOW) >>> 0);
  }
}
