// Runs of pages, which go on over the borders of VMAs, counted by VMA.
import { PAGE, type PageRun, type Vma } from '../snapshot/mm.js';
import type { VmaPages } from './schema.js';

const PAGE_BYTES = 4096;
const MAPPED = PAGE.present | PAGE.migration;
/** What the kernel's own counters leave out. */
const UNCOUNTED = PAGE.zero | PAGE.special | PAGE.hugetlb;

type Counts = { -readonly [K in keyof VmaPages]: VmaPages[K] };

/** Both in the order of addresses. */
export function pagesByVma(vmas: readonly Vma[], runs: readonly PageRun[]): VmaPages[] {
  const counts: Counts[] = vmas.map(({ start, end, perms, name }) => ({
    ...{ start, end, perms, name },
    ...{ present: 0, anon: 0, file: 0, swap: 0, zero: 0, dirty: 0 },
  }));
  let first = 0;
  for (const run of runs) {
    while (first < counts.length && (counts[first] as Counts).end <= run.address) first++;
    const end = run.address + run.pages * PAGE_BYTES;
    for (let n = first; n < counts.length && (counts[n] as Counts).start < end; n++) {
      const vma = counts[n] as Counts;
      const bytes = Math.min(end, vma.end) - Math.max(run.address, vma.start);
      add(vma, bytes / PAGE_BYTES, run.flags);
    }
  }
  return counts;
}

function add(vma: Counts, pages: number, flags: number): void {
  if (flags & PAGE.present) vma.present += pages;
  if (flags & PAGE.swap) vma.swap += pages;
  if (flags & PAGE.zero) vma.zero += pages;
  if (flags & PAGE.dirty) vma.dirty += pages;
  if (!(flags & MAPPED) || flags & UNCOUNTED) return;
  if (flags & PAGE.file) vma.file += pages;
  else vma.anon += pages;
}
