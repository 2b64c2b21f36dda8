// What must hold of a plan and the dump that it was made of.

import { crc32 } from 'node:zlib';
import type { Plan } from '../abi/plan.js';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../abi/records/memory.js';
import type { Finding, FindingSeverity, Report } from './invariant.js';
import { hex, inFrames, PAGE_BYTES, type RunList, Subject } from './subject.js';

/** What a dump says of a frame. */
export interface FrameFacts {
  /** page->mapping leads to an anon_vma: private memory. */
  readonly anonymous: boolean;
  /** How many page-table entries map it, by the kernel's count; null where a huge page keeps the count elsewhere. */
  readonly mappings: number | null;
}

/** A dump, as far as it is asked. */
export interface DumpFacts {
  /** Hex digits: SHA-256 of its identity pages. */
  readonly identity: string;
  /** Fills `into` with the contents of consecutive frames; false where the dump lacks one. */
  frames(pfn: number, into: Uint8Array): boolean;
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

const CHUNK_PAGES = 256;

function eachFrameRun({ runs }: Subject, visit: (run: PageRun, object: string, list: RunList) => void): void {
  for (const list of runs) {
    for (const [index, run] of list.runs.entries()) {
      if (inFrames(run)) visit(run, `${list.object}.pages[${index}]`, list);
    }
  }
}

/** Contents of a run in chunks that are overwritten; false where the dump lacks any. */
function readRun(
  run: PageRun,
  dump: DumpFacts,
  buffer: Uint8Array,
  visit: (bytes: Uint8Array) => void,
): boolean {
  for (let page = 0; page < run.pages; page += CHUNK_PAGES) {
    const bytes = buffer.subarray(0, Math.min(CHUNK_PAGES, run.pages - page) * PAGE_BYTES);
    if (!dump.frames(run.pfn + page, bytes)) return false;
    visit(bytes);
  }
  return true;
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
      const buffer = new Uint8Array(CHUNK_PAGES * PAGE_BYTES);
      eachFrameRun(subject, (run, object) => {
        if (!readRun(run, dump, buffer, () => {})) report(object, `lacks a frame of ${hex(run.pfn)} and on`);
      });
    },
  },
  {
    name: 'digests-match',
    severity: 'error',
    why: "Frames hold what they held when the plan was made: else something has written to the dead kernel's memory.",
    executor: 'loses the processes that have the page (EILSEQ)',
    find: (subject, dump, report) => {
      const buffer = new Uint8Array(CHUNK_PAGES * PAGE_BYTES);
      eachFrameRun(subject, (run, object) => {
        if ((run.flags & PAGE_FLAG.digest) === 0) return;
        let digest = 0;
        const whole = readRun(run, dump, buffer, (bytes) => {
          digest = crc32(bytes, digest);
        });
        if (whole && digest !== run.digest)
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
