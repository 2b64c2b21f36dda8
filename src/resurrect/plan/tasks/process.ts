// A process: struct signal_struct, and what its threads have in common.

import type { Hex } from '../../../base/address.js';
import type { Limit as SnapshotLimit } from '../../../snapshot/limits.js';
import type { SnapshotProcess, SnapshotTask } from '../../../snapshot/snapshot.js';
import {
  type CgroupMembership,
  type Limit,
  type NamespaceIds,
  PROCESS_FLAG,
  PROCESS_STATE,
  type Process,
  type ProcessState,
  RESOURCE_LIMIT,
  VERDICT,
} from '../../abi/records/processes.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { planTerminal } from '../files/terminal.js';
import { planMm } from '../memory/mm.js';
import { ALL_ONES, big } from '../numbers.js';
import type { Planning } from '../planning.js';
import type { ResourceName } from '../resources.js';
import type { Chosen } from '../select/chosen.js';
import { plannedPending } from '../signals/pending.js';
import { planSighand } from '../signals/sighand.js';
import { plannedTimers } from '../signals/timers.js';
import { namespaceByInode } from './namespaces.js';
import { planThread } from './thread.js';

/** Of signal_struct.flags (include/linux/sched/signal.h). */
const SIGNAL_STOP_STOPPED = 1;
const SIGNAL_GROUP_EXIT = 4;
const INIT = 1;

/** A process whose leader is in the snapshot, with what it has. */
interface Subject {
  readonly planning: Planning;
  readonly detail: SnapshotProcess;
  readonly leader: SnapshotTask;
  /** Those that have not ended; of a zombie its leader. */
  readonly threads: readonly SnapshotTask[];
  readonly state: ProcessState;
  /** Its index in the plan. */
  readonly index: number;
}

/** Makes its record, and those of all that it refers to. Verdict and crash bits come when all is known. */
export function planProcess(planning: Planning, chosen: Chosen): void {
  planning.tables.process.ref(chosen.pid, (index) => {
    const tasks = planning.index.tasks.get(chosen.pid) ?? [];
    const detail = planning.index.processes.get(chosen.pid);
    const leader = tasks[0];
    if (leader === undefined || detail === undefined) throw new Error(`no process ${chosen.pid}`);
    const state = stateOf(tasks, detail);
    const alive = tasks.filter((task) => task.state !== 'Z' && task.state !== 'X');
    const threads = state === PROCESS_STATE.zombie ? [leader] : withLeader(leader, alive);
    const subject = { planning, detail, leader, threads, state, index };
    return { ...identity(subject), ...why(planning, chosen), ...shared(subject), ...own(subject) };
  });
}

/** A leader that has ended before its threads stands for the process still. */
function withLeader(leader: SnapshotTask, alive: readonly SnapshotTask[]): readonly SnapshotTask[] {
  return alive[0] === leader ? alive : [leader, ...alive];
}

function stateOf(tasks: readonly SnapshotTask[], { signals }: SnapshotProcess): ProcessState {
  const alive = tasks.filter(({ state }) => state !== 'Z' && state !== 'X');
  if (alive.length === 0) return PROCESS_STATE.zombie;
  const stopped = alive.every(({ state }) => state === 'T' || state === 't');
  const group = ((signals?.flags ?? 0) & SIGNAL_STOP_STOPPED) !== 0;
  return stopped || group ? PROCESS_STATE.stopped : PROCESS_STATE.runs;
}

type Identity = Pick<
  Process,
  'pid' | 'parentPid' | 'parent' | 'pgid' | 'sid' | 'state' | 'exitCode' | 'exitSignal' | 'flags' | 'name'
>;

function identity(subject: Subject): Identity {
  const { planning, leader, state } = subject;
  const parent = planning.process(leader.ppid);
  if (parent === null && leader.ppid !== INIT && leader.ppid !== 0) {
    refuse(subject, 'parent', `its parent ${leader.ppid} is not in the plan`);
  }
  return {
    pid: leader.pid,
    parentPid: leader.ppid,
    parent,
    pgid: leader.pgid,
    sid: leader.sid,
    state,
    exitCode: codeOf(state, subject),
    exitSignal: leader.exitSignal,
    flags: flagsOf(leader),
    name: leader.comm,
  };
}

/** As wait_task_zombie() takes it; of a stopped process what wait_task_stopped() would tell its parent, 0 when it has. */
function codeOf(state: ProcessState, subject: Subject): number {
  if (state === PROCESS_STATE.zombie) return exitCode(subject);
  return state === PROCESS_STATE.stopped ? (subject.detail.signals?.groupExitCode ?? 0) : 0;
}

function exitCode({ leader, detail: { signals } }: Subject): number {
  const group = ((signals?.flags ?? 0) & SIGNAL_GROUP_EXIT) !== 0;
  return group ? (signals?.groupExitCode ?? 0) : leader.exitCode;
}

function flagsOf({ pid, sid, pgid, attributes }: SnapshotTask): number {
  const subreaper = attributes?.confinement.childSubreaper ? PROCESS_FLAG.subreaper : 0;
  const session = sid === pid ? PROCESS_FLAG.session_leader : 0;
  return subreaper | session | (pgid === pid ? PROCESS_FLAG.group_leader : 0);
}

type Why = Pick<Process, 'verdict' | 'crashBits' | 'reason' | 'because'>;

function why(planning: Planning, { reason, because }: Chosen): Why {
  const place = because === null ? null : planning.process(because);
  return { verdict: VERDICT.continues, crashBits: 0, reason, because: place };
}

type Shared = Pick<Process, 'terminal' | 'mm' | 'sighand' | 'threads' | 'ids' | 'cgroups'>;

function shared(subject: Subject): Shared {
  const { planning, detail, leader, threads, state, index } = subject;
  const zombie = state === PROCESS_STATE.zombie;
  const mm = threads.find((task) => task.mm !== null)?.mm ?? null;
  const { signals } = detail;
  if (!zombie && signals === null) refuse(subject, 'signals', 'its signals could not be read');
  const space = zombie || mm === null ? null : planMm(planning, mm, detail);
  if (!zombie && space === null) refuse(subject, 'memory', 'its address space could not be read');
  const planned = threads.map((task) => planThread(planning, task, index));
  const tty = terminalOf(planning, leader);
  return {
    terminal: zombie || tty === null ? null : planTerminal(planning, tty),
    mm: space,
    sighand: zombie || signals === null ? null : planSighand(planning, signals),
    threads: planned,
    ids: idsOf(planning, leader),
    cgroups: (leader.attributes?.cgroups ?? []).map(
      ({ hierarchy, controllers, path }): CgroupMembership => ({
        hierarchy,
        controllers: controllers.join(','),
        path,
      }),
    ),
  };
}

/** Its controlling terminal, by the name that /proc/PID/stat's number stands for. */
function terminalOf({ snapshot }: Planning, { tty }: SnapshotTask): Hex | null {
  return tty === null ? null : (snapshot.terminals.find(({ name }) => name === tty)?.address ?? null);
}

function idsOf(planning: Planning, leader: SnapshotTask): NamespaceIds[] {
  const inner = leader.ids.filter(({ level }) => level > 0);
  return inner.map(({ ns, tgid, pgid, sid }) => ({
    namespace: namespaceByInode(planning, ns),
    ...{ pid: tgid, pgid, sid },
  }));
}

type Own = Pick<
  Process,
  | 'oomScoreAdj'
  | 'oomScoreAdjMin'
  | 'limits'
  | 'pending'
  | 'intervalTimers'
  | 'posixTimers'
  | 'userTime'
  | 'systemTime'
  | 'startTime'
>;

function own({ planning, detail, leader, index }: Subject): Own {
  const { signals, timers, limits } = detail;
  const confinement = leader.attributes?.confinement;
  return {
    oomScoreAdj: confinement?.oomScoreAdj ?? 0,
    oomScoreAdjMin: confinement?.oomScoreAdjMin ?? 0,
    limits: limits.map(limit),
    pending: plannedPending(signals?.pending ?? null),
    ...plannedTimers(planning, timers, index),
    userTime: big(timers?.cpuTime.user ?? leader.utime),
    systemTime: big(timers?.cpuTime.system ?? leader.stime),
    startTime: big(leader.startTime),
  };
}

const LIMITS: Readonly<Record<string, Limit['resource']>> = RESOURCE_LIMIT;

function limit({ resource, soft, hard }: SnapshotLimit): Limit {
  return {
    resource: LIMITS[resource.toLowerCase()] as Limit['resource'],
    soft: soft === null ? ALL_ONES : big(soft),
    hard: hard === null ? ALL_ONES : big(hard),
  };
}

function refuse({ planning, leader, index }: Subject, resource: ResourceName, what: string): void {
  const reason = `process ${leader.pid} (${leader.comm}): ${what}`;
  planning.refusals.add(resource, { reason, kind: REFUSED_KIND.process, object: index, processes: [index] });
}
