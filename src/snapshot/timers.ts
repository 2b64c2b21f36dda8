// The timers of a process as plain data: interval timers (setitimer), POSIX timers (timer_create), and the kernel's
// queues of high-resolution timers (include/linux/posix-timers.h, hrtimer.h).

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

/** Nanoseconds. Negative `remaining`: it had expired, and the kernel died before it said so. */
export interface Expiry {
  /** On the timer's clock; of an interval timer that counts CPU time, in CPU time. */
  readonly expires: Wide;
  /** From the moment of death; null where the clock could not be read. */
  readonly remaining: Wide | null;
}

export interface IntervalTimer {
  readonly which: 'real' | 'virtual' | 'prof';
  readonly next: Expiry;
  /** 0: it expires once. */
  readonly interval: Wide;
}

export interface PosixTimer {
  /** timer_t. */
  readonly id: number;
  /** clockid_t; negative for the CPU time of a process or thread. */
  readonly clock: number;
  /** Thread or process whose CPU time it counts; null for other clocks. */
  readonly cpuClockOf: number | null;
  readonly signal: number;
  /** sigev_value. */
  readonly value: Hex;
  readonly notify: 'signal' | 'none' | 'thread' | '?';
  /** The signal goes to one thread (SIGEV_THREAD_ID). */
  readonly toThread: boolean;
  /** That thread, or the process. */
  readonly target: number;
  /** Null where it is not armed. */
  readonly next: Expiry | null;
  readonly interval: Wide;
  /** Expired, its signal not yet taken: it starts again when that is. */
  readonly signalPending: boolean;
  /** timer_getoverrun()'s, and what has been counted since. */
  readonly overrunLast: Wide;
  readonly overrun: Wide;
  /** struct k_itimer. */
  readonly address: Hex;
}

export interface ProcessTimers {
  readonly pid: number;
  /** Those that run. */
  readonly interval: readonly IntervalTimer[];
  /** In the order of /proc/PID/timers. */
  readonly posix: readonly PosixTimer[];
  /** CPU time used by the process, nanoseconds: the clocks that its CPU timers count against. */
  readonly cpuTime: { readonly user: Wide; readonly system: Wide; readonly total: Wide };
}

/** A timer on a CPU's queue, as /proc/timer_list shows it. */
export interface QueuedTimer {
  readonly cpu: number;
  /** clockid_t of the queue. */
  readonly clock: number;
  /** Runs in softirq context. */
  readonly soft: boolean;
  /** Earliest and latest time, nanoseconds of the queue's clock. */
  readonly softExpires: Wide;
  readonly expires: Wide;
  readonly remaining: Wide | null;
  /** Symbol of its function: `hrtimer_wakeup`, `it_real_fn`. */
  readonly function: string;
  /** Thread that sleeps by it, or whose timer it is; null where none is known. */
  readonly tid: number | null;
  readonly address: Hex;
}
