// Pages of a file that are in memory, as runs of the plan (mm/filemap.c).

import { CACHED, type FilePageRun, type FilePages } from '../../../snapshot/pagecache.js';
import { PAGE_BYTES } from '../../abi/page-run.js';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../../abi/records/memory.js';
import { withDigest } from '../memory/runs.js';
import type { Planning } from '../planning.js';

/** To be written, or being written: the disk may lack it. */
const UNWRITTEN = CACHED.dirty | CACHED.writeback;

export interface Cached {
  /** By offset, cut off at the end of the file. */
  readonly runs: readonly PageRun[];
  /** Pages in them. */
  readonly pages: number;
  /** Pages that are to be written and whose frames do not hold what is. */
  readonly stale: number;
}

/** `unwritten`: only those that the disk lacks. Pages that are not up to date are left out. */
export function cachedPages({ frames }: Planning, file: FilePages | undefined, unwritten: boolean): Cached {
  const end = Math.ceil(Number(file?.size ?? 0) / PAGE_BYTES);
  const within = (file?.runs ?? [])
    .filter(({ index, flags }) => index < end && (flags & CACHED.present) !== 0)
    .filter(({ flags }) => !unwritten || (flags & UNWRITTEN) !== 0)
    .map((run) => ({ ...run, pages: Math.min(run.pages, end - run.index) }));
  const fresh = within.filter(({ flags }) => (flags & CACHED.stale) === 0);
  const count = (runs: readonly FilePageRun[]) => runs.reduce((sum, { pages }) => sum + pages, 0);
  const stale = within.filter(({ flags }) => (flags & CACHED.stale) !== 0 && (flags & UNWRITTEN) !== 0);
  const runs = fresh.map(pageRun);
  const digested = frames === null ? runs : runs.map((run) => withDigest(frames, run));
  return { runs: digested, pages: count(fresh), stale: count(stale) };
}

function pageRun({ index, pages, pfn, flags }: FilePageRun): PageRun {
  return {
    address: index * PAGE_BYTES,
    pfn,
    pages,
    source: PAGE_SOURCE.page_cache,
    swap: 0,
    flags: (flags & UNWRITTEN) === 0 ? 0 : PAGE_FLAG.dirty,
    digest: 0,
  };
}
