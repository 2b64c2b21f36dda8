// What is known of one resurrection: filled while it happens, written down at its end.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
  /** Lines that were no messages. */
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

export interface GuardRecord {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly release: string | null;
  readonly stages: readonly Stage[];
  readonly said: readonly string[];
  readonly after: number | null;
  /** Names of files beside the record; null where there was none. */
  readonly plan: string | null;
  readonly journal: string | null;
}

const PLAN_FILE = 'plan.owplan';
const JOURNAL_FILE = 'journal';

export function recordOf({ plan, journal, unknown: _, failure: __, ...rest }: Resurrection): GuardRecord {
  return { ...rest, plan: plan && PLAN_FILE, journal: journal && JOURNAL_FILE };
}

/** plan.owplan, journal and guard.json in a folder. */
export function keepRecord(dir: string, resurrection: Resurrection): void {
  mkdirSync(dir, { recursive: true });
  const { plan, journal } = resurrection;
  if (plan) writeFileSync(join(dir, PLAN_FILE), plan);
  if (journal) writeFileSync(join(dir, JOURNAL_FILE), journal);
  writeFileSync(join(dir, 'guard.json'), `${JSON.stringify(recordOf(resurrection), null, 2)}\n`);
}
