// The shape of what has its `schema` beside what it tells, with no envelope: lines of `ow guard`, files of runs. Beside
// src/cli/schema.ts, and in docs/schema/ like that.
import type { Outcome } from '../guard/resurrection.js';
import { GUARD_VERSIONS, type GuardLines } from './guard/outputs.js';

/** What a run in the lab has come to; the file run.json. */
export interface RunReport {
  readonly outcome: Outcome;
  readonly reason: string | null;
  /** Milliseconds from the panic until the processes went on; null where they did not. */
  readonly interruption: number | null;
  readonly after: number | null;
  readonly processes: readonly ProcessReport[];
  /** Why the memory after could not be looked at. */
  readonly unverified: string | null;
  /** All that was to go on does, nothing differs that should not, what was run afterwards is content. */
  readonly good: boolean;
}

export interface ProcessReport {
  readonly pid: number;
  readonly name: string;
  readonly verdict: string;
  readonly outcome: string;
  /** Null where the memory after was not looked at. */
  readonly verified: string | null;
  readonly facts: number | null;
}

export interface Records extends GuardLines {
  readonly 'lab-run': RunReport;
}

export const RECORD_VERSIONS: { readonly [Name in keyof Records]: number } = {
  ...GUARD_VERSIONS,
  'lab-run': 1,
};
