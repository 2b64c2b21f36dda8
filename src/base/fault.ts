// Faults: what a dead kernel's memory did not let us read. They are recorded beside what could be read; only a
// fault in what everything hangs on (no kernel found) ends a run, as an `OwError`.

import { type Hex, hex } from './address.js';
import { once } from './once.js';

export type FaultKind =
  | 'hole' // the image has no bytes for this physical address
  | 'truncated' // the image should have them, but its file ends before
  | 'not-mapped' // a page-table entry on the way is not present
  | 'swapped' // the page is on a swap device
  | 'bad-pointer' // NULL, not canonical, or poisoned
  | 'loop' // a walk came back to where it had been
  | 'bound' // a walk went on for longer than the structure can be
  | 'corrupt' // a value that cannot be: magic, type, count
  | 'unknown'; // a member, type or symbol that this kernel does not have

/** Address space that an address of a fault belongs to. */
export type Space = 'physical' | 'kernel' | 'user' | 'file' | 'none';

/** One thing that could not be read. Plain data, as it stands in snapshots and JSON. */
export interface FaultRecord {
  readonly kind: FaultKind;
  readonly space: Space;
  /** The address that was being read; null where the fault is about no address. */
  readonly address: Hex | null;
  readonly detail: string;
  /** The walk that led there, outermost first: `['task 612', 'fd 7', 'dentry']`. */
  readonly path: readonly string[];
}

/** Thrown where something cannot be read; caught at the nearest object that can be reported without it. */
export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    readonly kind: FaultKind,
    readonly detail: string,
    readonly space: Space = 'none',
    readonly address: Hex | number | bigint | null = null,
  ) {
    super(detail);
  }

  record(path: readonly string[]): FaultRecord {
    const { address } = this;
    const text = typeof address === 'number' || typeof address === 'bigint' ? hex(address) : address;
    return { kind: this.kind, space: this.space, address: text, detail: this.detail, path: [...path] };
  }
}

/** Faults recorded beyond this many are counted, not kept: a wrecked dump must not fill memory. */
const KEPT = 10_000;

/** Collects faults, with the walk in progress as a stack of names. */
export class FaultLog {
  private readonly kept: FaultRecord[] = [];
  private readonly path: string[] = [];
  private seen = 0;

  /** `others` is a list that faults of the image itself are added to while it is read. */
  constructor(private readonly others: readonly FaultRecord[] = []) {}

  get count(): number {
    return this.others.length + this.seen;
  }

  get records(): readonly FaultRecord[] {
    return [...this.others, ...this.kept];
  }

  add(fault: Fault): void {
    this.seen++;
    if (this.kept.length < KEPT) this.kept.push(fault.record(this.path));
  }

  /**
   * For a catch clause, where `guard` would cost too much: records a fault that the step `name` of the walk threw; throws
   * on what is no fault.
   */
  caught(name: string, error: unknown): void {
    if (!(error instanceof Fault)) throw error;
    this.path.push(name);
    this.add(error);
    this.path.pop();
  }

  /** Runs `read` as the step `name` of the walk; a fault in it is recorded and `otherwise` returned. */
  guard<T>(name: string, read: () => T, otherwise: T): T {
    this.path.push(name);
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.add(error);
      return otherwise;
    } finally {
      this.path.pop();
    }
  }

  /** `read` as a part of the walk that is under way now, for whoever asks for its result: the first time it is done. */
  later<T>(read: () => T): () => T {
    const path = [...this.path];
    return once(() => {
      const meanwhile = this.path.splice(0, this.path.length, ...path);
      try {
        return read();
      } finally {
        this.path.splice(0, this.path.length, ...meanwhile);
      }
    });
  }

  /** Runs `read` as the step `name`; faults pass on to the caller's guard, carrying the longer path only in the log. */
  within<T>(name: string, read: () => T): T {
    this.path.push(name);
    try {
      return read();
    } finally {
      this.path.pop();
    }
  }
}
