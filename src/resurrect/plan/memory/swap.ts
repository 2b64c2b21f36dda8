// Pages on swap: those that are in the swap cache as well, or were never written for they are zero, need no reading from
// the area; those on areas that are in memory themselves (zram) the plan carries; of the rest it says the slot, and which
// areas there are.

import type { Snapshot } from '../../../snapshot/snapshot.js';
import type { SwapCacheRun } from '../../../snapshot/swap.js';
import { PAGE_BYTES } from '../../abi/page-run.js';
import { PAGE_SOURCE, type PageRun, type SwapArea } from '../../abi/records/memory.js';
import type { StoredPages } from './stored-pages.js';

interface Slots {
  readonly pages: number;
  /** First slot. */
  readonly pfn: number;
  /** Number of the area. */
  readonly swapType: number;
}

export class SwapPlaces {
  private readonly cached: ReadonlyMap<number, readonly SwapCacheRun[]>;
  private readonly used = new Set<number>();

  constructor(
    private readonly snapshot: Snapshot,
    private readonly stored: StoredPages,
  ) {
    const types = new Set(snapshot.swapCache.map(({ type }) => type));
    const ofType = (type: number) =>
      snapshot.swapCache.filter((run) => run.type === type).sort((a, b) => a.offset - b.offset);
    this.cached = new Map([...types].map((type) => [type, ofType(type)]));
  }

  runs(address: number, { pages, pfn: first, swapType }: Slots, flags: number): PageRun[] {
    const runs: PageRun[] = [];
    const behind = first + pages;
    let slot = first;
    const add = (end: number, place: Pick<PageRun, 'source' | 'pfn' | 'swap'>): void => {
      const at = address + (slot - first) * PAGE_BYTES;
      runs.push({ address: at, pages: end - slot, ...place, flags, digest: 0 });
      slot = end;
    };
    const inMemory = (end: number): void => {
      while (slot < end) {
        const kept = this.stored.page(swapType, slot);
        if (kept === null) this.used.add(swapType);
        const lost = { source: PAGE_SOURCE.swap, pfn: slot, swap: swapType };
        add(slot + 1, kept === null ? lost : { source: PAGE_SOURCE.plan, pfn: kept, swap: 0 });
      }
    };
    const onArea = (end: number): void => {
      if (end <= slot) return;
      if (this.isOnZram(swapType)) {
        inMemory(end);
        return;
      }
      this.used.add(swapType);
      add(end, { source: PAGE_SOURCE.swap, pfn: slot, swap: swapType });
    };
    for (const run of this.cached.get(swapType) ?? []) {
      const [start, end] = [Math.max(slot, run.offset), Math.min(behind, run.offset + run.pages)];
      if (start >= end) continue;
      onArea(start);
      const pfn = run.pfn === null ? 0 : run.pfn + (start - run.offset);
      add(end, { source: run.pfn === null ? PAGE_SOURCE.zero : PAGE_SOURCE.frame, pfn, swap: 0 });
    }
    onArea(behind);
    return runs;
  }

  /** Whether there are such slots: an entry of a torn page table may name any. */
  has({ pages, pfn: first, swapType }: Slots): boolean {
    const area = this.snapshot.swapAreas.find(({ type }) => type === swapType);
    return area !== undefined && first + pages <= area.slots;
  }

  /** The area's disk is in the dead kernel's memory. */
  isOnZram(type: number): boolean {
    return this.snapshot.swapAreas.some((area) => area.type === type && area.zram !== null);
  }

  /** Those that pages of the plan are in. */
  areas(): readonly SwapArea[] {
    const areas = this.snapshot.swapAreas.filter(({ type }) => this.used.has(type));
    return areas.map(({ type, path, slots }) => ({ type, path, slots }));
  }
}
