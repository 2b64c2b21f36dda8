// Page-table entries: where each page of each VMA is, and what its entry says. A VMA is a subject; its pages are runs of
// neighbours, `address+pages frame kind`.

import { PAGE, type PageRun } from '../../../src/snapshot/mm.js';
import { type Account, hex, type Kind, type Subject, subject } from '../facts.js';
import type { OracleRun } from '../oracle.js';
import { ownersByMm, vmaKey, vmaStarts } from './memory.js';

const PAGE_BYTES = 4096;
const HUGE_PAGES = 512;
/** The bits that bench/oracle/page_walk.py keeps of an entry. */
const WRITABLE = 0x2;
const ACCESSED = 0x20;
const DIRTY = 0x40;
/** Pages of these share one frame, which does not count up. */
const CONSTANT = PAGE.zero | PAGE.marker;

interface Run {
  readonly address: number;
  readonly pages: number;
  readonly frame: number;
  /** `P62` present with these bits, `N` for the kernel only (PROT_NONE), `S0` in swap format; `H` behind a huge page. */
  readonly kind: string;
}

export const pages: Kind = {
  name: 'pages of a VMA',
  ours: ({ snapshot }) => {
    const owners = ownersByMm(snapshot);
    return runsByVma(
      snapshot.mms.map((mm) => ({
        mm: mm.address,
        label: owners.get(mm.address) ?? mm.address,
        starts: vmaStarts(mm),
        runs: mm.runs.flatMap(ourRuns),
      })),
    );
  },
  theirs: ({ mms }) =>
    runsByVma(
      Object.entries(mms).map(([mm, facts]) => ({
        mm,
        label: mm,
        starts: vmaStarts(facts),
        runs: (facts.pages ?? []).map(theirRun),
      })),
    ),
};

function theirRun([address, bytes, frame, kind]: OracleRun): Run {
  return { address, pages: bytes / PAGE_BYTES, frame, kind };
}

function ourRuns(run: PageRun): Run[] {
  const kind = kindOf(run);
  if (!(run.flags & CONSTANT)) return [{ address: run.address, pages: run.pages, frame: run.pfn, kind }];
  const step = run.flags & (PAGE.thp | PAGE.hugetlb) ? HUGE_PAGES : 1;
  return Array.from({ length: run.pages / step }, (_, i) => ({
    address: run.address + i * step * PAGE_BYTES,
    pages: step,
    frame: run.pfn,
    kind,
  }));
}

function kindOf({ flags, swapType }: PageRun): string {
  const huge = flags & (PAGE.thp | PAGE.hugetlb) ? 'H' : '';
  if (!(flags & PAGE.present)) return `S${swapType}${huge}`;
  const bits =
    (flags & PAGE.writable ? WRITABLE : 0) |
    (flags & PAGE.accessed ? ACCESSED : 0) |
    (flags & PAGE.dirty ? DIRTY : 0);
  return `${flags & PAGE.protNone ? 'N' : 'P'}${bits.toString(16)}${huge}`;
}

interface Space {
  readonly mm: string;
  readonly label: string;
  /** First addresses of its VMAs, ascending. */
  readonly starts: readonly number[];
  /** Ascending. */
  readonly runs: readonly Run[];
}

function runsByVma(spaces: readonly Space[]): Account {
  const found = new Map<string, Subject>();
  for (const { mm, label, starts, runs } of spaces) {
    const byStart = new Map<number, Run[]>(starts.map((start) => [start, []]));
    for (const run of runs) {
      for (const [start, piece] of piecesOf(run, starts)) addTo(byStart, start, piece);
    }
    for (const [start, own] of byStart) {
      const shown = own.map(({ address, pages: n, frame, kind }) => `${hex(address)}+${n} ${frame} ${kind}`);
      found.set(vmaKey(mm, hex(start)), subject(`${label} ${hex(start)}`, { entries: shown }));
    }
  }
  return found;
}

/** A run cut where VMAs begin; what lies below the first belongs to address 0. */
function piecesOf(run: Run, starts: readonly number[]): [number, Run][] {
  const end = run.address + run.pages * PAGE_BYTES;
  const cuts = starts.filter((start) => start > run.address && start < end);
  const owner = starts.findLast((start) => start <= run.address) ?? 0;
  return [run.address, ...cuts].map((from, i) => {
    const to = cuts[i] ?? end;
    const moved = (from - run.address) / PAGE_BYTES;
    const piece = { ...run, address: from, pages: (to - from) / PAGE_BYTES, frame: run.frame + moved };
    return [i === 0 ? owner : from, piece];
  });
}

function addTo(byStart: Map<number, Run[]>, start: number, run: Run): void {
  const list = byStart.get(start) ?? [];
  byStart.set(start, list);
  const last = list.at(-1);
  if (last !== undefined && follows(last, run))
    list[list.length - 1] = { ...last, pages: last.pages + run.pages };
  else list.push(run);
}

function follows(last: Run, next: Run): boolean {
  return (
    last.kind === next.kind &&
    last.address + last.pages * PAGE_BYTES === next.address &&
    last.frame + last.pages === next.frame
  );
}
