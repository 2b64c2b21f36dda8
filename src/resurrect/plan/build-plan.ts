// From a snapshot to a restore plan. Pure, and the same for the same snapshot: tables fill in the order in which the
// processes of the plan refer to things.

import { progress } from '../../base/progress.js';
import type { Snapshot } from '../../snapshot/snapshot.js';
import type { Plan } from '../abi/plan.js';
import type { ObjectKind, PlanObjects } from '../abi/records/plan.js';
import { REFUSED_KIND } from '../abi/records/refusals.js';
import { planIpc } from './files/ipc.js';
import { planLocks } from './files/locks.js';
import { planStorage } from './files/storage.js';
import { planHeader, ramRanges, reservations } from './header.js';
import { type FrameReader, Planning } from './planning.js';
import { chooseProcesses } from './select/choose.js';
import type { Chosen } from './select/chosen.js';
import { SnapshotIndex } from './snapshot-index.js';
import { planSteps } from './steps.js';
import { planAllNamespaces } from './tasks/namespaces.js';
import { planProcess } from './tasks/process.js';
import { withVerdicts } from './verdicts.js';

export interface PlanOptions {
  /** NAME, PID, session:SID, cgroup:PATH, all; none: all. */
  readonly selectors?: readonly string[];
  /** Where digests of page runs come from; without, they have none. */
  readonly frames?: FrameReader;
}

export interface BuiltPlan {
  readonly plan: Plan;
  /** Who is in it, and why: in the plan's order. */
  readonly chosen: readonly Chosen[];
}

const INIT = 1;

/** Throws AbsentError where a selector matches nothing, UsageError where it is none. */
export function buildPlan(snapshot: Snapshot, { selectors = [], frames }: PlanOptions = {}): BuiltPlan {
  const index = new SnapshotIndex(snapshot);
  const chosen = chooseProcesses(index, selectors);
  const pids = chosen.map(({ pid }) => pid);
  const planning = new Planning(index, pids, frames ?? null);
  planAllNamespaces(planning);
  chosen.forEach((each, done) => {
    progress('processes', done, chosen.length);
    planProcess(planning, each);
  });
  planStorage(planning);
  planIpc(planning);
  planLocks(planning);
  refuseInit(planning);
  return { plan: finished(planning), chosen };
}

function finished(planning: Planning): Plan {
  const { snapshot, tables, refusals, swap, frames } = planning;
  const made = Object.fromEntries(
    (Object.keys(tables) as ObjectKind[]).map((kind) => [kind, tables[kind].rows]),
  ) as unknown as PlanObjects;
  const objects = {
    ...made,
    process: withVerdicts(made.process, refusals.rows),
    swapArea: swap.areas(),
    ramRange: ramRanges(snapshot),
    reservation: reservations(snapshot),
    refusal: refusals.rows,
  };
  return { header: planHeader(snapshot, frames !== null), ...objects, step: planSteps(objects) };
}

/** The crash kernel has its own. */
function refuseInit(planning: Planning): void {
  const { process } = planning.tables;
  const children = [...process.rows.keys()].filter((index) => process.rows[index]?.parentPid === INIT);
  if (children.length === 0) return;
  const reason = 'PID 1 is not resurrected: its children become those of the crash kernel’s init';
  planning.refusals.add('init', { reason, kind: REFUSED_KIND.none, object: null, processes: children });
}
