// A thread: struct task_struct, thread_struct.

import type { SnapshotTask } from '../../../snapshot/snapshot.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { THREAD_FLAG, type Thread } from '../../abi/records/threads.js';
import { planFileTable } from '../files/file-table.js';
import { big } from '../numbers.js';
import type { Planning } from '../planning.js';
import type { ResourceName } from '../resources.js';
import { threadSignals } from '../signals/thread-signals.js';
import type { SnapshotIndex } from '../snapshot-index.js';
import { callOutcome } from '../syscalls/interrupted.js';
import { planCredentials } from './credentials.js';
import { planDirectories } from './directories.js';
import { planNamespaces } from './namespaces.js';
import { plannedFpu, plannedRegisters, plannedSegments } from './registers.js';
import { plannedPolicy, scheduled } from './scheduling.js';
import { labelRefusals } from './security.js';
import { endOfUserSpace, isVectorState, unfitRegisters } from './user-mode.js';

const SECCOMP_FILTER = 2;
/** What kernels before 6.3 took: sizeof(struct rseq) then. */
const OLD_RSEQ_BYTES = 32;
const ENDED = ['Z', 'X'];

/** `process`: its index in the plan. */
export function planThread(planning: Planning, task: SnapshotTask, process: number): Thread {
  const { thread, attributes, filesTable } = task;
  if (!ENDED.includes(task.state)) refuseParts(planning, task, process);
  const { registers = null, segments = null, fpu = null, rseq = null, robustList = null } = thread ?? {};
  const confinement = attributes?.confinement ?? null;
  const namespaces = attributes?.namespaces ?? null;
  return {
    tid: task.tid,
    flags: flagsOf(planning, task),
    comm: task.comm,
    credentials: planCredentials(planning, task.credentials),
    files: filesTable === null ? null : planFileTable(planning, filesTable),
    fs: planDirectories(planning, task, process),
    namespaces: namespaces === null ? null : planNamespaces(planning, namespaces, process),
    seccompMode: confinement?.seccomp.mode ?? 0,
    parentDeathSignal: confinement?.parentDeathSignal ?? 0,
    registers: plannedRegisters({ registers, segments }),
    ...plannedFpu(fpu),
    ...plannedSegments(segments),
    ...callOutcome(planning, task, process),
    ...threadSignals(planning, task),
    ...scheduled(attributes?.scheduling ?? null, planning.snapshot.system.cpus.possible),
    personality: confinement?.personality ?? 0,
    clearChildTid: big(thread?.clearChildTid ?? 0),
    robustList: big(robustList?.address ?? 0),
    rseq: big(rseq?.address ?? 0),
    rseqBytes: rseq === null ? 0 : (rseq.length ?? OLD_RSEQ_BYTES),
    rseqSignature: rseq?.signature ?? 0,
    startTime: big(task.startTime),
  };
}

function flagsOf({ index }: Planning, task: SnapshotTask): number {
  const { pid, tid, leader, state, thread, attributes } = task;
  const signals = index.processes.get(pid)?.signals?.threads.find((each) => each.tid === tid);
  const flags: readonly (readonly [boolean | undefined, number])[] = [
    [leader, THREAD_FLAG.leader],
    [attributes?.confinement.noNewPrivs, THREAD_FLAG.no_new_privs],
    [thread?.registers?.mayBeStale, THREAD_FLAG.registers_stale],
    [thread?.fpu?.inCpu, THREAD_FLAG.fpu_stale],
    [attributes?.scheduling.resetOnFork, THREAD_FLAG.sched_reset_on_fork],
    [thread?.robustList?.compat, THREAD_FLAG.robust_compat],
    [typeof signals?.savedMask === 'string', THREAD_FLAG.mask_saved],
    [leader && ENDED.includes(state) && !alone(index, pid), THREAD_FLAG.ended],
  ];
  return flags.reduce((sum, [set, bit]) => (set ? sum | bit : sum), 0);
}

/** Whether no thread of the process lives: then it is a zombie. */
function alone(index: SnapshotIndex, pid: number): boolean {
  return (index.tasks.get(pid) ?? []).every(({ state }) => ENDED.includes(state));
}

/** What of the thread is missing, or not to be had. */
function refuseParts(planning: Planning, task: SnapshotTask, process: number): void {
  const { tid, thread, attributes, credentials, tracerPid } = task;
  const refuse = (resource: ResourceName, what: string): void => {
    const reason = `thread ${tid} (${task.comm}): ${what}`;
    const processes = [process];
    planning.refusals.add(resource, { reason, kind: REFUSED_KIND.process, object: process, processes });
  };
  const seccomp = attributes?.confinement.seccomp;
  const policy = attributes?.scheduling.policy ?? 'NORMAL';
  const unfit =
    thread === null ? null : unfitRegisters(thread, endOfUserSpace(planning.snapshot.kernel.pagingLevels));
  if (!thread?.registers) refuse('registers', 'its registers could not be read');
  if (unfit !== null) refuse('registers', `it has ${unfit} that user mode cannot have`);
  if (thread?.registers?.mayBeStale) refuse('registers_stale', 'it was on a CPU, and may have run on');
  if (!thread?.fpu) refuse('fpu', 'its vector registers could not be read');
  else if (!isVectorState(thread.fpu)) refuse('fpu', 'no CPU would take its vector registers');
  if (thread?.fpu?.inCpu) refuse('fpu_stale', 'its vector registers were in the CPU');
  if (credentials === null) refuse('credentials', 'its credentials could not be read');
  if (tracerPid !== 0) refuse('ptrace', `it was traced by ${tracerPid}`);
  if (seccomp?.mode === SECCOMP_FILTER) refuse('seccomp_filter', `it has ${filters(seccomp.filters.length)}`);
  for (const [resource, what] of labelRefusals(attributes)) refuse(resource, what);
  if (plannedPolicy(policy) === null) refuse('scheduling', 'its scheduling policy is not known');
}

function filters(count: number): string {
  if (count === 0) return 'seccomp filters that could not be read';
  return count === 1 ? 'a seccomp filter' : `${count} seccomp filters`;
}
