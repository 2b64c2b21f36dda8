// Where the pages of a mapping are, as runs: what stands between a file and the frames and swap slots that hold it.

import type { Kva } from '../../base/address.js';
import { CACHED, type FilePageRun } from '../../snapshot/pagecache.js';
import type { Kernel } from '../kernel/kernel.js';
import { pfnOfPage } from '../mm/struct-page.js';
import { type CachedEntry, forEachCached } from './mapping.js';

const UNWRITTEN = CACHED.dirty | CACHED.writeback;

/** All that a mapping holds, in order of index; pages in a row are one run where their frames (or slots) are too. */
export function readPageRuns(kernel: Kernel, mapping: Kva): FilePageRun[] {
  const runs: Growing[] = [];
  forEachCached(kernel, mapping, {
    page: (entry) => {
      const { index, page, pages } = entry;
      append(runs, { index, pages, pfn: pfnOfPage(kernel, page), flags: flagsOf(entry), swapType: 0 });
    },
    swapped: ({ index, type, offset }) => {
      append(runs, { index, pages: 1, pfn: offset, flags: CACHED.swap, swapType: type });
    },
  });
  return runs;
}

export function isUnwritten({ flags }: FilePageRun): boolean {
  return (flags & UNWRITTEN) !== 0;
}

function flagsOf({ uptodate, dirty, writeback }: CachedEntry): number {
  return (
    CACHED.present |
    (dirty ? CACHED.dirty : 0) |
    (writeback ? CACHED.writeback : 0) |
    (uptodate ? 0 : CACHED.stale)
  );
}

type Growing = { -readonly [K in keyof FilePageRun]: FilePageRun[K] };

/** The last run grows while pages follow it: there may be a hundred thousand. */
function append(runs: Growing[], run: FilePageRun): void {
  const last = runs.at(-1);
  const isNext =
    last !== undefined &&
    last.flags === run.flags &&
    last.swapType === run.swapType &&
    last.index + last.pages === run.index &&
    last.pfn + last.pages === run.pfn;
  if (isNext) last.pages += run.pages;
  else runs.push(run);
}

/** Pages in memory, dirty, under writeback, and on swap. */
export function countPages(runs: readonly FilePageRun[]) {
  const counts = { pages: 0, dirty: 0, writeback: 0, swapped: 0 };
  for (const { flags, pages } of runs) {
    if (flags & CACHED.swap) counts.swapped += pages;
    else counts.pages += pages;
    if (flags & CACHED.dirty) counts.dirty += pages;
    if (flags & CACHED.writeback) counts.writeback += pages;
  }
  return counts;
}
