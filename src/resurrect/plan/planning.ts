// A plan in the making: the snapshot, found again by address; who is in the plan; the tables that fill up; what is refused.

import type { Hex } from '../../base/address.js';
import type { Snapshot } from '../../snapshot/snapshot.js';
import { type FrameReader, type PageReader, type SwapReader, storedReader } from '../abi/page-run.js';
import { type ObjectKind, type PlanObjects, SECTION_KINDS } from '../abi/records/plan.js';
import { StoredPages } from './memory/stored-pages.js';
import { SwapPlaces } from './memory/swap.js';
import { Refusals } from './refusals.js';
import type { SnapshotIndex } from './snapshot-index.js';
import { Table } from './table.js';

/** What of the dump's memory may be read while a plan is made of its snapshot. */
export interface DumpReaders {
  /** For digests; null: none. */
  readonly frames: FrameReader | null;
  /** For pages on swap areas that are in memory; null: they are refused. */
  readonly swap: SwapReader | null;
}

type Row<Kind extends ObjectKind> = PlanObjects[Kind][number];
type Tables = { readonly [Kind in ObjectKind]: Table<Row<Kind>> };

export class Planning {
  readonly snapshot: Snapshot;
  readonly refusals = new Refusals();
  readonly tables: Tables;
  readonly swap: SwapPlaces;
  /** For digests; null: none. */
  readonly frames: PageReader | null;
  private readonly processIndices: ReadonlyMap<number, number>;

  /** `pids`: the processes of the plan, parents before their children: their index is their id in the plan. */
  constructor(
    readonly index: SnapshotIndex,
    readonly pids: readonly number[],
    { frames, swap }: DumpReaders = { frames: null, swap: null },
  ) {
    this.snapshot = index.snapshot;
    const kinds = SECTION_KINDS.filter(({ role }) => role === 'object');
    this.tables = Object.fromEntries(kinds.map(({ key }) => [key, new Table()])) as unknown as Tables;
    this.swap = new SwapPlaces(this.snapshot, new StoredPages(this.tables.storedPage, swap));
    const { rows } = this.tables.storedPage;
    this.frames = frames && { frames: (pfn, into) => frames.frames(pfn, into), ...storedReader(rows) };
    this.processIndices = new Map(pids.map((pid, place) => [pid, place]));
  }

  /** Index of a process in the plan, by PID; null where it is not in it. */
  process(pid: number): number | null {
    return this.processIndices.get(pid) ?? null;
  }

  /** Indices of those of the plan that have the open file description: by a descriptor, a mapping, or on its way. */
  holders(file: Hex): readonly number[] {
    return this.indices(this.index.holders(file));
  }

  /** Indices of those of the PIDs that are in the plan. */
  indices(pids: Iterable<number>): readonly number[] {
    return [...pids].map((pid) => this.process(pid)).filter((place) => place !== null);
  }
}
