// One user page of one VMA: in a frame, not there yet (zeroes), on swap, or absent with the reason.

import { type Hex, type Kva, NULL } from '../../base/address.js';
import { type Mm, PAGE, type Vma } from '../../snapshot/mm.js';
import { pageCachePage } from '../fs/page-cache.js';
import type { Kernel } from '../kernel/kernel.js';
import { lookUp } from './pte-lookup.js';
import { pfnOfPage } from './struct-page.js';
import { isZeroSlot, type SwapSlot, swapCache } from './swap-cache.js';
import { isShmemFile, mappingOfFile } from './vma-file.js';
import { flagWord, VM } from './vma-flags.js';

export type UserPage =
  /** Physical address of its first byte. */
  | { readonly kind: 'frame'; readonly phys: number }
  /** Never touched: it reads as zeroes. */
  | { readonly kind: 'zero' }
  | { readonly kind: 'swapped'; readonly type: number; readonly offset: number }
  | { readonly kind: 'absent'; readonly why: Absence };

export type Absence =
  | 'not mapped' // no VMA
  | 'on disk' // a page of a file that is not in the page cache
  | 'special' // the kernel or a driver provides it when it is first touched
  | 'guard' // a guard, poison or device marker stands in the page table
  | 'fault'; // the structures on the way could not be read; the log has the fault

const PAGE_BYTES = 4096;
const ZERO: UserPage = { kind: 'zero' };
const ON_DISK: UserPage = { kind: 'absent', why: 'on disk' };

/** The page at `address`, the first byte of a page within `vma`. */
export function mappedAt(kernel: Kernel, mm: Mm, vma: Vma, address: number): UserPage {
  const { flags, pfn, swapType } = lookUp(kernel, mm.pgd, address);
  if (flags & (PAGE.present | PAGE.migration)) return { kind: 'frame', phys: pfn * PAGE_BYTES };
  if (flags & PAGE.swap) return swapPage(kernel, { type: swapType, offset: pfn });
  // A marker that only keeps a write protection says nothing about the page.
  if (flags & PAGE.marker && !(flags & PAGE.uffdWp)) return { kind: 'absent', why: 'guard' };
  if (vma.anonymous) return ZERO;
  return vma.file === null ? { kind: 'absent', why: 'special' } : filePage(kernel, vma, address);
}

function filePage(kernel: Kernel, vma: Vma, address: number): UserPage {
  const file = kernel.mem.fromHex(vma.file as Hex);
  const mapping = mappingOfFile(kernel, file);
  if (mapping === NULL) return ON_DISK;
  const index = Math.floor((address - vma.start + vma.offset) / PAGE_BYTES);
  const found = pageCachePage(kernel, mapping, index);
  if (found.kind === 'page') return { kind: 'frame', phys: pfnOfPage(kernel, found.page) * PAGE_BYTES };
  if (found.kind === 'swapped') return swapPage(kernel, { type: found.device, offset: found.offset });
  return isMemoryFile(kernel, vma, file) ? ZERO : ON_DISK;
}

/** Files that have no disk behind them: where they have no page, they read as zeroes. */
function isMemoryFile(kernel: Kernel, vma: Vma, file: Kva): boolean {
  return (flagWord(vma.flags) & VM.hugetlb) !== 0 || isShmemFile(kernel, file);
}

/** The page of a swap slot: in the swap cache, known to be zeroes, or on the device only. */
export function swapPage(kernel: Kernel, slot: SwapSlot): UserPage {
  const pfn = kernel.trait(swapCache)(kernel, slot);
  if (pfn !== undefined) return { kind: 'frame', phys: pfn * PAGE_BYTES };
  return isZeroSlot(kernel, slot) ? ZERO : { kind: 'swapped', ...slot };
}
