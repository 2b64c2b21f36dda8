// The swap slots that page tables and files refer to, and which of these need no reading from the area: they are in the
// swap cache, or are known to have held zeroes.

import { type Kva, NULL } from '../../base/address.js';
import { PAGE } from '../../snapshot/mm.js';
import { CACHED } from '../../snapshot/pagecache.js';
import type { SwapCacheRun } from '../../snapshot/swap.js';
import type { Kernel } from '../kernel/kernel.js';
import type { SwapSlot } from '../mm/swap-cache.js';
import { swapPage } from '../mm/user-page.js';
import { areaAt } from './areas.js';

/** A PageRun or FilePageRun; of one on swap, `pfn` is the first slot. */
interface Run {
  readonly pages: number;
  readonly pfn: number;
  readonly flags: number;
  readonly swapType: number;
}

/** Slots of one area, from one on. */
interface Slots {
  readonly offset: number;
  readonly end: number;
}

const SWAP = PAGE.swap & CACHED.swap;
const AREA = { slots: 'max' } as const;
const FRAME_SHIFT = 12;

export class SwappedSlots {
  /** By the type of the area, in no order. As runs: a damaged page table can refer to any number of slots. */
  private readonly slots = new Map<number, Slots[]>();

  constructor(private readonly kernel: Kernel) {}

  add(runs: readonly Run[]): void {
    for (let at = 0; at < runs.length; at++) {
      const { flags, pages, pfn, swapType } = runs[at] as Run;
      if ((flags & SWAP) === 0) continue;
      const known = this.slots.get(swapType);
      const slots = { offset: pfn, end: pfn + pages };
      if (known === undefined) this.slots.set(swapType, [slots]);
      else known.push(slots);
    }
  }

  /** In order of area and slot. */
  inMemory(): SwapCacheRun[] {
    const found: SwapCacheRun[] = [];
    for (const [type, slots] of [...this.slots].sort(([a], [b]) => a - b)) {
      const limit = this.kernel.faults.guard(`swap area ${type}`, () => this.areaEnd(type, slots), 0);
      for (const { offset: first, end } of merged(slots, limit)) {
        for (let offset = first; offset < end; offset++) {
          const pfn = this.frameOf({ type, offset });
          if (pfn !== undefined) append(found, { type, offset, pages: 1, pfn });
        }
      }
    }
    return found;
  }

  /** The first slot that the area does not have. That somebody refers to one behind it is recorded. */
  private areaEnd(type: number, slots: readonly Slots[]): number {
    const { mem, faults } = this.kernel;
    const area: Kva = areaAt(this.kernel, type);
    if (area === NULL) throw mem.fault('corrupt', `no swap area ${type}, but pages on it`, area);
    const at = this.kernel.layout('swap_info_struct', AREA);
    const limit = mem.u32(area, at.slots);
    const beyond = slots.find(({ end }) => end > limit);
    if (beyond !== undefined)
      faults.add(mem.fault('corrupt', `slot ${beyond.end - 1} of an area of ${limit}`, area, at.slots));
    return limit;
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

/** Each slot below the limit once, in order. */
function* merged(slots: Slots[], limit: number): Generator<Slots> {
  let next = 0;
  for (const { offset, end } of slots.sort((a, b) => a.offset - b.offset)) {
    const within = { offset: Math.max(offset, next), end: Math.min(end, limit) };
    if (within.offset >= within.end) continue;
    yield within;
    next = within.end;
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
