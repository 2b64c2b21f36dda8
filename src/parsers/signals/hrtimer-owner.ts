// Whose timer is on a queue: the object around a struct hrtimer, by the function that it calls.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { pidNumber, signalPid } from '../tasks/ids.js';
import { PIDTYPE, TASK } from '../tasks/layout.js';

const SLEEPER = { timer: 'timer', task: 'task' } as const;
const SIGNAL = { timer: 'real_timer' } as const;
const POSIX = { timer: 'it.real.timer', signal: 'it_signal' } as const;

type Owner = (kernel: Kernel, timer: Kva) => number | null;

const tidOf = (kernel: Kernel, task: Kva) =>
  task === NULL ? null : kernel.mem.u32(task, kernel.layout('task_struct', TASK).pid);
const pidOf = (kernel: Kernel, signal: Kva) =>
  signal === NULL ? null : pidNumber(kernel, signalPid(kernel, signal, PIDTYPE.tgid));

const OWNERS: Readonly<Record<string, Owner>> = {
  // Sleepers: nanosleep, poll, futex, epoll_wait with a timeout.
  hrtimer_wakeup: (kernel, timer) => {
    const at = kernel.layout('hrtimer_sleeper', SLEEPER);
    return tidOf(kernel, kernel.mem.ptr((timer - at.timer) as Kva, at.task));
  },
  // setitimer(ITIMER_REAL), alarm.
  it_real_fn: (kernel, timer) => pidOf(kernel, (timer - kernel.layout('signal_struct', SIGNAL).timer) as Kva),
  posix_timer_fn: (kernel, timer) => {
    const at = kernel.layout('k_itimer', POSIX);
    return pidOf(kernel, kernel.mem.ptr((timer - at.timer) as Kva, at.signal));
  },
};

/** Null where the function tells nothing: timerfd's, the scheduler's, drivers'. */
export function timerOwner(kernel: Kernel, timer: Kva, called: string): number | null {
  return OWNERS[called]?.(kernel, timer) ?? null;
}
