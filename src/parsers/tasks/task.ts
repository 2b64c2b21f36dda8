// One task_struct as a snapshot Task. Whatever cannot be read costs that field; the rest stands.

import { type Kva, NULL } from '../../base/address.js';
import type { Task } from '../../snapshot/task.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { readComm } from './comm.js';
import { readCredentials } from './credentials.js';
import { readChildren, readParents } from './family.js';
import { namespaceIds, pidNumber, signalPid } from './ids.js';
import { PF, PIDTYPE, SIGNAL, TASK } from './layout.js';
import { stateLetter, taskState } from './state.js';
import { NO_TERMINAL, readTerminal } from './terminal.js';

const IN_INFO = { cpu: 'thread_info.cpu' } as const;
const IN_TASK = { cpu: 'cpu' } as const;
/** PID_MAX_LIMIT. */
const PID_MAX = 4 << 20;
/** MAX_RT_PRIO + 20: static_prio of nice 0. */
const DEFAULT_PRIO = 120;

export const taskCpu: Trait<(kernel: Kernel, task: Kva) => number> = {
  name: 'CPU of a task',
  eras: [
    {
      name: 'thread_info.cpu',
      since: '5.16',
      commit: 'bcf9033e5449',
      evidence: 'thread_info.cpu',
      probe: hasMember('task_struct.thread_info.cpu'),
      reader: (kernel, task) => kernel.mem.u32(task, kernel.layout('task_struct', IN_INFO).cpu),
    },
    {
      name: 'task_struct.cpu',
      since: '4.9',
      commit: null,
      evidence: 'task_struct.cpu',
      probe: hasMember('task_struct.cpu'),
      reader: (kernel, task) => kernel.mem.u32(task, kernel.layout('task_struct', IN_TASK).cpu),
    },
  ],
};

export function readTask(kernel: Kernel, task: Kva, idle = false): Task {
  const { mem } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const flags = mem.u32(task, at.flags);
  const kernelThread = idle || (flags & PF.kthread) !== 0;
  return {
    address: mem.hex(task),
    comm: readComm(kernel, task, flags),
    kernelThread,
    idle,
    leader: mem.ptr(task, at.groupLeader) === task,
    flags,
    ...identity(kernel, task),
    ...stateOf(kernel, task),
    ...schedulingOf(kernel, task),
    ...readParents(kernel, task),
    children: kernel.faults.guard('children', () => readChildren(kernel, task), []),
    ...signalOf(kernel, task),
    credentials: kernel.faults.guard('credentials', () => credentialsOf(kernel, task), null),
    mm: kernelThread ? null : pointer(kernel, task, at.mm),
    filesTable: pointer(kernel, task, at.files),
    fsStruct: pointer(kernel, task, at.fs),
  };
}

function identity(kernel: Kernel, task: Kva) {
  const at = kernel.layout('task_struct', TASK);
  const [tid, pid] = [kernel.mem.u32(task, at.pid), kernel.mem.u32(task, at.tgid)];
  if (tid > PID_MAX || pid > PID_MAX)
    throw kernel.mem.fault('corrupt', `no task_struct: its ids are ${tid}, ${pid}`, task);
  return {
    tid,
    pid,
    startTime: kernel.mem.wide(task, at.startBoottime),
  };
}

function stateOf(kernel: Kernel, task: Kva) {
  const { mem } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const state = kernel.trait(taskState)(kernel, task);
  const exit = mem.u32(task, at.exitState);
  return {
    state: stateLetter(state, exit),
    stateBits: (state | exit) >>> 0,
    exitCode: mem.i32(task, at.exitCode),
    exitSignal: mem.i32(task, at.exitSignal),
  };
}

function schedulingOf(kernel: Kernel, task: Kva) {
  const { mem } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const staticPrio = mem.i32(task, at.staticPrio);
  return {
    cpu: kernel.trait(taskCpu)(kernel, task),
    // An int until 7.x made it a byte; 0 or 1 in either.
    onCpu: mem.u8(task, at.onCpu) !== 0,
    prio: mem.i32(task, at.prio),
    staticPrio,
    nice: staticPrio - DEFAULT_PRIO,
    policy: mem.u32(task, at.policy),
    voluntarySwitches: mem.nat(task, at.voluntary),
    involuntarySwitches: mem.nat(task, at.involuntary),
    utime: mem.wide(task, at.utime),
    stime: mem.wide(task, at.stime),
  };
}

/** What a task has by its signal_struct, which all threads of a process share. */
function signalOf(kernel: Kernel, task: Kva) {
  const { mem, faults } = kernel;
  const signal = faults.guard(
    'signal_struct',
    () => mem.ptr(task, kernel.layout('task_struct', TASK).signal),
    NULL,
  );
  const at = kernel.layout('signal_struct', SIGNAL);
  const id = (type: number) =>
    faults.guard('ids', () => pidNumber(kernel, signalPid(kernel, signal, type)), 0);
  const missing = signal === NULL;
  return {
    signalStruct: missing ? null : mem.hex(signal),
    threads: missing ? 0 : faults.guard('threads', () => mem.i32(signal, at.threads), 0),
    pgid: missing ? 0 : id(PIDTYPE.pgid),
    sid: missing ? 0 : id(PIDTYPE.sid),
    ids: faults.guard('ids', () => namespaceIds(kernel, task, signal), []),
    ...faults.guard(
      'terminal',
      () => (missing ? NO_TERMINAL : readTerminal(kernel, mem.ptr(signal, at.tty))),
      NO_TERMINAL,
    ),
  };
}

function credentialsOf(kernel: Kernel, task: Kva) {
  const cred = kernel.mem.ptr(task, kernel.layout('task_struct', TASK).realCred);
  return cred === NULL ? null : readCredentials(kernel, cred);
}

function pointer(kernel: Kernel, task: Kva, offset: number) {
  const value = kernel.faults.guard('pointer', () => kernel.mem.ptr(task, offset), NULL);
  return value === NULL ? null : kernel.mem.hex(value);
}
