// A plan that is checked, with what several invariants ask of it, worked out once.

import { wholePages } from '../abi/page-run.js';
import type { Plan } from '../abi/plan.js';
import type { Terminal } from '../abi/records/files.js';
import type { Mm, PageRun, Vma } from '../abi/records/memory.js';
import type { Process } from '../abi/records/processes.js';
import type { Thread } from '../abi/records/threads.js';

/** Page runs and whose they are. */
export interface RunList {
  readonly owner: 'vma' | 'shared memory' | 'inode' | 'writeback';
  /** Where in the plan. */
  readonly object: string;
  /** The runs' `address` lies in [start, end). */
  readonly start: number;
  readonly end: number;
  readonly runs: readonly PageRun[];
}

export interface PlacedThread {
  readonly object: string;
  readonly process: Process;
  readonly thread: Thread;
}

export class Subject {
  private theRuns: readonly RunList[] | undefined;
  private theThreads: readonly PlacedThread[] | undefined;
  private openFiles: ReadonlyMap<number, readonly number[]> | undefined;

  constructor(readonly plan: Plan) {}

  /** Every thread of the plan. */
  get threads(): readonly PlacedThread[] {
    this.theThreads ??= this.plan.process.flatMap((process, at) =>
      process.threads.map((thread, index) => ({
        object: `process[${at}].threads[${index}]`,
        process,
        thread,
      })),
    );
    return this.theThreads;
  }

  /** Every list of page runs. */
  get runs(): readonly RunList[] {
    this.theRuns ??= this.allRuns();
    return this.theRuns;
  }

  /** Files that lead to an object, by the kind of file. */
  filesOf(kinds: readonly number[]): ReadonlyMap<number, readonly number[]> {
    const found = new Map<number, number[]>();
    for (const [index, { kind, target }] of this.plan.file.entries()) {
      if (target === null || !kinds.includes(kind)) continue;
      const list = found.get(target);
      if (list) list.push(index);
      else found.set(target, [index]);
    }
    return found;
  }

  /** Indices of the processes that have each file open. */
  get holders(): ReadonlyMap<number, readonly number[]> {
    this.openFiles ??= this.holdersOfFiles();
    return this.openFiles;
  }

  /** Processes by session. */
  members(of: (process: Process) => number): ReadonlyMap<number, readonly Process[]> {
    const found = new Map<number, Process[]>();
    for (const process of this.plan.process) {
      const list = found.get(of(process));
      if (list) list.push(process);
      else found.set(of(process), [process]);
    }
    return found;
  }

  terminal(index: number | null): Terminal | null {
    return index === null ? null : (this.plan.terminal[index] ?? null);
  }

  private allRuns(): RunList[] {
    const found: RunList[] = [];
    const { mm, sharedMemory, inode, writeback } = this.plan;
    for (let at = 0; at < mm.length; at++) addVmas(found, mm[at] as Mm, at);
    addObjects(found, 'shared memory', 'sharedMemory', sharedMemory);
    addObjects(found, 'inode', 'inode', inode);
    addObjects(found, 'writeback', 'writeback', writeback);
    return found;
  }

  private holdersOfFiles(): Map<number, number[]> {
    const found = new Map<number, number[]>();
    for (const [index, process] of this.plan.process.entries()) {
      const tables = new Set(process.threads.map(({ files }) => files).filter((table) => table !== null));
      for (const table of tables) {
        for (const { file } of this.plan.fileTable[table]?.descriptors ?? []) {
          const list = found.get(file);
          if (list === undefined) found.set(file, [index]);
          else if (!list.includes(index)) list.push(index);
        }
      }
    }
    return found;
  }
}

function addVmas(to: RunList[], { vmas }: Mm, at: number): void {
  for (let index = 0; index < vmas.length; index++) {
    const { start, end, pages } = vmas[index] as Vma;
    if (pages.length === 0) continue;
    to.push({ owner: 'vma', object: `mm[${at}].vmas[${index}]`, start, end, runs: pages });
  }
}

function addObjects(
  to: RunList[],
  owner: RunList['owner'],
  kind: string,
  objects: readonly { readonly pages: readonly PageRun[]; readonly bytes: number }[],
): void {
  for (const [index, { pages, bytes }] of objects.entries()) {
    const end = wholePages(bytes);
    to.push({ owner, object: `${kind}[${index}]`, start: 0, end, runs: pages });
  }
}

/** Where in the plan a run is. */
export function nameOfRun(object: string, index: number): string {
  return `${object}.pages[${index}]`;
}

export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
