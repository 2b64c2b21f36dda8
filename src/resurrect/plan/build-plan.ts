// From a snapshot to a restore plan. Pure, and the same for the same snapshot: tables fill in the order in which the
// processes of the plan refer to things.

import { progress } from '../../base/progress.js';
import type { Snapshot } from '../../snapshot/snapshot.js';
import type { FrameReader, SwapReader } from '../abi/page-run.js';
import type { Plan } from '../abi/plan.js';
import { type ObjectKind, type PlanObjects, SECTION_KINDS } from '../abi/records/plan.js';
import { REFUSED_KIND } from '../abi/records/refusals.js';
import { planIpc } from './files/ipc.js';
import { planLocks } from './files/locks.js';
import { planStorage } from './files/storage.js';
import { fitted } from './fit.js';
import { identityPages, planHeader, ramRanges, reservations } from './header.js';
import { Planning } from './planning.js';
import { chooseProcesses } from './select/choose.js';
import type { Chosen } from './select/chosen.js';
import { SnapshotIndex } from './snapshot-index.js';
import { planSteps } from './steps.js';
import { planAllNamespaces } from './tasks/namespaces.js';
import { planProcess } from './tasks/process.js';
import { refuseSharing } from './tasks/sharing.js';
import { withVerdicts } from './verdicts.js';

export interface PlanOptions {
  /** NAME, PID, session:SID, cgroup:PATH, all; none: all. */
  readonly selectors?: readonly string[];
  /** Where digests of page runs come from; without, they have none. */
  readonly frames?: FrameReader;
  /** Where pages are read whose swap area is in the dump's memory (zram); without, they are refused. */
  readonly swap?: SwapReader;
}

export interface BuiltPlan {
  readonly plan: Plan;
  /** Who is in it, and why: in the plan's order. */
  readonly chosen: readonly Chosen[];
}

const INIT = 1;

/** Throws AbsentError where a selector matches nothing, UsageError where it is none. */
export function buildPlan(snapshot: Snapshot, { selectors = [], frames, swap }: PlanOptions = {}): BuiltPlan {
  const index = new SnapshotIndex(snapshot);
  const chosen = chooseProcesses(index, selectors);
  const pids = chosen.map(({ pid }) => pid);
  const planning = new Planning(index, pids, { frames: frames ?? null, swap: swap ?? null });
  planAllNamespaces(planning);
  chosen.forEach((each, done) => {
    progress('processes', done, chosen.length);
    planProcess(planning, each);
  });
  refuseSharing(planning, pids);
  planStorage(planning);
  planIpc(planning);
  planLocks(planning);
  refuseInit(planning);
  return { plan: finished(planning), chosen };
}

function finished(planning: Planning): Plan {
  const { snapshot, tables, refusals, swap, frames } = planning;
  const made = Object.fromEntries(
    (Object.keys(tables) as ObjectKind[]).map((kind) => [kind, fittedRows(planning, kind)]),
  ) as unknown as PlanObjects;
  const objects = {
    ...made,
    process: withVerdicts(made.process, refusals.rows),
    swapArea: swap.areas(),
    ramRange: ramRanges(snapshot),
    reservation: reservations(snapshot),
    identityPage: identityPages(snapshot),
    refusal: refusals.rows,
  };
  return { header: planHeader(snapshot, frames !== null), ...objects, step: planSteps(objects) };
}

/** What a torn structure said is cut to what a plan can hold; whose processes those are is told. */
function fittedRows(planning: Planning, key: ObjectKind): readonly object[] {
  const name = SECTION_KINDS.find((kind) => kind.key === key)?.name ?? key;
  const fields = new Set<string>();
  const cut = (field: string) => fields.add(field);
  return planning.tables[key].rows.map((row, index) => {
    const right = fitted(name, row, cut);
    if (fields.size > 0) refuseDamage(planning, name, index, [...fields].join(', '));
    fields.clear();
    return right;
  });
}

function refuseDamage({ refusals }: Planning, name: string, index: number, fields: string): void {
  const reason = `${name} ${index}: ${fields}: a number that no kernel has`;
  if (name === 'process') {
    const about = { kind: REFUSED_KIND.process, object: index, processes: [index] };
    refusals.add('damaged_process', { reason, ...about });
  } else {
    refusals.add('damaged_object', { reason, kind: REFUSED_KIND.none, object: null, processes: [] });
  }
}

/** The crash kernel has its own. */
function refuseInit(planning: Planning): void {
  const { process } = planning.tables;
  const children = [...process.rows.keys()].filter((index) => process.rows[index]?.parentPid === INIT);
  if (children.length === 0) return;
  const reason = 'PID 1 is not resurrected: its children become those of the crash kernel’s init';
  planning.refusals.add('init', { reason, kind: REFUSED_KIND.none, object: null, processes: children });
}
