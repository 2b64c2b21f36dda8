// Runs of pages as a plan has them: out of those of page tables (PAGE) and of the page cache (CACHED).

import type { PageRun as MappedRun } from '../../../snapshot/mm.js';
import { PAGE } from '../../../snapshot/mm.js';
import { CACHED, type FilePageRun } from '../../../snapshot/pagecache.js';
import { digestOf, endOfRun, inFrames, PAGE_BYTES, type PageReader } from '../../abi/page-run.js';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../../abi/records/memory.js';
import type { Planning } from '../planning.js';

/** Entries of page tables that hold pages; those of the zero page, of swap and of migration among them. */
export const HOLDS = PAGE.present | PAGE.swap | PAGE.migration | PAGE.zero;

const FLAGS: readonly { readonly from: number; readonly to: number }[] = [
  { from: PAGE.dirty, to: PAGE_FLAG.dirty },
  { from: PAGE.writable, to: PAGE_FLAG.writable },
  { from: PAGE.thp, to: PAGE_FLAG.huge },
  { from: PAGE.hugetlb, to: PAGE_FLAG.hugetlb },
  { from: PAGE.protNone, to: PAGE_FLAG.prot_none },
  { from: PAGE.softDirty, to: PAGE_FLAG.soft_dirty },
  { from: PAGE.uffdWp, to: PAGE_FLAG.uffd_wp },
  { from: PAGE.exclusive, to: PAGE_FLAG.exclusive },
  { from: PAGE.migration, to: PAGE_FLAG.migrating },
];

/** Pages of a VMA, at user addresses: in frames, on swap, or zero. */
export function mappedRuns(planning: Planning, runs: readonly MappedRun[]): PageRun[] {
  const planned: Growing[] = [];
  for (let at = 0; at < runs.length; at++) {
    const run = runs[at] as MappedRun;
    addSourced(planned, planning, run.address, run, mappedFlags(run.flags));
  }
  return finished(planning, planned);
}

/** By the bits of the entry: there are a few dozen combinations, and tens of thousands of runs. */
const flagsByBits = new Map<number, number>();

function mappedFlags(bits: number): number {
  let flags = flagsByBits.get(bits);
  if (flags === undefined) {
    flags = FLAGS.reduce((sum, { from, to }) => ((bits & from) === 0 ? sum : sum | to), 0);
    flagsByBits.set(bits, flags);
  }
  return flags;
}

/** Pages of a file that is in memory only, at offsets; those behind its end are left out. */
export function memoryFileRuns(planning: Planning, runs: readonly FilePageRun[], bytes: number): PageRun[] {
  const end = Math.ceil(bytes / PAGE_BYTES);
  const within = runs.filter(({ index }) => index < end);
  const planned: Growing[] = [];
  for (const run of within) {
    const pages = Math.min(run.pages, end - run.index);
    const address = run.index * PAGE_BYTES;
    const dirty = (run.flags & CACHED.dirty) !== 0 ? PAGE_FLAG.dirty : 0;
    // Zeroes are to come: nothing has filled the frame yet.
    if ((run.flags & CACHED.stale) !== 0) add(planned, zeroes(address, pages, 0));
    else addSourced(planned, planning, address, { ...run, pages }, dirty);
  }
  return finished(planning, planned);
}

interface Place {
  readonly pages: number;
  readonly pfn: number;
  /** Those of PAGE and CACHED that are the same. */
  readonly flags: number;
  readonly swapType: number;
}

/** What is being made of neighbours. */
type Growing = { -readonly [K in keyof PageRun]: PageRun[K] };

function addSourced(
  to: Growing[],
  planning: Planning,
  address: number,
  { pfn, pages, flags: bits, swapType }: Place,
  flags: number,
): void {
  if ((bits & PAGE.zero) !== 0) add(to, zeroes(address, pages, flags));
  else if ((bits & PAGE.swap) === 0)
    add(to, { address, pfn, pages, source: PAGE_SOURCE.frame, swap: 0, flags, digest: 0 });
  else for (const run of planning.swap.runs(address, { pfn, pages, swapType }, flags)) add(to, run);
}

/** Neighbours that differ in nothing that a plan tells are one run: the first of them, which grows. */
function add(to: Growing[], run: PageRun): void {
  const last = to.at(-1);
  if (last !== undefined && follows(last, run)) last.pages += run.pages;
  else to.push(run);
}

export function zeroes(address: number, pages: number, flags: number): PageRun {
  return { address, pfn: 0, pages, source: PAGE_SOURCE.zero, swap: 0, flags, digest: 0 };
}

function finished({ frames }: Planning, runs: PageRun[]): PageRun[] {
  return frames === null ? runs : runs.map((run) => withDigest(frames, run));
}

function follows(last: PageRun, run: PageRun): boolean {
  const counted = last.source === PAGE_SOURCE.zero ? 0 : last.pages;
  return (
    run.address === endOfRun(last) &&
    run.source === last.source &&
    run.swap === last.swap &&
    run.flags === last.flags &&
    run.pfn === last.pfn + counted
  );
}

/** With the digest of its contents; without where the dump lacks a frame, or they are neither in frames nor in the plan. */
export function withDigest(frames: PageReader, run: PageRun): PageRun {
  const has = inFrames(run) || run.source === PAGE_SOURCE.plan;
  const digest = has ? digestOf(run, frames) : null;
  return digest === null ? run : { ...run, flags: run.flags | PAGE_FLAG.digest, digest };
}
