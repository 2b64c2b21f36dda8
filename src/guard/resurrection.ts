// What is known of one resurrection: filled while it happens, written down at its end.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../base/atomic-file.js';

export interface Stage {
  readonly name: string;
  /** Milliseconds since the guard noticed the panic, or heard of the crash kernel where it did not; the host's clock. */
  readonly host: number;
  /** Milliseconds since the crash kernel booted, by its clock; null: it is the host's doing. */
  readonly guest: number | null;
}

/** For people. */
export function stageLine({ name, host, guest }: Stage): string {
  const own = guest === null ? '' : `  (${(guest / 1000).toFixed(2)} s after the crash kernel's start)`;
  return `${(host / 1000).toFixed(2).padStart(7)} s  ${name}${own}`;
}

/**
 * `resurrected`: the executor came to its end, and the journal says what came of whom. `refused`: by the validator,
 * whole. `no plan`: none could be made, or it came too late. `lost`: the guest fell silent, or the connection broke.
 * `no panic`: the machine ended, or the guard did, before there was any.
 */
export type Outcome = 'resurrected' | 'refused' | 'no plan' | 'lost' | 'no panic';

export interface Resurrection {
  outcome: Outcome;
  /** Why it is not `resurrected`. */
  reason: string | null;
  /** Of the crash kernel. */
  release: string | null;
  readonly stages: Stage[];
  readonly said: string[];
  /** The host's, or the guest's own. */
  plan: Uint8Array | null;
  journal: Buffer | null;
  /** Exit code of what ran in the world afterwards. */
  after: number | null;
  /** Lines that were no messages, and those beyond what is kept. */
  unknown: number;
  /** What broke the conversation off. */
  failure: Error | null;
}

export const newResurrection = (): Resurrection => ({
  outcome: 'no panic',
  reason: null,
  release: null,
  stages: [],
  said: [],
  plan: null,
  journal: null,
  after: null,
  unknown: 0,
  failure: null,
});

/** guard.json. */
export interface GuardRecord {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly release: string | null;
  readonly stages: readonly Stage[];
  readonly said: readonly string[];
  readonly after: number | null;
  /** Lines of the guest that were no messages, or too many to keep. */
  readonly unknown: number;
  /** Names of files beside the record; null where there was none. */
  readonly plan: string | null;
  readonly journal: string | null;
}

/** Of guard.json. */
export const RECORD_VERSION = 1;
const PLAN_FILE = 'plan.owplan';
const JOURNAL_FILE = 'journal';
const RECORD_FILE = 'guard.json';

export function recordOf({ plan, journal, failure: _, ...rest }: Resurrection): GuardRecord {
  return { ...rest, plan: plan && PLAN_FILE, journal: journal && JOURNAL_FILE };
}

/** Names of files in a folder that are of a record. */
export const RECORD_FILES: readonly string[] = [PLAN_FILE, JOURNAL_FILE, RECORD_FILE];

/** plan.owplan, journal and guard.json in a folder; guard.json, which names the others, comes last. */
export function keepRecord(dir: string, resurrection: Resurrection): void {
  // A plan holds what was typed and not yet read, and the like.
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { plan, journal } = resurrection;
  if (plan) writeFileAtomically(join(dir, PLAN_FILE), plan);
  if (journal) writeFileAtomically(join(dir, JOURNAL_FILE), journal);
  const record = { schema: `otherworld/guard/${RECORD_VERSION}`, ...recordOf(resurrection) };
  writeFileAtomically(join(dir, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
}
