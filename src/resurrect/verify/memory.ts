// The memory of each process of a plan against what it has now: private pages VMA by VMA, shared memory by object.

import { type FrameReader, type PageReader, storedReader } from '../abi/page-run.js';
import { type PageRun, VMA_KIND_TARGET } from '../abi/records/memory.js';
import type { Process } from '../abi/records/processes.js';
import type { Change } from '../diff/diff-plans.js';
import { addPages, comparePages, NO_PAGES, type PageCounts, type PageVerdict } from './contents.js';
import type { Side } from './motion.js';

const VM_WRITE = 2n;

export interface MemoryVerdict {
  readonly counts: PageCounts;
  /** Pages that nobody may write to, and that are others all the same. */
  readonly changes: readonly Change[];
}

export class MemoryComparison {
  private readonly spaces = new Map<number, MemoryVerdict>();
  private readonly shared = new Map<number, MemoryVerdict>();
  private readonly readers: { readonly before: PageReader; readonly after: PageReader };
  private readonly nowByName: ReadonlyMap<string, number>;
  private readonly sharedByName: ReadonlyMap<string, number>;

  constructor(
    private readonly before: Side,
    private readonly after: Side,
    memory: FrameReader,
  ) {
    const readerOf = ({ plan }: Side): PageReader => ({
      frames: (pfn, into) => memory.frames(pfn, into),
      ...storedReader(plan.storedPage),
    });
    this.readers = { before: readerOf(before), after: readerOf(after) };
    const index = (kind: 'mm' | 'sharedMemory') =>
      new Map(after.plan[kind].map((_, at) => [after.names.of(kind, at), at] as const));
    this.nowByName = index('mm');
    this.sharedByName = index('sharedMemory');
  }

  /** What a process has, shared memory that it maps included. */
  of({ mm }: Process): MemoryVerdict {
    if (mm === null) return { counts: NO_PAGES, changes: [] };
    const maps = new Set(
      this.before.plan.mm[mm]?.vmas
        .filter(({ kind }) => VMA_KIND_TARGET[kind] === 'sharedMemory')
        .map(({ backing }) => backing),
    );
    const parts = [this.space(mm), ...[...maps].flatMap((at) => (at === null ? [] : [this.object(at)]))];
    return {
      counts: parts.map(({ counts }) => counts).reduce(addPages, NO_PAGES),
      changes: parts.flatMap(({ changes }) => changes),
    };
  }

  /** Of everything that was compared, each object once. */
  all(): readonly PageCounts[] {
    return [...this.spaces.values(), ...this.shared.values()].map(({ counts }) => counts);
  }

  private space(index: number): MemoryVerdict {
    return once(this.spaces, index, () => {
      const name = this.before.names.of('mm', index);
      const now = this.after.plan.mm[this.nowByName.get(name) ?? Number.NaN];
      if (now === undefined) return { counts: NO_PAGES, changes: [] };
      const runs = now.vmas.flatMap(({ pages }) => pages);
      const writable = new Map(now.vmas.map(({ start, vmFlags }) => [start, vmFlags]));
      const vmas = this.before.plan.mm[index]?.vmas ?? [];
      const verdicts = vmas.map(({ start, vmFlags, pages }) => {
        const mayWrite = ((vmFlags | (writable.get(start) ?? 0n)) & VM_WRITE) !== 0n;
        return toldOf(this.compare(pages, runs, mayWrite), [name, `vmas 0x${start.toString(16)}`]);
      });
      return {
        counts: verdicts.map(({ counts }) => counts).reduce(addPages, NO_PAGES),
        changes: verdicts.flatMap(({ changes }) => changes),
      };
    });
  }

  private object(index: number): MemoryVerdict {
    return once(this.shared, index, () => {
      const name = this.before.names.of('sharedMemory', index);
      const now = this.after.plan.sharedMemory[this.sharedByName.get(name) ?? Number.NaN];
      const planned = this.before.plan.sharedMemory[index];
      if (now === undefined || planned === undefined) return { counts: NO_PAGES, changes: [] };
      return toldOf(this.compare(planned.pages, now.pages, true), [name]);
    });
  }

  private compare(before: readonly PageRun[], after: readonly PageRun[], writable: boolean): PageVerdict {
    return comparePages(before, after, writable, this.readers);
  }
}

function toldOf({ counts, wrong }: PageVerdict, object: readonly string[]): MemoryVerdict {
  const changes = wrong.map(
    (address): Change => ({
      change: 'changed',
      object: [...object, `page 0x${address.toString(16)}`],
      kind: 'mm.vmas.page',
      field: 'contents',
      before: 'as in the dead kernel’s frame',
      after: 'other bytes',
    }),
  );
  return { counts, changes };
}

function once<T>(known: Map<number, T>, key: number, make: () => T): T {
  let found = known.get(key);
  if (found === undefined) known.set(key, (found = make()));
  return found;
}
