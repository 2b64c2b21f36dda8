// Pages: where their contents are, and whose they are (include/linux/page-flags.h, mm/rmap.c).

import { endOfRun, inFrames, PAGE_BYTES } from '../../abi/page-run.js';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../../abi/records/memory.js';
import type { Invariant, Report } from '../invariant.js';
import { holder, isExclusive, isPrivate, placeOf, sharedFrames } from '../shared-frames.js';
import { hex, nameOfRun, type RunList, type Subject } from '../subject.js';

type Visit = (run: PageRun, name: () => string, list: RunList, index: number) => void;

/** Every run; `name` tells its place in the plan, while it is visited: one for all, since there are tens of thousands. */
function eachRun({ runs }: Subject, visit: Visit): void {
  let object = '';
  let index = 0;
  const name = () => nameOfRun(object, index);
  for (const list of runs) {
    object = list.object;
    for (index = 0; index < list.runs.length; index++) visit(list.runs[index] as PageRun, name, list, index);
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Whether one of the ranges holds all of a run's frames. */
function within(ranges: readonly Range[], { pfn, pages }: PageRun): boolean {
  for (const { start, end } of ranges) {
    if (pfn * PAGE_BYTES >= start && (pfn + pages) * PAGE_BYTES <= end) return true;
  }
  return false;
}

function touches(ranges: readonly Range[], { pfn, pages }: PageRun): boolean {
  for (const { start, end } of ranges) {
    if (pfn * PAGE_BYTES < end && (pfn + pages) * PAGE_BYTES > start) return true;
  }
  return false;
}

function checkOrder({ start, end, runs, object }: RunList, report: Report): void {
  let at = start;
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index] as PageRun;
    const wrong = misplaced(run, at, end);
    if (wrong !== null) report(nameOfRun(object, index), wrong);
    at = Math.max(at, endOfRun(run));
  }
}

/** What is wrong with a run that is to lie in [at, end). */
function misplaced(run: PageRun, at: number, end: number): string | null {
  const { address, pages } = run;
  const last = endOfRun(run);
  if (address % PAGE_BYTES !== 0 || pages === 0) return `is ${pages} pages at ${hex(address)}`;
  if (address < at) return `begins at ${hex(address)}, before ${hex(at)}`;
  return last > end ? `ends at ${hex(last)}, behind ${hex(end)}` : null;
}

export const FRAMES: readonly Invariant[] = [
  {
    name: 'runs-within-owner',
    severity: 'error',
    why: 'Page runs of a VMA lie in it, in the order of addresses, without overlap.',
    executor: 'refuses the plan',
    find: ({ runs }, report) => {
      for (const list of runs) if (list.owner === 'vma') checkOrder(list, report);
    },
  },
  {
    name: 'runs-within-size',
    severity: 'error',
    why: 'Page runs of a file or of shared memory lie within its size, in order, without overlap: a page behind the end has no place.',
    executor: 'refuses the plan',
    find: ({ runs }, report) => {
      for (const list of runs) if (list.owner !== 'vma') checkOrder(list, report);
    },
  },
  {
    name: 'ram-ordered',
    severity: 'error',
    why: 'Ranges of physical memory stand in order and do not overlap, nor do reservations.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      for (const [kind, ranges] of [
        ['ramRange', plan.ramRange],
        ['reservation', plan.reservation],
      ] as const) {
        for (const [index, { start, end }] of ranges.entries()) {
          const before = index === 0 ? 0 : (ranges[index - 1]?.end ?? 0);
          if (start < before || end <= start) report(`${kind}[${index}]`, `is ${hex(start)}-${hex(end)}`);
        }
      }
    },
  },
  {
    name: 'frames-in-ram',
    severity: 'error',
    why: "Frames lie in the machine's memory: to read elsewhere could be to read a device.",
    executor: 'refuses the plan',
    find: (subject, report) => {
      const { ramRange } = subject.plan;
      eachRun(subject, (run, name) => {
        if (inFrames(run) && !within(ramRange, run)) {
          report(
            name(),
            `is in frames ${hex(run.pfn)} to ${hex(run.pfn + run.pages - 1)}, which are not RAM`,
          );
        }
      });
    },
  },
  {
    name: 'frames-outside-reservation',
    severity: 'error',
    why: 'The crash kernel runs in its reservation: what was there before is gone.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      const { reservation } = subject.plan;
      if (reservation.length === 0) return;
      eachRun(subject, (run, name) => {
        if (inFrames(run) && touches(reservation, run)) {
          report(name(), `is in frame ${hex(run.pfn)}, in the crash kernel's reservation`);
        }
      });
    },
  },
  {
    name: 'exclusive-frames-once',
    severity: 'error',
    why: 'A frame that only one process has stands once in the plan: else two would be given what one had.',
    executor: 'copies it to each',
    find: (subject, report) => {
      for (const [a, b] of sharedFrames(subject)) {
        if (isPrivate(a) && isPrivate(b) && (isExclusive(a) || isExclusive(b))) {
          report(
            placeOf(b),
            `has frame ${hex(b.run.pfn)}, as ${placeOf(a)} has, and one of them exclusively`,
          );
        }
      }
    },
  },
  {
    name: 'frames-of-one-kind',
    severity: 'error',
    why: 'A frame is a private copy or a page of one file or shared memory, never both, nor of two (page->mapping leads to one).',
    executor: 'copies it to each',
    find: (subject, report) => {
      for (const [a, b] of sharedFrames(subject)) {
        const mixed = isPrivate(a) !== isPrivate(b);
        if (mixed || (!isPrivate(a) && holder(a) !== holder(b))) {
          report(placeOf(b), `has frame ${hex(b.run.pfn)}, as ${placeOf(a)} has`);
        }
      }
    },
  },
  {
    name: 'swap-areas-known',
    severity: 'error',
    why: 'A swapped page names an area of the plan, and a slot within it; pages that are not swapped name none.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      const areas = new Map(subject.plan.swapArea.map(({ type, slots }) => [type, slots]));
      eachRun(subject, (run, name) => {
        if (run.source !== PAGE_SOURCE.swap) {
          if (run.swap !== 0) report(name(), `is not swapped, and names area ${run.swap}`);
          return;
        }
        const slots = areas.get(run.swap);
        if (slots === undefined) report(name(), `is in swap area ${run.swap}, which is not in the plan`);
        else if (run.pfn + run.pages > slots) report(name(), `is in slot ${run.pfn} of ${slots}`);
      });
    },
  },
  {
    name: 'zero-pages-empty',
    severity: 'error',
    why: 'Pages of zeroes are in no frame.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachRun(subject, ({ source, pfn }, name) => {
        if (source === PAGE_SOURCE.zero && pfn !== 0) report(name(), `is zero, and in frame ${hex(pfn)}`);
      });
    },
  },
  {
    name: 'stored-pages-known',
    severity: 'error',
    why: 'Pages that the plan carries are in it.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      const { length } = subject.plan.storedPage;
      eachRun(subject, ({ source, pfn, pages }, name) => {
        if (source === PAGE_SOURCE.plan && pfn + pages > length)
          report(name(), `is stored page ${pfn}${pages > 1 ? ` to ${pfn + pages - 1}` : ''} of ${length}`);
      });
    },
  },
  {
    name: 'digests-flagged',
    severity: 'error',
    why: 'A run has a digest where its flag says so, and nowhere else.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachRun(subject, ({ flags, digest }, name) => {
        if ((flags & PAGE_FLAG.digest) === 0 && digest !== 0)
          report(name(), 'has a digest, and no flag of it');
      });
    },
  },
  {
    name: 'written-pages-dirty',
    severity: 'warning',
    why: 'Pages that are to be written back are dirty: others are on disk already, and may be newer there.',
    executor: 'writes them all the same',
    find: (subject, report) => {
      eachRun(subject, ({ flags }, name, { owner }) => {
        if (owner === 'writeback' && (flags & PAGE_FLAG.dirty) === 0) report(name(), 'is not dirty');
      });
    },
  },
];
