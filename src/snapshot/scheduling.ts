// How a task is scheduled, as plain data: struct task_struct's scheduling part (include/linux/sched.h).

import type { Wide } from './number.js';

export type Policy = 'NORMAL' | 'FIFO' | 'RR' | 'BATCH' | 'IDLE' | 'DEADLINE' | 'EXT' | '?';

/** sched_setattr()'s parameters of SCHED_DEADLINE; nanoseconds. */
export interface Deadline {
  readonly runtime: Wide;
  readonly deadline: Wide;
  readonly period: Wide;
  /** SCHED_FLAG_*. */
  readonly flags: number;
}

export interface Scheduling {
  readonly policy: Policy;
  /** SCHED_RESET_ON_FORK. */
  readonly resetOnFork: boolean;
  readonly nice: number;
  /** 1 to 99 for FIFO and RR, else 0. */
  readonly rtPriority: number;
  readonly deadline: Deadline | null;
  /** CPUs and memory nodes of Cpus_allowed and Mems_allowed in /proc/PID/status. */
  readonly cpusAllowed: readonly number[];
  readonly memsAllowed: readonly number[];
  /** Nanoseconds. */
  readonly timerSlack: Wide;
  /** /proc/PID/autogroup; null where the task is in none. */
  readonly autogroup: { readonly id: Wide; readonly nice: number } | null;
  /** ioprio_get(): class in bits 13 and up (1 real time, 2 best effort, 3 idle), level below; 0 where none was set. */
  readonly ioPriority: number;
  /** /proc/PID/schedstat: nanoseconds on a CPU, nanoseconds waiting for one, number of times put on one. */
  readonly runTime: Wide;
  readonly runDelay: Wide;
  readonly timesRun: Wide;
  readonly voluntarySwitches: Wide;
  readonly involuntarySwitches: Wide;
}
