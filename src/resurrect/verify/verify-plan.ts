// A plan held against what runs after the resurrection: a second plan, made of a snapshot that was taken then.

import type { FrameReader } from '../abi/page-run.js';
import type { Plan } from '../abi/plan.js';
import { objectsOf } from '../abi/reach.js';
import type { ObjectKind } from '../abi/records/plan.js';
import { PROCESS_STATE, type Process, VERDICT, VERDICT_NAME } from '../abi/records/processes.js';
import { type Change, diffPlans } from '../diff/diff-plans.js';
import { factsOf } from '../diff/facts.js';
import { Identities } from '../diff/identity.js';
import { type Clocks, compareClocks } from './clocks.js';
import { comparable, withoutPages } from './comparable.js';
import { addPages, NO_PAGES, type PageCounts } from './contents.js';
import { equalFacts } from './equal-facts.js';
import { MemoryComparison } from './memory.js';
import { hasRun, Motion, type Side } from './motion.js';

export interface Verified {
  readonly pid: number;
  readonly name: string;
  /** What the plan said would become of it. */
  readonly planned: string;
  /**
   * `as planned`: nothing differs. `moved on`: only what a process changes by living. `ended`: by itself, and nobody has
   * waited for it yet. `differs`: something that it could not have changed so. `gone`: no such process.
   */
  readonly outcome: 'as planned' | 'moved on' | 'ended' | 'differs' | 'gone';
  /** What differs and should not. */
  readonly differences: readonly Change[];
  /** How many facts are as the plan said: of the process, and of all that it has. */
  readonly facts: number;
  /** How many facts have moved on. */
  readonly moved: number;
  /** Its pages; null where contents were not compared. */
  readonly pages: PageCounts | null;
}

export interface Verification {
  /** Every process that was to go on does, or has ended by itself, and nothing differs that should not. */
  readonly holds: boolean;
  /** In the order of the plan. Processes of `after` that the plan does not have are no concern of it. */
  readonly processes: readonly Verified[];
  /** What differs and should not of objects that no process has: System V IPC, tmpfs. */
  readonly others: readonly Change[];
  readonly clocks: Clocks;
  /** Sums; a fact of an object that processes share counts once. */
  readonly facts: number;
  readonly moved: number;
  readonly differences: number;
  readonly pages: PageCounts | null;
}

export interface VerifyOptions {
  /** Where both the plan's frames and those of `after` are read: contents of pages are compared by it. */
  readonly memory?: FrameReader | undefined;
  /** `after` is of a resurrection: its clocks must have gone on. */
  readonly resurrected?: boolean;
}

/** `after`: made of a snapshot as the namespace of the resurrected sees it (pid-view.ts). */
export function verifyPlan(planned: Plan, now: Plan, options: VerifyOptions = {}): Verification {
  return new Verifier(planned, now, options).result();
}

class Verifier {
  private readonly before: Side;
  private readonly after: Side;
  private readonly changes = new Map<string, Change[]>();
  private readonly equal: ReadonlyMap<string, number>;
  private readonly motion: Motion;
  private readonly now: ReadonlyMap<number, Process>;
  private readonly pages: MemoryComparison | null;

  constructor(
    private readonly planned: Plan,
    now: Plan,
    private readonly options: VerifyOptions,
  ) {
    const known = inBoth(planned, now);
    const sideOf = (plan: Plan): Side => ({ plan, names: new Identities(plan, false, known) });
    this.before = sideOf(comparable(planned));
    this.after = sideOf(comparable(now));
    const [before, after] = [withoutPages(this.before.plan), withoutPages(this.after.plan)];
    for (const change of diffPlans(before, after, { numbered: false, known })) {
      // Objects that came anew are no concern of the plan, but for what is new in those that it has.
      if (change.kind === 'step' || (change.change === 'added' && change.object.length === 1)) continue;
      const name = change.object[0] ?? '';
      const known = this.changes.get(name);
      if (known) known.push(change);
      else this.changes.set(name, [change]);
    }
    this.equal = equalFacts(factsOf(before, this.before.names), factsOf(after, this.after.names));
    this.motion = new Motion(this.before, this.after);
    this.now = new Map(now.process.map((process) => [process.pid, process]));
    const { memory } = options;
    this.pages = memory ? new MemoryComparison(this.before, this.after, memory) : null;
  }

  result(): Verification {
    const processes = this.planned.process.map((process, index) => this.verified(process, index));
    const others = this.unowned();
    const clocks = compareClocks(this.planned.header, this.after.plan.header);
    const inTime = !this.options.resurrected || clocks.wentOn;
    const differing = new Set(processes.flatMap(({ differences }) => differences).concat(others));
    const concerned = this.planned.process.flatMap((_, index) => [...this.namesOf(index)]);
    return {
      holds: inTime && others.length === 0 && processes.every((each, index) => this.holds(each, index)),
      processes,
      others,
      clocks,
      facts: sum(new Set(concerned), (name) => this.equal.get(name) ?? 0),
      moved: sum(
        new Set(concerned),
        (name) => (this.changes.get(name) ?? []).filter((one) => !differing.has(one)).length,
      ),
      differences: differing.size,
      pages: this.pages?.all().reduce(addPages, NO_PAGES) ?? null,
    };
  }

  private verified(process: Process, index: number): Verified {
    const { pid, name, verdict } = process;
    const now = this.now.get(pid);
    const names = this.namesOf(index);
    const pages = this.pages?.of(process) ?? null;
    const ran = hasRun(process, now) || (pages !== null && pages.counts.changed > 0);
    const its = [...names].flatMap((each) => this.changes.get(each) ?? []);
    // What has ended has nothing any more: how it ended is all there is to say.
    const ended = isNewZombie(process, now);
    const changes = ended ? its.filter(({ field }) => ENDS.includes(field ?? '')) : its;
    const differences = changes
      .filter((change) => !this.motion.explains(change, index, ran))
      .concat(pages?.changes ?? []);
    const moved = changes.length + (pages?.changes.length ?? 0) - differences.length;
    return {
      ...{ pid, name, planned: VERDICT_NAME[verdict] ?? '' },
      outcome: outcomeOf(process, now, differences.length > 0, moved > 0),
      differences: now === undefined || hasEnded(process, now) ? [] : differences,
      facts: now === undefined ? 0 : sum(names, (each) => this.equal.get(each) ?? 0),
      moved: now === undefined ? 0 : moved,
      pages: now === undefined ? null : (pages?.counts ?? null),
    };
  }

  /** Whether a process came out as the plan promised: those that were to go on do. */
  private holds({ outcome }: Verified, index: number): boolean {
    const { verdict, state } = this.planned.process[index] as Process;
    // A zombie may have been waited for, and who was asked may have chosen to end.
    if (verdict !== VERDICT.continues || state === PROCESS_STATE.zombie) return outcome !== 'differs';
    return outcome !== 'differs' && outcome !== 'gone';
  }

  /** What a process has, by name. */
  private namesOf(index: number): ReadonlySet<string> {
    const { plan, names } = this.before;
    const keys = [...objectsOf(plan, index)].map((key) => key.split(' ') as [ObjectKind, string]);
    return new Set(keys.map(([kind, at]) => names.of(kind, Number(at))));
  }

  private unowned(): Change[] {
    const owned = new Set(this.planned.process.flatMap((_, index) => [...this.namesOf(index)]));
    const theirs = [...this.changes].filter(([name]) => !owned.has(name)).flatMap(([, changes]) => changes);
    return theirs.filter((change) => !this.motion.explains(change, Number.NaN, true));
  }
}

/** PIDs of those that go on: what they share with others that are gone is known by them. */
function inBoth(planned: Plan, now: Plan): ReadonlySet<number> {
  const running = new Set(now.process.filter(({ mm }) => mm !== null).map(({ pid }) => pid));
  return new Set(planned.process.map(({ pid }) => pid).filter((pid) => running.has(pid)));
}

function outcomeOf(
  process: Process,
  now: Process | undefined,
  differs: boolean,
  moved: boolean,
): Verified['outcome'] {
  if (now === undefined) return 'gone';
  if (hasEnded(process, now)) return 'ended';
  if (differs) return 'differs';
  return moved ? 'moved on' : 'as planned';
}

/** SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS: nobody ends by these who was brought back whole. */
const BROKEN: readonly number[] = [3, 4, 5, 6, 7, 8, 11, 31];
const SIGNAL = 0x7f;

/** Of a process that has ended. */
const ENDS: readonly string[] = ['state', 'exitCode'];

/** By itself: it was not killed for what it did. */
function hasEnded(process: Process, now: Process): boolean {
  return isNewZombie(process, now) && !BROKEN.includes(now.exitCode & SIGNAL);
}

function isNewZombie({ state }: Process, now: Process | undefined): boolean {
  return state !== PROCESS_STATE.zombie && now?.state === PROCESS_STATE.zombie;
}

function sum<T>(items: Iterable<T>, count: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += count(item);
  return total;
}
