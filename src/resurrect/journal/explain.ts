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
  /** Nanoseconds since the beginning, of its last entry; null where it has none. */
  readonly time: string | null;
}

export interface ProcessOutcome {
  readonly pid: number;
  readonly name: string;
  readonly outcome: 'runs' | 'lost' | 'not planned' | 'unfinished';
  /** First step that failed and concerns it; null where none has. */
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
    processes: plan.process.map((_, index) => outcomeOf(plan, steps, index)),
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

function outcomeOf(plan: Plan, steps: readonly ExplainedStep[], index: number): ProcessOutcome {
  const process = plan.process[index] as PlanObjects['process'][number];
  const concerns = objectsOf(plan, index);
  const failed = steps.find(({ step, outcome }) => {
    const { op, object, process: owner } = plan.step[step] as Step;
    const key = object === null ? null : keyOf(OP_TARGET[op] as ObjectKind, object);
    const its = owner === null ? key === null || concerns.has(key) : owner === index;
    return its && (outcome === 'failed' || outcome === 'skipped');
  });
  const resumed = plan.step.findIndex(({ op, object }) => op === OP.resume && object === index);
  const base = { pid: process.pid, name: process.name, step: failed?.step ?? null };
  if (process.verdict === VERDICT.lost) return { ...base, outcome: 'not planned' };
  if (steps[resumed]?.outcome === 'done') return { ...base, outcome: 'runs' };
  return { ...base, outcome: failed === undefined ? 'unfinished' : 'lost' };
}
