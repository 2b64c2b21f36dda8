// CPU time of processes and threads: the clocks of CPU timers. Mirrors thread_group_sample_cputime() and
// task_sample_cputime() in kernel/time/posix-cpu-timers.c, thread_group_cputime() in kernel/sched/cputime.c.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachThread } from './threads.js';

const TASK = { utime: 'utime', stime: 'stime', runTime: 'se.sum_exec_runtime' } as const;
const SIGNAL = {
  utime: 'utime',
  stime: 'stime',
  runTime: 'sum_sched_runtime',
  active: 'posix_cputimers.timers_active',
  atomicUser: 'cputimer.cputime_atomic.utime',
  atomicSystem: 'cputimer.cputime_atomic.stime',
  atomicRunTime: 'cputimer.cputime_atomic.sum_exec_runtime',
} as const;

/** Nanoseconds; `runTime` is the scheduler's, the other two are counted by ticks. */
export interface CpuTime {
  readonly user: bigint;
  readonly system: bigint;
  readonly runTime: bigint;
}

/** CPUCLOCK_PROF, CPUCLOCK_VIRT, CPUCLOCK_SCHED. */
export type CpuClock = 0 | 1 | 2;

export function sample(time: CpuTime, clock: CpuClock): bigint {
  if (clock === 2) return time.runTime;
  return clock === 1 ? time.user : time.user + time.system;
}

export function threadTime(kernel: Kernel, task: Kva): CpuTime {
  const at = kernel.layout('task_struct', TASK);
  const [user, system, runTime] = [at.utime, at.stime, at.runTime].map((offset) =>
    kernel.mem.u64(task, offset),
  ) as [bigint, bigint, bigint];
  return { user, system, runTime };
}

/** While timers run, from the sums that each tick updates; else of the threads, dead and alive. */
export function processTime(kernel: Kernel, signal: Kva): CpuTime {
  const at = kernel.layout('signal_struct', SIGNAL);
  const { mem } = kernel;
  if (mem.u8(signal, at.active) !== 0) {
    return {
      user: mem.u64(signal, at.atomicUser),
      system: mem.u64(signal, at.atomicSystem),
      runTime: mem.u64(signal, at.atomicRunTime),
    };
  }
  const sum = {
    user: mem.u64(signal, at.utime),
    system: mem.u64(signal, at.stime),
    runTime: mem.u64(signal, at.runTime),
  };
  forEachThread(kernel, signal, (thread) => {
    const own = threadTime(kernel, thread);
    sum.user += own.user;
    sum.system += own.system;
    sum.runTime += own.runTime;
  });
  return sum;
}
