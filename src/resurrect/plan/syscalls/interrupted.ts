// What becomes of the system call that a thread was in: what the kernel itself does when a signal without a handler
// interrupts it (arch_do_signal_or_restart() in arch/x86/kernel/signal.c).

import type { SnapshotTask } from '../../../snapshot/snapshot.js';
import type { SystemCall } from '../../../snapshot/thread.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { type RestartBlock, SYSCALL_ACTION, type SyscallAction } from '../../abi/records/threads.js';
import { big } from '../numbers.js';
import type { Planning } from '../planning.js';
import type { ResourceName } from '../resources.js';
import { type RestartDecision, restartBlock, resumedBlock, timedBlock } from './restart.js';
import { SLEEPING_CALLS, type SleepingCall } from './table.js';

export interface CallOutcome {
  readonly syscallAction: SyscallAction;
  readonly syscallNumber: number;
  /** Of `complete`: what the call gives. */
  readonly syscallResult: bigint;
  readonly restart: readonly RestartBlock[];
}

/** What ax holds while the call has not come to its end; what it gives where there is no such call. */
const ENOSYS = -38n;
const ERESTARTSYS = -512n;
const ERESTARTNOINTR = -513n;
const ERESTARTNOHAND = -514n;
const ERESTART_RESTARTBLOCK = -516n;
const AGAIN: readonly bigint[] = [ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND];
const CLONE_VFORK = 0x4000n;

const NONE: CallOutcome = {
  syscallAction: SYSCALL_ACTION.none,
  syscallNumber: -1,
  syscallResult: 0n,
  restart: [],
};

/** `process`: index of the thread's process. */
export function callOutcome(planning: Planning, task: SnapshotTask, process: number): CallOutcome {
  const registers = task.thread?.registers ?? null;
  const call = task.thread?.syscall ?? null;
  if (registers === null || call === null || call.nr < 0) return NONE;
  const ax = BigInt.asIntN(64, big(registers.ax));
  const outcome = (syscallAction: SyscallAction, rest: Partial<CallOutcome> = {}): CallOutcome => ({
    ...NONE,
    syscallAction,
    syscallNumber: call.nr,
    ...rest,
  });
  if (ax === ERESTART_RESTARTBLOCK) return goOn(resumedBlock(planning, task, call), outcome);
  if (AGAIN.includes(ax)) return outcome(SYSCALL_ACTION.restart);
  if (ax !== ENOSYS) return outcome(SYSCALL_ACTION.complete, { syscallResult: ax });
  if (call.abi !== 'x86-64') {
    refuse(planning, task, process, 'foreign_call', `of the ${call.abi} interface, is ended with EINTR`);
    return outcome(SYSCALL_ACTION.interrupted);
  }
  return sleeping({ planning, task, call, process, outcome });
}

type Outcome = (action: SyscallAction, rest?: Partial<CallOutcome>) => CallOutcome;

interface InCall {
  readonly planning: Planning;
  readonly task: SnapshotTask;
  readonly call: SystemCall;
  readonly process: number;
  readonly outcome: Outcome;
}

function refuse(
  planning: Planning,
  { tid, thread }: SnapshotTask,
  process: number,
  resource: ResourceName,
  what: string,
): void {
  const name = thread?.syscall?.name ?? `system call ${thread?.syscall?.nr}`;
  const reason = `thread ${tid}: ${name} ${what}`;
  planning.refusals.add(resource, {
    reason,
    kind: REFUSED_KIND.process,
    object: process,
    processes: [process],
  });
}

/** It has not come to its end: asleep in it, or about to go on with it. */
function sleeping(from: InCall): CallOutcome {
  const { planning, task, call, process, outcome } = from;
  const row = SLEEPING_CALLS[call.nr];
  if (row === undefined) {
    refuse(planning, task, process, 'call_unknown', 'was under way: whether it took effect is not known');
    return outcome(SYSCALL_ACTION.interrupted);
  }
  const decided = byRow(from, row);
  if (task.state === 'R' && row.direction === 'out' && decided.syscallAction === SYSCALL_ACTION.restart) {
    refuse(planning, task, process, 'call_unknown', 'was under way: how much it had written is not known');
    return outcome(SYSCALL_ACTION.interrupted);
  }
  return decided;
}

function byRow(from: InCall, row: SleepingCall): CallOutcome {
  const { planning, task, call, process, outcome } = from;
  switch (row.interruption) {
    case 'restart':
      if (row.interruptedRequests?.includes(BigInt.asUintN(32, big(call.args[1] ?? '0x0')))) {
        return outcome(SYSCALL_ACTION.interrupted);
      }
      if (row.timeout !== undefined && big(call.args[row.timeout] ?? '0x0') !== 0n) {
        const timed = timedBlock(planning, task, call);
        if (timed !== null) return goOn(timed, outcome);
        refuse(planning, task, process, 'call_timeout', 'begins again with its whole timeout');
      }
      return outcome(SYSCALL_ACTION.restart);
    case 'repeat':
      return outcome(SYSCALL_ACTION.restart);
    case 'interrupted':
      return outcome(SYSCALL_ACTION.interrupted);
    case 'socket':
      return outcome(hasTimeout(from, row) ? SYSCALL_ACTION.interrupted : SYSCALL_ACTION.restart);
    case 'vfork':
      return waitingForChild(from);
    default:
      return goOn(restartBlock(planning, task, call), outcome);
  }
}

/** ERESTART_RESTARTBLOCK, where there is a time to go on with. */
function goOn(decided: RestartDecision, outcome: Outcome): CallOutcome {
  if (decided === 'restart') return outcome(SYSCALL_ACTION.restart);
  if (decided === 'interrupted') return outcome(SYSCALL_ACTION.interrupted);
  return outcome(SYSCALL_ACTION.restart_block, { restart: [decided] });
}

/** SO_RCVTIMEO, SO_SNDTIMEO of the socket that is the call's first argument. */
function hasTimeout({ planning, task, call }: InCall, { direction, name }: SleepingCall): boolean {
  const { index } = planning;
  const fd = Number(BigInt.asIntN(32, big(call.args[0] ?? '0x0')));
  const table = task.filesTable === null ? undefined : index.fileTables.get(task.filesTable);
  const file = table?.descriptors.find((descriptor) => descriptor.fd === fd)?.file;
  const open = file === undefined ? undefined : index.files.get(file);
  const options = open === undefined ? null : (index.socketOf(open)?.options ?? null);
  if (options === null) return false;
  const sends = direction === 'out' || name === 'connect';
  return big(sends ? options.sendTimeout : options.receiveTimeout) !== 0n;
}

/** The child is in the plan; its parent must not run before it has let go of their memory. */
function waitingForChild({ planning, task, call, process, outcome }: InCall): CallOutcome {
  const waits = call.nr !== 56 || (big(call.args[0] ?? '0x0') & CLONE_VFORK) !== 0n;
  const child = task.children.at(-1);
  if (!waits || child === undefined) {
    refuse(planning, task, process, 'call_unknown', 'was under way: whether it took effect is not known');
    return outcome(SYSCALL_ACTION.interrupted);
  }
  refuse(planning, task, process, 'vfork', `waits for its child ${child} to let go of their memory`);
  return outcome(SYSCALL_ACTION.complete, { syscallResult: BigInt(child) });
}
