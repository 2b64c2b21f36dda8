// The shape of what `ow guard --json` prints, line by line, and of guard.json; part of src/cli/schema.ts.
import { type GuardRecord, RECORD_VERSION, type Stage } from '../../guard/resurrection.js';
import type { ProcessOutcome } from '../../resurrect/journal/explain.js';

/**
 * `watching`: connected, the machine runs. `armed`: otherworld.ko was found in its memory, where a panic will be seen;
 * `unarmed`: it was looked for everywhere. `ended`: the machine has; `stopped`: the guard was, by a signal.
 */
export type GuardState = 'watching' | 'armed' | 'unarmed' | 'ended' | 'stopped';

export interface GuardLines {
  readonly 'guard-state': { readonly state: GuardState };
  readonly 'guard-stage': Stage;
  /** What the guest says for people. */
  readonly 'guard-say': { readonly text: string };
  readonly 'guard-end': GuardRecord & {
    /** Folder of the record; null without -o. */
    readonly dir: string | null;
    /** Null where there is no journal, or it is damaged. */
    readonly processes: readonly ProcessOutcome[] | null;
  };
  /** The file guard.json. */
  readonly guard: GuardRecord;
}

export const GUARD_VERSIONS: { readonly [Name in keyof GuardLines]: number } = {
  'guard-state': 1,
  'guard-stage': 1,
  'guard-say': 1,
  'guard-end': 1,
  guard: RECORD_VERSION,
};
