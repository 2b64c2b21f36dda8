// In which pid namespace the resurrected live: the one in which most processes of the plan are found under their numbers
// and names. The kernel that died had them in its initial one; the executor makes a fresh one for them.

import type { Snapshot } from '../../snapshot/snapshot.js';
import type { Plan } from '../abi/plan.js';

export interface World {
  /** Inode number, as in /proc/PID/ns/pid. */
  readonly namespace: number;
  /** 0: the initial one. */
  readonly level: number;
  /** Its PID 1: the number in the initial namespace, and the name; null where it has none any more. */
  readonly init: { readonly pid: number; readonly name: string } | null;
  /** Processes of the plan that are in it, by PID and name. */
  readonly found: number;
}

/** All pid namespaces, the likeliest first: of two as likely the outer one. */
export function worlds(snapshot: Pick<Snapshot, 'tasks'>, plan: Pick<Plan, 'process'>): readonly World[] {
  const planned = new Set(plan.process.map(({ pid, name }) => `${pid} ${name}`));
  const found = new Map<number, { level: number; init: World['init']; found: number }>();
  for (const { pid, comm, leader, kernelThread, idle, ids } of snapshot.tasks) {
    if (!leader || kernelThread || idle) continue;
    for (const { ns, level, tgid } of ids) {
      const world = found.get(ns) ?? { level, init: null, found: 0 };
      if (tgid === 1) world.init = { pid, name: comm };
      if (planned.has(`${tgid} ${comm}`)) world.found++;
      found.set(ns, world);
    }
  }
  return [...found]
    .map(([namespace, world]) => ({ namespace, ...world }))
    .sort((a, b) => b.found - a.found || a.level - b.level);
}
