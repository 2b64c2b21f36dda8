// Frames that several runs of a plan have: who else claims a frame (mm/rmap.c knows it by page->mapping and its count).
import { inFrames } from '../abi/page-run.js';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../abi/records/memory.js';
import { nameOfRun, type RunList, type Subject } from './subject.js';

/** A run of pages in frames, and where in the plan it is. */
export interface Claim {
  readonly run: PageRun;
  readonly list: RunList;
  readonly index: number;
}

/** Pairs of which the second begins within the first; of many, those next to each other. In the order of frames. */
export function sharedFrames(subject: Subject): readonly (readonly [Claim, Claim])[] {
  const made = known.get(subject) ?? overlaps(inOrder(claimsOf(subject)));
  known.set(subject, made);
  return made;
}

const known = new WeakMap<Subject, readonly (readonly [Claim, Claim])[]>();

/** A private copy of a process; what is not is a page of an object: shared memory, or the page cache. */
export function isPrivate({ run, list }: Claim): boolean {
  return list.owner === 'vma' && run.source === PAGE_SOURCE.frame;
}

export function isExclusive({ run }: Claim): boolean {
  return (run.flags & PAGE_FLAG.exclusive) !== 0;
}

export function placeOf({ list, index }: Claim): string {
  return nameOfRun(list.object, index);
}

/** Of the object, or of the whole address space. */
export function holder({ list: { owner, object } }: Claim): string {
  return owner === 'vma' ? (object.split('.')[0] as string) : object;
}

/** What is written back is in the page cache too, and claims nothing of its own. */
function claimsOf({ runs }: Subject): Claim[] {
  const found: Claim[] = [];
  for (const list of runs) {
    if (list.owner === 'writeback') continue;
    for (let index = 0; index < list.runs.length; index++) {
      const run = list.runs[index] as PageRun;
      if (inFrames(run)) found.push({ run, list, index });
    }
  }
  return found;
}

/**
 * By first frame, those of the same in the order in which they came. Frame and place in one number are sorted without a
 * call for each comparison, of which there are a hundred thousand; where frames are too high for that, a plan is broken.
 */
function inOrder(claims: readonly Claim[]): readonly Claim[] {
  const count = claims.length;
  const keys = new Float64Array(count);
  for (let place = 0; place < count; place++) keys[place] = pfnOf(claims, place) * count + place;
  keys.sort();
  if (!Number.isSafeInteger(keys[count - 1] ?? 0)) {
    return [...claims].sort((a, b) => a.run.pfn - b.run.pfn);
  }
  const sorted: Claim[] = [];
  for (let at = 0; at < count; at++) sorted.push(claims[(keys[at] as number) % count] as Claim);
  return sorted;
}

function pfnOf(claims: readonly Claim[], place: number): number {
  return (claims[place] as Claim).run.pfn;
}

function overlaps(sorted: readonly Claim[]): (readonly [Claim, Claim])[] {
  const found: (readonly [Claim, Claim])[] = [];
  let widest: Claim | undefined;
  let end = 0;
  for (const claim of sorted) {
    const { pfn, pages } = claim.run;
    if (widest !== undefined && pfn < end) found.push([widest, claim]);
    if (pfn + pages <= end) continue;
    widest = claim;
    end = pfn + pages;
  }
  return found;
}
