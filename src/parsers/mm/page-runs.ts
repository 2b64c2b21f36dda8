// Collects pages into runs, and counts them.

import { PAGE, type PageRun, type PageTotals } from '../../snapshot/mm.js';

const PAGE_BYTES = 4096;
/** Pages of these have a `pfn` that does not count up along the run. */
const CONSTANT = PAGE.zero | PAGE.marker;
const MAPPED = PAGE.present | PAGE.migration;
const UNCOUNTED = PAGE.zero | PAGE.special | PAGE.hugetlb;

type Open = { -readonly [K in keyof PageRun]: PageRun[K] };
type Counts = { -readonly [K in keyof PageTotals]: PageTotals[K] };

export class PageRuns {
  readonly runs: PageRun[] = [];
  readonly totals: Counts = {
    present: 0,
    anon: 0,
    file: 0,
    shmem: 0,
    swap: 0,
    zero: 0,
    thp: 0,
    hugetlb: 0,
    dirty: 0,
    special: 0,
    tables: 0,
  };
  private last: Open | undefined;

  /** `shmem` says what file pages count as. */
  add(address: number, pages: number, pfn: number, flags: number, swapType: number, shmem: boolean): void {
    this.count(pages, flags, shmem);
    const last = this.last;
    if (
      last !== undefined &&
      last.flags === flags &&
      last.address + last.pages * PAGE_BYTES === address &&
      last.swapType === swapType &&
      pfn === (flags & CONSTANT ? last.pfn : last.pfn + last.pages)
    ) {
      last.pages += pages;
    } else {
      this.last = { address, pages, pfn, flags, swapType };
      this.runs.push(this.last);
    }
  }

  private count(pages: number, flags: number, shmem: boolean): void {
    const { totals } = this;
    if (flags & PAGE.present) totals.present += pages;
    if (flags & PAGE.swap) totals.swap += pages;
    if (flags & PAGE.zero) totals.zero += pages;
    if (flags & PAGE.thp) totals.thp += pages;
    if (flags & PAGE.hugetlb && flags & MAPPED) totals.hugetlb += pages;
    if (flags & PAGE.dirty) totals.dirty += pages;
    if (flags & PAGE.special) totals.special += pages;
    if (!(flags & MAPPED) || flags & UNCOUNTED) return;
    if (!(flags & PAGE.file)) totals.anon += pages;
    else if (shmem) totals.shmem += pages;
    else totals.file += pages;
  }
}
