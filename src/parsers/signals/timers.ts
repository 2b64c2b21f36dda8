// The timers of a process. Mirrors do_getitimer() in kernel/time/itimer.c, and kernel/time/posix-timers.c.

import { type Kva, NULL } from '../../base/address.js';
import { wide } from '../../snapshot/number.js';
import type { IntervalTimer, PosixTimer, ProcessTimers } from '../../snapshot/timers.js';
import type { Kernel } from '../kernel/kernel.js';
import { TASK } from '../tasks/layout.js';
import { type CpuClock, type CpuTime, processTime, sample } from './cpu-time.js';
import { expiryOf, isQueued, type Now } from './hrtimer.js';
import { readPosixTimer } from './posix-timer.js';
import { timerList } from './posix-timer-eras.js';

const SIGNAL = { real: 'real_timer', realInterval: 'it_real_incr', cpu: 'it' } as const;
const CPU_TIMER = { expires: 'expires', interval: 'incr' } as const;
const TIMER = { signal: 'it_signal' } as const;
/** signal_struct.it[]: CPUCLOCK_PROF first, CPUCLOCK_VIRT second. */
const CPU_TIMERS = ['prof', 'virtual'] as const;

/** `now` is CLOCK_MONOTONIC at death. */
export function readTimers(kernel: Kernel, task: Kva, now: Now): ProcessTimers {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const pid = mem.u32(task, at.tgid);
  const signal = mem.ptr(task, at.signal);
  if (signal === NULL) return { pid, interval: [], posix: [], cpuTime: NO_TIME };
  const process = processTime(kernel, signal);
  const interval = faults.guard('interval timers', () => intervalTimers(kernel, signal, process, now), []);
  const { user, system, runTime } = process;
  return {
    pid,
    interval,
    posix: posixTimers(kernel, signal, process, now),
    cpuTime: { user: wide(user), system: wide(system), total: wide(runTime) },
  };
}

const NO_TIME = { user: 0, system: 0, total: 0 };

function intervalTimers(kernel: Kernel, signal: Kva, process: CpuTime, now: Now): IntervalTimer[] {
  const { mem } = kernel;
  const at = kernel.layout('signal_struct', SIGNAL);
  const found: IntervalTimer[] = [];
  const real = (signal + at.real) as Kva;
  if (isQueued(kernel, real)) {
    const interval = wide(mem.i64(signal, at.realInterval));
    found.push({ which: 'real', next: expiryOf(kernel, real, now), interval });
  }
  const of = kernel.layout('cpu_itimer', CPU_TIMER);
  const size = kernel.sizeOf('cpu_itimer');
  for (const [clock, which] of CPU_TIMERS.entries()) {
    const timer = (signal + at.cpu + clock * size) as Kva;
    const expires = mem.u64(timer, of.expires);
    if (expires === 0n) continue;
    const remaining = wide(expires - sample(process, clock as CpuClock));
    const interval = wide(mem.u64(timer, of.interval));
    found.push({ which, next: { expires: wide(expires), remaining }, interval });
  }
  return found;
}

/** A timer that is being made or deleted has bit 0 of it_signal set (since 6.14), and is not shown. */
function posixTimers(kernel: Kernel, signal: Kva, process: CpuTime, now: Now): PosixTimer[] {
  const found: PosixTimer[] = [];
  const owner = kernel.layout('k_itimer', TIMER).signal;
  kernel.faults.within('POSIX timers', () =>
    kernel.trait(timerList)(kernel, signal, (timer) => {
      if ((kernel.mem.u8(timer, owner) & 1) === 0)
        found.push(readPosixTimer(kernel, timer, { now, process }));
    }),
  );
  return found;
}
