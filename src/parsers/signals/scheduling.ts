// How a task is scheduled. Mirrors kernel/sched/core.c (sched_getattr), cpuset_task_status_allowed() in
// kernel/cgroup/cpuset.c, and proc_pid_schedstat() in fs/proc/base.c.

import { type Kva, NULL } from '../../base/address.js';
import { wide } from '../../snapshot/number.js';
import type { Deadline, Policy, Scheduling } from '../../snapshot/scheduling.js';
import type { Kernel } from '../kernel/kernel.js';
import { readBits, readMask } from './bitmap.js';

const TASK = {
  staticPrio: 'static_prio',
  rtPriority: 'rt_priority',
  policy: 'policy',
  slack: 'timer_slack_ns',
  ioContext: 'io_context',
  runTime: 'se.sum_exec_runtime',
  runDelay: 'sched_info.run_delay?',
  timesRun: 'sched_info.pcount?',
  voluntary: 'nvcsw',
  involuntary: 'nivcsw',
  signal: 'signal',
} as const;
const DEADLINE = {
  runtime: 'dl.dl_runtime',
  deadline: 'dl.dl_deadline',
  period: 'dl.dl_period',
  flags: 'dl.flags',
} as const;
const IO = { priority: 'ioprio' } as const;
const SIGNAL = { autogroup: 'autogroup?' } as const;
const AUTOGROUP = { group: 'tg', id: 'id', nice: 'nice' } as const;
const GROUP = { autogroup: 'autogroup' } as const;

/** By SCHED_*; 4 was never used. */
const POLICIES: readonly Policy[] = ['NORMAL', 'FIFO', 'RR', 'BATCH', '?', 'IDLE', 'DEADLINE', 'EXT'];
/** MAX_RT_PRIO + 20: static_prio of nice 0. */
const DEFAULT_PRIO = 120;

export function readScheduling(kernel: Kernel, task: Kva): Scheduling {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const policy = POLICIES[mem.u32(task, at.policy)] ?? '?';
  const cpus = kernel.symbols.address('nr_cpu_ids');
  const counter = (offset: number | undefined) => (offset === undefined ? 0 : wide(mem.u64(task, offset)));
  return {
    policy,
    resetOnFork: readBits(kernel, task, 'task_struct.sched_reset_on_fork') === 1,
    nice: mem.i32(task, at.staticPrio) - DEFAULT_PRIO,
    rtPriority: mem.u32(task, at.rtPriority),
    deadline: policy === 'DEADLINE' ? deadline(kernel, task) : null,
    cpusAllowed: readMask(
      kernel,
      task,
      'task_struct.cpus_mask',
      cpus === undefined ? undefined : mem.u32(cpus),
    ),
    memsAllowed: faults.guard('nodes', () => readMask(kernel, task, 'task_struct.mems_allowed'), []),
    timerSlack: wide(mem.u64(task, at.slack)),
    autogroup: faults.guard('autogroup', () => autogroup(kernel, mem.ptr(task, at.signal)), null),
    ioPriority: faults.guard('I/O priority', () => ioPriority(kernel, mem.ptr(task, at.ioContext)), 0),
    runTime: counter(at.runTime),
    runDelay: counter(at.runDelay),
    timesRun: counter(at.timesRun),
    voluntarySwitches: counter(at.voluntary),
    involuntarySwitches: counter(at.involuntary),
  };
}

function deadline(kernel: Kernel, task: Kva): Deadline {
  const { mem } = kernel;
  const at = kernel.layout('task_struct', DEADLINE);
  return {
    runtime: wide(mem.u64(task, at.runtime)),
    deadline: wide(mem.u64(task, at.deadline)),
    period: wide(mem.u64(task, at.period)),
    flags: mem.u32(task, at.flags),
  };
}

/** proc_sched_autogroup_show_task(): the default one's task group is the root's, which is no autogroup. */
function autogroup(kernel: Kernel, signal: Kva): Scheduling['autogroup'] {
  const { mem } = kernel;
  const member = kernel.layout('signal_struct', SIGNAL).autogroup;
  const group = signal === NULL || member === undefined ? NULL : mem.ptr(signal, member);
  if (group === NULL) return null;
  const at = kernel.layout('autogroup', AUTOGROUP);
  const own = mem.ptr(mem.ptr(group, at.group), kernel.layout('task_group', GROUP).autogroup);
  return own === NULL ? null : { id: wide(mem.u64(group, at.id)), nice: mem.i32(group, at.nice) };
}

function ioPriority(kernel: Kernel, context: Kva): number {
  return context === NULL ? 0 : kernel.mem.u16(context, kernel.layout('io_context', IO).priority);
}
