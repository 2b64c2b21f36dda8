// What a journal says of a plan: every step's outcome, and what that means for each process.

import { crc32 } from 'node:zlib';
import { InputError } from '../../base/error.js';
import type { Plan } from '../abi/plan.js';
import { keyOf, objectsOf } from '../abi/reach.js';
import type { ObjectKind, PlanObjects } from '../abi/records/plan.js';
import { VERDICT } from '../abi/records/processes.js';
import {
  OP,
  OP_NAME,
  OP_TARGET,
  OUTCOME,
  OUTCOME_NAME,
  STAGE_NAME,
  type Step,
} from '../abi/records/steps.js';
import { aboutOf } from './about.js';
import { adviceFor } from './advice.js';
import { errnoOf } from './errno.js';
import type { Entry, Journal } from './journal-file.js';

export interface ExplainedStep {
  readonly step: number;
  readonly stage: string;
  readonly operation: string;
  /** `mm[3]`, with what a person knows it by; empty for a step without an object. */
  readonly object: string;
  readonly outcome: 'done' | 'failed' | 'skipped' | 'started' | 'not reached';
  /** `ENOMEM`; null where it has not failed. */
  readonly error: string | null;
  readonly meaning: string | null;
  readonly advice: string | null;
  /** Which child of the object, from 0; null for the whole. */
  readonly child: number | null;
  /** Hexadecimal; null for none. */
  readonly detail: string | null;
  /** What child and detail lead to, `fd 3, /etc/motd`; null where the plan does not tell, or all went well. */
  readonly about: string | null;
  /** Nanoseconds since the beginning, of its last entry; null where it has none. */
  readonly time: string | null;
}

export interface ProcessOutcome {
  readonly pid: number;
  readonly name: string;
  readonly outcome: 'runs' | 'lost' | 'not planned' | 'unfinished';
  /** First step that failed and concerns it, or else that was skipped; null where none was. */
  readonly step: number | null;
}

export interface Explanation {
  readonly executor: string;
  readonly steps: readonly ExplainedStep[];
  readonly processes: readonly ProcessOutcome[];
  /** Bytes of an entry that was being written when the executor died. */
  readonly torn: number;
}

/** Whether every process that the plan would have run does. */
export function allRun({ processes }: Explanation): boolean {
  return processes.every(({ outcome }) => outcome === 'runs' || outcome === 'not planned');
}

/** `bytes`: of the plan, to be held against the journal's checksum. Throws InputError where it is of another plan. */
export function explainJournal(plan: Plan, bytes: Uint8Array, journal: Journal): Explanation {
  if (crc32(bytes) !== journal.planChecksum) {
    throw new InputError('the journal is of another plan', 'Name the very plan that was executed.');
  }
  const last = new Map<number, Entry>();
  for (const [index, entry] of journal.entries.entries()) {
    if (entry.step >= plan.step.length) {
      throw new InputError(
        `entry ${index} of the journal is of step ${entry.step}, and the plan has ${plan.step.length}`,
      );
    }
    last.set(entry.step, worse(last.get(entry.step), entry));
  }
  const steps = plan.step.map((step, index) => explained(plan, step, index, last.get(index)));
  return {
    executor: journal.executor,
    steps,
    processes: outcomesOf(plan, steps),
    torn: journal.torn,
  };
}

/** The later one, but a failure of a child is not undone by the end of the whole. */
function worse(before: Entry | undefined, entry: Entry): Entry {
  return before?.outcome === OUTCOME.failed && entry.outcome !== OUTCOME.failed ? before : entry;
}

function explained(plan: Plan, step: Step, index: number, entry: Entry | undefined): ExplainedStep {
  const failed = entry?.outcome === OUTCOME.failed;
  const errno = failed ? errnoOf(entry.error) : null;
  return {
    step: index,
    stage: STAGE_NAME[step.stage] as string,
    operation: OP_NAME[step.op] as string,
    object: objectOf(plan, step),
    outcome: entry === undefined ? 'not reached' : (OUTCOME_NAME[entry.outcome] as ExplainedStep['outcome']),
    error: errno?.name ?? null,
    meaning: errno?.meaning ?? null,
    advice: failed ? adviceFor(step.op, entry.error) : null,
    child: entry === undefined || entry.child < 0 ? null : entry.child,
    detail: entry === undefined || entry.detail === 0n ? null : `0x${entry.detail.toString(16)}`,
    about: failed ? aboutOf(plan, step, entry) : null,
    time: entry === undefined ? null : String(entry.time),
  };
}

function objectOf(plan: Plan, { op, object }: Step): string {
  const kind = OP_TARGET[op] as keyof PlanObjects | undefined;
  if (kind === undefined || object === null) return '';
  const row = plan[kind][object] as { readonly pid?: number; readonly name?: string; readonly path?: string };
  const name = [row.pid, row.name, row.path].filter((part) => part !== undefined && part !== '').join(' ');
  return name === '' ? `${kind}[${object}]` : `${kind}[${object}] ${name}`;
}

function outcomesOf(plan: Plan, steps: readonly ExplainedStep[]): ProcessOutcome[] {
  const [failed, skipped] = ['failed', 'skipped'].map((one) =>
    steps.filter(({ outcome }) => outcome === one),
  );
  const running = new Set(
    plan.step
      .filter(({ op }, index) => op === OP.resume && steps[index]?.outcome === 'done')
      .map(({ object }) => object),
  );
  return plan.process.map(({ pid, name, verdict }, index) => {
    const step = firstOf(plan, failed ?? [], index) ?? firstOf(plan, skipped ?? [], index);
    const fate = running.has(index) ? 'runs' : step === null ? 'unfinished' : 'lost';
    return { pid, name, outcome: verdict === VERDICT.lost ? 'not planned' : fate, step };
  });
}

/** The first of the steps that concerns a process; null: none does. */
function firstOf(plan: Plan, steps: readonly ExplainedStep[], process: number): number | null {
  if (steps.length === 0) return null;
  const has = objectsOf(plan, process);
  const found = steps.find(({ step }) => {
    const { op, object, process: owner } = plan.step[step] as Step;
    if (owner !== null) return owner === process;
    return object === null || has.has(keyOf(OP_TARGET[op] as ObjectKind, object));
  });
  return found?.step ?? null;
}
