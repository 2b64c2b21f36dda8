// A plan that is checked, with what several invariants ask of it, worked out once.

import { wholePages } from '../abi/page-run.js';
import type { Plan } from '../abi/plan.js';
import type { Mm, PageRun, Vma } from '../abi/records/memory.js';
import type { PlanObjects } from '../abi/records/plan.js';
import type { Process } from '../abi/records/processes.js';
import type { Thread } from '../abi/records/threads.js';

/** Page runs and whose they are. */
export class RunList {
  constructor(
    readonly owner: 'vma' | 'shared memory' | 'inode' | 'writeback',
    private readonly kind: keyof PlanObjects,
    private readonly at: number,
    /** Of a VMA, in its mm. */
    private readonly index: number,
    /** The runs' `address` lies in [start, end). */
    readonly start: number,
    readonly end: number,
    readonly runs: readonly PageRun[],
  ) {}

  /** Whose they are, as findings name it; an mm's are all of its VMAs'. */
  get holder(): string {
    return `${this.kind}[${this.at}]`;
  }

  /** Where in the plan; made when it is asked for, since there are thousands. */
  get object(): string {
    return this.owner === 'vma' ? `${this.holder}.vmas[${this.index}]` : this.holder;
  }
}

export interface PlacedThread {
  readonly object: string;
  readonly process: Process;
  readonly thread: Thread;
}

export class Subject {
  private theRuns: readonly RunList[] | undefined;
  private theThreads: readonly PlacedThread[] | undefined;

  constructor(
    readonly plan: Plan,
    /** Whether it is known that no text has a NUL in it. */
    readonly withoutNul = false,
  ) {}

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

  /** Every list of page runs that has any. */
  get runs(): readonly RunList[] {
    this.theRuns ??= this.allRuns();
    return this.theRuns;
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
}

function addVmas(to: RunList[], { vmas }: Mm, at: number): void {
  for (let index = 0; index < vmas.length; index++) {
    const { start, end, pages } = vmas[index] as Vma;
    if (pages.length > 0) to.push(new RunList('vma', 'mm', at, index, start, end, pages));
  }
}

function addObjects(
  to: RunList[],
  owner: RunList['owner'],
  kind: keyof PlanObjects,
  objects: readonly { readonly pages: readonly PageRun[]; readonly bytes: number }[],
): void {
  objects.forEach(({ pages, bytes }, at) => {
    if (pages.length > 0) to.push(new RunList(owner, kind, at, 0, 0, wholePages(bytes), pages));
  });
}

/** Where in the plan a run is. */
export function nameOfRun(object: string, index: number): string {
  return `${object}.pages[${index}]`;
}

export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
