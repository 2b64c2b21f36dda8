// Whether a change is one that a process has made by going on: by the field, and by what else is known of the process.

import type { Plan } from '../abi/plan.js';
import { VMA_KIND, type Vma } from '../abi/records/memory.js';
import { type Process, VERDICT } from '../abi/records/processes.js';
import type { Change } from '../diff/diff-plans.js';
import type { Identities } from '../diff/identity.js';
import { movesOn } from './moves-on.js';

const INIT = 1;
const VMA = 'mm.vmas';
/** Where a heap or a stack has grown, or shrunk. */
const EXTENT = ['mm.brk', 'mm.vmas.end'];

/** When a call that was interrupted is to end. */
const SLEEP_END = 'process.threads.restart.expires';
/** nanosleep, clock_nanosleep: nothing but their time, or a signal, ends them. */
const SLEEPS: readonly number[] = [35, 230];
const CLOCK_MONOTONIC = 1;
const SLACK = 1_000_000_000n;

/** One side of the comparison. */
export interface Side {
  readonly plan: Plan;
  readonly names: Identities;
}

export class Motion {
  private readonly anonymous: ReadonlySet<string>;
  private readonly after: ReadonlyMap<number, Process>;
  /** CLOCK_MONOTONIC of the second snapshot. */
  private readonly time: bigint;

  constructor(
    private readonly before: Side,
    after: Side,
  ) {
    this.anonymous = new Set([...anonymousVmas(before), ...anonymousVmas(after)]);
    this.time = after.plan.header.panicMonotonic;
    this.after = new Map(after.plan.process.map((process) => [process.pid, process]));
  }

  /** `index`: of the process in the plan; `ran`: whether it has run since. */
  explains(change: Change, index: number, ran: boolean): boolean {
    const { kind, field } = change;
    const path = field === null ? kind : `${kind}.${field}`;
    if (path === SLEEP_END && !ran) return !this.sleepsAnew(change, index);
    if (movesOn(path)) return true;
    if (path === 'process.parent' || path === 'process.parentPid') return this.orphaned(index);
    if (!ran) return false;
    if (path === VMA || EXTENT.includes(path))
      return path === 'mm.brk' || this.anonymous.has(placeOf(change));
    // What it opened or started since; what it has no more is told.
    return change.change === 'added' && (path === 'fileTable.descriptors' || path === 'process.threads');
  }

  /** Its sleep was to end later than now, and will end at another time: it was begun once more. */
  private sleepsAnew({ object }: Change, index: number): boolean {
    const tid = Number(object[1]?.split(' ')[1]);
    const planned = this.before.plan.process[index] as Process;
    const [before] = planned.threads.find((thread) => thread.tid === tid)?.restart ?? [];
    const [now] = this.after.get(planned.pid)?.threads.find((thread) => thread.tid === tid)?.restart ?? [];
    if (before === undefined || now === undefined || before.number !== now.number) return false;
    if (!SLEEPS.includes(before.number) || before.clock !== CLOCK_MONOTONIC) return false;
    const late = now.expires - before.expires;
    return before.expires > this.time && (late > SLACK || late < -SLACK);
  }

  /** Init has taken it over from a parent that was not to come along, or has ended. */
  private orphaned(index: number): boolean {
    const { pid, parent } = this.before.plan.process[index] as Process;
    if (this.after.get(pid)?.parentPid !== INIT) return false;
    const planned = parent === null ? undefined : this.before.plan.process[parent];
    return planned?.verdict === VERDICT.lost || !this.after.has(planned?.pid ?? 0);
  }
}

/** Threads that went on: their registers or system calls are others than the plan's. */
export function hasRun({ threads }: Process, now: Process | undefined): boolean {
  if (now === undefined) return false;
  const after = new Map(now.threads.map((thread) => [thread.tid, thread]));
  return threads.some(({ tid, registers, syscallNumber }) => {
    const thread = after.get(tid);
    return (
      thread === undefined ||
      thread.syscallNumber !== syscallNumber ||
      JSON.stringify(thread.registers, text) !== JSON.stringify(registers, text)
    );
  });
}

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function* anonymousVmas({ plan, names }: Side): Generator<string> {
  for (const [index, { vmas }] of plan.mm.entries()) {
    const name = names.of('mm', index);
    for (const vma of vmas) if (isAnonymous(vma)) yield `${name} vmas 0x${vma.start.toString(16)}`;
  }
}

function isAnonymous({ kind }: Vma): boolean {
  return kind === VMA_KIND.anonymous;
}

function placeOf({ object }: Change): string {
  return object.slice(0, 2).join(' ');
}
