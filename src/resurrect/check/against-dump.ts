// What must hold of a plan and the dump that it was made of.

import { digestOf, type FrameReader, inFrames, readRun } from '../abi/page-run.js';
import type { Plan } from '../abi/plan.js';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../abi/records/memory.js';
import type { Finding, FindingSeverity, Report } from './invariant.js';
import { hex, type RunList, Subject } from './subject.js';

/** What a dump says of a frame. */
export interface FrameFacts {
  /** page->mapping leads to an anon_vma: private memory. */
  readonly anonymous: boolean;
  /** How many page-table entries map it, by the kernel's count; null where a huge page keeps the count elsewhere. */
  readonly mappings: number | null;
}

/** A dump, as far as it is asked. */
export interface DumpFacts extends FrameReader {
  /** Hex digits: SHA-256 of its identity pages. */
  readonly identity: string;
  /** Null where its struct page cannot be read. */
  frame(pfn: number): FrameFacts | null;
}

export interface DumpInvariant {
  readonly name: string;
  readonly severity: FindingSeverity;
  readonly why: string;
  readonly executor: string;
  readonly find: (subject: Subject, dump: DumpFacts, report: Report) => void;
}

function eachFrameRun({ runs }: Subject, visit: (run: PageRun, object: string, list: RunList) => void): void {
  for (const list of runs) {
    for (const [index, run] of list.runs.entries()) {
      if (inFrames(run)) visit(run, `${list.object}.pages[${index}]`, list);
    }
  }
}

/** How often the plan maps each frame as private memory. */
function privateMappings(subject: Subject): Map<number, { count: number; object: string }> {
  const found = new Map<number, { count: number; object: string }>();
  eachFrameRun(subject, (run, object, { owner }) => {
    if (owner !== 'vma' || run.source !== PAGE_SOURCE.frame) return;
    for (let page = 0; page < run.pages; page++) {
      const known = found.get(run.pfn + page);
      if (known) known.count++;
      else found.set(run.pfn + page, { count: 1, object });
    }
  });
  return found;
}

export const DUMP_INVARIANTS: readonly DumpInvariant[] = [
  {
    name: 'same-death',
    severity: 'error',
    why: 'The dump is the one that the plan was made of: its identity pages have the digest that the plan names.',
    executor: 'refuses the plan',
    find: ({ plan: { header } }, dump, report) => {
      const planned = Buffer.from(header.identity).toString('hex');
      if (planned !== dump.identity)
        report('header.identity', `is ${planned}; the dump's is ${dump.identity}`);
    },
  },
  {
    name: 'pages-in-dump',
    severity: 'error',
    why: 'The dump has every frame of the plan.',
    executor: 'loses the processes that have the page (EIO)',
    find: (subject, dump, report) => {
      eachFrameRun(subject, (run, object) => {
        if (readRun(run, dump) !== null) report(object, `lacks a frame of ${hex(run.pfn)} and on`);
      });
    },
  },
  {
    name: 'digests-match',
    severity: 'error',
    why: "Frames hold what they held when the plan was made: else something has written to the dead kernel's memory.",
    executor: 'loses the processes that have the page (EILSEQ)',
    find: (subject, dump, report) => {
      eachFrameRun(subject, (run, object) => {
        if ((run.flags & PAGE_FLAG.digest) === 0) return;
        const digest = digestOf(run, dump);
        if (digest !== null && digest !== run.digest)
          report(object, `has digest ${hex(run.digest)}; the dump's pages ${hex(digest)}`);
      });
    },
  },
  {
    name: 'private-frames-anonymous',
    severity: 'error',
    why: 'A frame of private memory is anonymous by its struct page, and one of a file or of shared memory is not.',
    executor: 'copies it all the same',
    find: (subject, dump, report) => {
      eachFrameRun(subject, (run, object, { owner }) => {
        const expected = owner === 'vma' && run.source === PAGE_SOURCE.frame;
        for (let page = 0; page < run.pages; page++) {
          const facts = dump.frame(run.pfn + page);
          if (facts === null || facts.anonymous === expected) continue;
          report(
            object,
            `has frame ${hex(run.pfn + page)}, which is ${facts.anonymous ? 'anonymous' : "a file's"}`,
          );
          return;
        }
      });
    },
  },
  {
    name: 'mappings-counted',
    severity: 'error',
    why: 'Page tables and reverse map agree: a frame is mapped no more often in the plan than the kernel counted.',
    executor: 'copies it to each process that has it',
    find: (subject, dump, report) => {
      for (const [pfn, { count, object }] of privateMappings(subject)) {
        const mappings = dump.frame(pfn)?.mappings ?? null;
        if (mappings !== null && count > mappings) {
          report(
            object,
            `has frame ${hex(pfn)}, mapped ${count} times in the plan and ${mappings} by the kernel's count`,
          );
        }
      }
    },
  },
];

/** In the order of the catalogue. */
export function checkAgainstDump(plan: Plan, dump: DumpFacts): Finding[] {
  const subject = new Subject(plan);
  return DUMP_INVARIANTS.flatMap(({ name, severity, executor, find }) => {
    const found: Finding[] = [];
    find(subject, dump, (object, reason) =>
      found.push({ invariant: name, severity, object, reason, executor }),
    );
    return found;
  });
}
