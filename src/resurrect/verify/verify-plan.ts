// A plan held against what runs after the resurrection: a second plan, made of a snapshot that was taken then.

import type { Plan } from '../abi/plan.js';
import { objectsOf } from '../abi/reach.js';
import type { ObjectKind } from '../abi/records/plan.js';
import { PROCESS_STATE, VERDICT, VERDICT_NAME } from '../abi/records/processes.js';
import { type Change, diffPlans } from '../diff/diff-plans.js';
import { Identities } from '../diff/identity.js';
import { movesOn } from './moves-on.js';

export interface Verified {
  readonly pid: number;
  readonly name: string;
  /** What the plan said would become of it. */
  readonly planned: string;
  /**
   * `as planned`: nothing differs. `moved on`: only what a process changes by living. `differs`: something that it
   * could not have changed so, or that nobody planned. `gone`: no such process.
   */
  readonly outcome: 'as planned' | 'moved on' | 'differs' | 'gone';
  /** What differs and should not. */
  readonly differences: readonly Change[];
  /** How many facts have moved on. */
  readonly moved: number;
}

/** In the order of the plan. Processes of `after` that the plan does not have are no concern of it. */
export function verifyPlan(plan: Plan, after: Plan): Verified[] {
  const changes = diffPlans(plan, after, { numbered: false }).filter(({ kind }) => kind !== 'step');
  const owners = ownersOf(plan);
  const running = new Set(after.process.map(({ pid }) => pid));
  return plan.process.map((process, index) => {
    const its = changes.filter(
      ({ object, change }) => change !== 'added' && owners.get(object[0] ?? '')?.has(index),
    );
    const inner = changes.filter(
      ({ object, change }) =>
        change === 'added' && object.length > 1 && owners.get(object[0] ?? '')?.has(index),
    );
    const differences = [...its, ...inner].filter((change) => !isMotion(change));
    const base = {
      pid: process.pid,
      name: process.name,
      planned: VERDICT_NAME[process.verdict] ?? '',
      differences,
    };
    const moved = its.length + inner.length - differences.length;
    if (!running.has(process.pid)) return { ...base, outcome: 'gone' as const, moved };
    if (differences.length > 0) return { ...base, outcome: 'differs' as const, moved };
    return { ...base, outcome: moved > 0 ? ('moved on' as const) : ('as planned' as const), moved };
  });
}

/** Whether a process came out as the plan promised: those that were to go on do. */
export function holds(plan: Plan, verified: readonly Verified[]): boolean {
  return verified.every(({ outcome }, index) => {
    const { verdict, state } = plan.process[index] as Plan['process'][number];
    // A zombie may have been waited for, and who was asked may have chosen to end.
    if (verdict !== VERDICT.continues || state === PROCESS_STATE.zombie) return outcome !== 'differs';
    return outcome === 'as planned' || outcome === 'moved on';
  });
}

function isMotion({ kind, field }: Change): boolean {
  return movesOn(field === null ? kind : `${kind}.${field}`);
}

/** Which processes have each object, by its name. */
function ownersOf(plan: Plan): ReadonlyMap<string, ReadonlySet<number>> {
  const names = new Identities(plan, false);
  const found = new Map<string, Set<number>>();
  for (const index of plan.process.keys()) {
    for (const key of objectsOf(plan, index)) {
      const [kind, at] = key.split(' ') as [ObjectKind, string];
      const name = names.of(kind, Number(at));
      const owners = found.get(name) ?? new Set();
      found.set(name, owners.add(index));
    }
  }
  return found;
}
