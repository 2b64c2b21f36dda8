// What is in memory: every page that the plan gives to a process, against the page that the process has now. Both are in
// the same memory as long as nobody has taken the dead kernel's frames back.

import { inFrames, PAGE_BYTES, type PageReader } from '../abi/page-run.js';
import { PAGE_SOURCE, type PageRun } from '../abi/records/memory.js';

export interface PageCounts {
  /** With the contents that the plan gave them. */
  readonly same: number;
  /** With others, where the process may write. */
  readonly changed: number;
  /** With others, where it may not. */
  readonly wrong: number;
  /** Not in memory now, or not to be read: on swap, or never touched again. */
  readonly absent: number;
}

export const NO_PAGES: PageCounts = { same: 0, changed: 0, wrong: 0, absent: 0 };

export interface PageVerdict {
  readonly counts: PageCounts;
  /** User addresses of pages that are wrong, the first few. */
  readonly wrong: readonly number[];
}

const SHOWN = 8;
const [before, after] = [new Uint8Array(PAGE_BYTES), new Uint8Array(PAGE_BYTES)];

/**
 * Runs of one stretch of memory, by address (or offset), before and after, each with what they are read from; `writable`:
 * whether its owner may write there.
 */
export function comparePages(
  planned: readonly PageRun[],
  now: readonly PageRun[],
  writable: boolean,
  memory: { readonly before: PageReader; readonly after: PageReader },
): PageVerdict {
  const counts = { ...NO_PAGES };
  const wrong: number[] = [];
  const find = finder(now);
  for (const run of planned) {
    for (let page = 0; page < run.pages; page++) {
      const address = run.address + page * PAGE_BYTES;
      const other = find(address);
      if (
        other === undefined ||
        !read(run, page, before, memory.before) ||
        !read(...other, after, memory.after)
      ) {
        counts.absent++;
      } else if (Buffer.compare(before, after) === 0) counts.same++;
      else if (writable) counts.changed++;
      else {
        counts.wrong++;
        if (wrong.length < SHOWN) wrong.push(address);
      }
    }
  }
  return { counts, wrong };
}

export function addPages(one: PageCounts, other: PageCounts): PageCounts {
  return {
    same: one.same + other.same,
    changed: one.changed + other.changed,
    wrong: one.wrong + other.wrong,
    absent: one.absent + other.absent,
  };
}

/** The run that holds an address, and the page in it; asked for in ascending order. */
function finder(runs: readonly PageRun[]): (address: number) => readonly [PageRun, number] | undefined {
  const sorted = [...runs].sort((a, b) => a.address - b.address);
  let at = 0;
  return (address) => {
    if (address < (sorted[at]?.address ?? 0)) at = 0;
    for (; at < sorted.length; at++) {
      const run = sorted[at] as PageRun;
      if (address < run.address) return undefined;
      const page = (address - run.address) / PAGE_BYTES;
      if (page < run.pages) return [run, page];
    }
    return undefined;
  };
}

function read(run: PageRun, page: number, into: Uint8Array, memory: PageReader): boolean {
  if (run.source === PAGE_SOURCE.zero) {
    into.fill(0);
    return true;
  }
  if (run.source === PAGE_SOURCE.plan) return memory.stored?.(run.pfn + page, into) === true;
  return inFrames(run) && memory.frames(run.pfn + page, into);
}
