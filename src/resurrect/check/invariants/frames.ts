// Pages: where their contents are, and whose they are (include/linux/page-flags.h, mm/rmap.c).

import { endOfRun, inFrames, PAGE_BYTES } from '../../abi/page-run.js';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../../abi/records/memory.js';
import type { Invariant, Report } from '../invariant.js';
import { isLoose, surveyOf } from '../run-survey.js';
import { isPrivate, sharedFrames } from '../shared-frames.js';
import { hex, nameOfRun, type RunList, type Subject } from '../subject.js';

function eachSpecial(subject: Subject, visit: (run: PageRun, name: () => string) => void): void {
  const survey = surveyOf(subject);
  for (const place of survey.special) visit(survey.run(place), () => survey.name(place));
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Places of the runs in frames that no range holds all of. Most lie in the range in which the run before lay. */
function outside(ranges: readonly Range[], runs: readonly PageRun[]): readonly number[] {
  const found: number[] = [];
  let range: Range | undefined;
  let first = 0;
  let end = 0;
  for (let place = 0; place < runs.length; place++) {
    const run = runs[place] as PageRun;
    const { pfn, pages } = run;
    if (!inFrames(run) || (range !== undefined && pfn >= first && pfn + pages <= end)) continue;
    range = rangeOf(run, ranges);
    if (range === undefined) {
      found.push(place);
    } else {
      first = range.start / PAGE_BYTES;
      end = range.end / PAGE_BYTES;
    }
  }
  return found;
}

function rangeOf({ pfn, pages }: PageRun, ranges: readonly Range[]): Range | undefined {
  return ranges.find(({ start, end }) => pfn * PAGE_BYTES >= start && (pfn + pages) * PAGE_BYTES <= end);
}

function touches(ranges: readonly Range[], { pfn, pages }: PageRun): boolean {
  for (const { start, end } of ranges) {
    if (pfn * PAGE_BYTES < end && (pfn + pages) * PAGE_BYTES > start) return true;
  }
  return false;
}

function checkOrder(list: RunList, report: Report): void {
  const { start, end, runs } = list;
  let at = start;
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index] as PageRun;
    const { address, pages } = run;
    const last = address + pages * PAGE_BYTES;
    const inPlace = (address & (PAGE_BYTES - 1)) === 0 && pages > 0 && address >= at && last <= end;
    if (!inPlace) report(nameOfRun(list.object, index), misplaced(run, at, end));
    if (last > at) at = last;
  }
}

/** What is wrong with a run that is to lie in [at, end), and does not. */
function misplaced(run: PageRun, at: number, end: number): string {
  const { address, pages } = run;
  if (address % PAGE_BYTES !== 0 || pages === 0) return `is ${pages} pages at ${hex(address)}`;
  if (address < at) return `begins at ${hex(address)}, before ${hex(at)}`;
  return `ends at ${hex(endOfRun(run))}, behind ${hex(end)}`;
}

export const FRAMES: readonly Invariant[] = [
  {
    name: 'runs-within-owner',
    severity: 'error',
    why: 'Page runs of a VMA lie in it, in the order of addresses, without overlap.',
    executor: 'refuses the plan',
    find: ({ runs }, report) => {
      runs.forEach((list) => {
        if (list.owner === 'vma') checkOrder(list, report);
      });
    },
  },
  {
    name: 'runs-within-size',
    severity: 'error',
    why: 'Page runs of a file or of shared memory lie within its size, in order, without overlap: a page behind the end has no place.',
    executor: 'refuses the plan',
    find: ({ runs }, report) => {
      runs.forEach((list) => {
        if (list.owner !== 'vma') checkOrder(list, report);
      });
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
        ranges.forEach(({ start, end }, index) => {
          const before = index === 0 ? 0 : (ranges[index - 1]?.end ?? 0);
          if (start < before || end <= start) report(`${kind}[${index}]`, `is ${hex(start)}-${hex(end)}`);
        });
      }
    },
  },
  {
    name: 'frames-in-ram',
    severity: 'error',
    why: "Frames lie in the machine's memory: to read elsewhere could be to read a device.",
    executor: 'refuses the plan',
    find: (subject, report) => {
      const survey = surveyOf(subject);
      for (const place of outside(subject.plan.ramRange, survey.runs)) {
        const { pfn, pages } = survey.run(place);
        report(survey.name(place), `is in frames ${hex(pfn)} to ${hex(pfn + pages - 1)}, which are not RAM`);
      }
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
      const survey = surveyOf(subject);
      survey.runs.forEach((run, place) => {
        if (inFrames(run) && touches(reservation, run))
          report(survey.name(place), `is in frame ${hex(run.pfn)}, in the crash kernel's reservation`);
      });
    },
  },
  {
    name: 'exclusive-frames-once',
    severity: 'error',
    why: 'A frame that only one process has stands once in the plan: else two would be given what one had.',
    executor: 'copies it to each',
    find: (subject, report) => {
      const survey = surveyOf(subject);
      for (const [a, b] of sharedFrames(subject)) {
        if (!isPrivate(survey, a) || !isPrivate(survey, b)) continue;
        report(
          survey.name(b),
          `has frame ${hex(survey.run(b).pfn)}, as ${survey.name(a)} has, and one of them exclusively`,
        );
      }
    },
  },
  {
    name: 'frames-of-one-kind',
    severity: 'error',
    why: 'A frame is a private copy or a page of one file or shared memory, never both, nor of two (page->mapping leads to one).',
    executor: 'copies it to each',
    find: (subject, report) => {
      const survey = surveyOf(subject);
      for (const [a, b] of sharedFrames(subject)) {
        const mixed = isPrivate(survey, a) !== isPrivate(survey, b);
        if (mixed || (!isPrivate(survey, a) && survey.list(a).holder !== survey.list(b).holder))
          report(survey.name(b), `has frame ${hex(survey.run(b).pfn)}, as ${survey.name(a)} has`);
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
      eachSpecial(subject, (run, name) => {
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
      eachSpecial(subject, ({ source, pfn }, name) => {
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
      eachSpecial(subject, ({ source, pfn, pages }, name) => {
        if (source !== PAGE_SOURCE.plan || pfn + pages <= length) return;
        const last = pages > 1 ? ` to ${pfn + pages - 1}` : '';
        report(name(), `is stored page ${pfn}${last} of ${length}`);
      });
    },
  },
  {
    name: 'digests-flagged',
    severity: 'error',
    why: 'A run has a digest where its flag says so, and nowhere else.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachSpecial(subject, (run, name) => {
        if (isLoose(run)) report(name(), 'has a digest, and no flag of it');
      });
    },
  },
  {
    name: 'written-pages-dirty',
    severity: 'warning',
    why: 'Pages that are to be written back are dirty: others are on disk already, and may be newer there.',
    executor: 'writes them all the same',
    find: ({ runs }, report) => {
      runs.forEach((list) => {
        if (list.owner !== 'writeback') return;
        list.runs.forEach(({ flags }, index) => {
          if ((flags & PAGE_FLAG.dirty) === 0) report(nameOfRun(list.object, index), 'is not dirty');
        });
      });
    },
  },
];
