// The swap slots that page tables and files refer to, and which of these need no reading from the area: they are in the
// swap cache, or are known to have held zeroes.

import { PAGE } from '../../snapshot/mm.js';
import { CACHED } from '../../snapshot/pagecache.js';
import type { SwapCacheRun } from '../../snapshot/swap.js';
import type { Kernel } from '../kernel/kernel.js';
import type { SwapSlot } from '../mm/swap-cache.js';
import { swapPage } from '../mm/user-page.js';

/** A PageRun or FilePageRun; of one on swap, `pfn` is the first slot. */
interface Run {
  readonly pages: number;
  readonly pfn: number;
  readonly flags: number;
  readonly swapType: number;
}

const SWAP = PAGE.swap & CACHED.swap;
const FRAME_SHIFT = 12;

export class SwappedSlots {
  /** By the type of the area. */
  private readonly slots = new Map<number, Set<number>>();

  constructor(private readonly kernel: Kernel) {}

  add(runs: Iterable<Run>): void {
    for (const { flags, pages, pfn, swapType } of runs) {
      if ((flags & SWAP) === 0) continue;
      const known = this.slots.get(swapType) ?? new Set();
      this.slots.set(swapType, known);
      for (let i = 0; i < pages; i++) known.add(pfn + i);
    }
  }

  /** In order of area and slot. */
  inMemory(): SwapCacheRun[] {
    const found: SwapCacheRun[] = [];
    for (const [type, slots] of [...this.slots].sort(([a], [b]) => a - b)) {
      for (const offset of [...slots].sort((a, b) => a - b)) {
        const pfn = this.frameOf({ type, offset });
        if (pfn !== undefined) append(found, { type, offset, pages: 1, pfn });
      }
    }
    return found;
  }

  /** Undefined where only the area has the page. */
  private frameOf(slot: SwapSlot): number | null | undefined {
    const page = this.kernel.faults.guard(
      `swap slot ${slot.type}:${slot.offset}`,
      () => swapPage(this.kernel, slot),
      undefined,
    );
    if (page?.kind === 'zero') return null;
    return page?.kind === 'frame' ? page.phys / 2 ** FRAME_SHIFT : undefined;
  }
}

function append(runs: SwapCacheRun[], run: SwapCacheRun): void {
  const last = runs.at(-1);
  const isNext =
    last !== undefined &&
    last.type === run.type &&
    last.offset + last.pages === run.offset &&
    (last.pfn === null ? run.pfn === null : last.pfn + last.pages === run.pfn);
  if (isNext) runs[runs.length - 1] = { ...last, pages: last.pages + run.pages };
  else runs.push(run);
}
