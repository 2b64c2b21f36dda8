// One POSIX timer: struct k_itimer. Mirrors common_timer_get() in kernel/time/posix-timers.c, posix_cpu_timer_get() in
// posix-cpu-timers.c, alarm_timer_remaining() in alarmtimer.c, and show_timer() in fs/proc/base.c.

import { type Kva, NULL } from '../../base/address.js';
import { wide } from '../../snapshot/number.js';
import type { Expiry, PosixTimer } from '../../snapshot/timers.js';
import type { Kernel } from '../kernel/kernel.js';
import { pidNumber } from '../tasks/ids.js';
import { PID, TASK } from '../tasks/layout.js';
import { type CpuClock, type CpuTime, sample, threadTime } from './cpu-time.js';
import { expiryOf, type Now } from './hrtimer.js';
import { timerSignal, timerState } from './posix-timer-eras.js';

const TIMER = {
  id: 'it_id',
  clock: 'it_clock',
  notify: 'it_sigev_notify',
  interval: 'it_interval',
  overrun: 'it_overrun',
  overrunLast: 'it_overrun_last',
  target: 'it_pid',
  real: 'it.real.timer',
  cpuExpires: 'it.cpu.node.expires',
  cpuPid: 'it.cpu.pid?',
  alarmExpires: 'it.alarm.alarmtimer.node.expires?',
  alarmTimer: 'it.alarm.alarmtimer.timer?',
} as const;
const INFO = { signal: 'si_signo', value: '_sifields._rt._sigval' } as const;
/** SIGEV_THREAD_ID, a flag beside SIGEV_SIGNAL, NONE and THREAD. */
const THREAD_ID = 4;
const NOTIFY = ['signal', 'none', 'thread'] as const;
/** CLOCK_REALTIME_ALARM and CLOCK_BOOTTIME_ALARM. */
const ALARMS: readonly number[] = [8, 9];
/** Of a clockid_t of CPU time: CPUCLOCK_CLOCK_MASK, CPUCLOCK_PERTHREAD_MASK. */
const CPU_CLOCK = { which: 3, perThread: 4 } as const;

export interface Clocks {
  readonly now: Now;
  readonly process: CpuTime;
}

export function readPosixTimer(kernel: Kernel, timer: Kva, clocks: Clocks): PosixTimer {
  const { mem } = kernel;
  const at = kernel.layout('k_itimer', TIMER);
  const clock = mem.i32(timer, at.clock);
  const notify = mem.u32(timer, at.notify);
  const isCpu = clock < 0;
  return {
    id: mem.i32(timer, at.id),
    clock,
    ...signalOf(kernel, timer),
    notify: NOTIFY[notify & ~THREAD_ID] ?? '?',
    toThread: (notify & THREAD_ID) !== 0,
    target: pidNumber(kernel, mem.ptr(timer, at.target)),
    ...(isCpu ? cpuState(kernel, timer, clock, clocks) : realState(kernel, timer, clocks.now)),
    interval: wide(mem.i64(timer, at.interval)),
    overrun: wide(mem.i64(timer, at.overrun)),
    overrunLast: wide(mem.i64(timer, at.overrunLast)),
    address: mem.hex(timer),
  };
}

function signalOf(kernel: Kernel, timer: Kva): Pick<PosixTimer, 'signal' | 'value'> {
  const info = kernel.trait(timerSignal)(kernel, timer);
  if (info === NULL) return { signal: 0, value: '0x0' };
  const at = kernel.layout('kernel_siginfo', INFO);
  const value = kernel.mem.u64(info, at.value).toString(16);
  return { signal: kernel.mem.i32(info, at.signal), value: `0x${value}` };
}

type State = Pick<PosixTimer, 'cpuClockOf' | 'next' | 'signalPending'>;

/** One that tells nobody is on no queue: it only has an expiry, which timer_gettime() looks at. */
function realState(kernel: Kernel, timer: Kva, now: Now): State {
  const { mem } = kernel;
  const at = kernel.layout('k_itimer', TIMER);
  const clock = mem.i32(timer, at.clock);
  const { armed, signalPending } = kernel.trait(timerState)(kernel, timer);
  const isAlarm = ALARMS.includes(clock) && at.alarmTimer !== undefined;
  const hrtimer = (timer + (isAlarm ? (at.alarmTimer as number) : at.real)) as Kva;
  const tellsNobody = NOTIFY[mem.u32(timer, at.notify) & ~THREAD_ID] === 'none';
  const expiry = expiryOf(kernel, hrtimer, now);
  const runs = armed || signalPending || (tellsNobody && expiry.expires !== 0);
  return { cpuClockOf: null, next: runs ? expiry : null, signalPending };
}

/** A CPU timer that is not armed has no expiry. */
function cpuState(kernel: Kernel, timer: Kva, clock: number, clocks: Clocks): State {
  const { mem } = kernel;
  const at = kernel.layout('k_itimer', TIMER);
  const expires = mem.u64(timer, at.cpuExpires);
  const pid = at.cpuPid === undefined ? NULL : mem.ptr(timer, at.cpuPid);
  const { signalPending } = kernel.trait(timerState)(kernel, timer);
  const next = expires === 0n ? null : cpuExpiry(kernel, clock, expires, pid, clocks.process);
  return { cpuClockOf: pidNumber(kernel, pid), next, signalPending };
}

/** `own` is of the process that has the timer; a timer may watch another one, which is not looked at. */
function cpuExpiry(kernel: Kernel, clock: number, expires: bigint, pid: Kva, own: CpuTime): Expiry {
  const which = clock & CPU_CLOCK.which;
  if (which > 2) return { expires: wide(expires), remaining: null };
  const thread = (clock & CPU_CLOCK.perThread) === 0 ? NULL : threadOf(kernel, pid);
  const time = thread === NULL ? own : threadTime(kernel, thread);
  return { expires: wide(expires), remaining: wide(expires - sample(time, which as CpuClock)) };
}

/** pid_task(pid, PIDTYPE_PID). */
function threadOf(kernel: Kernel, pid: Kva): Kva {
  const link = pid === NULL ? NULL : kernel.mem.ptr(pid, kernel.layout('pid', PID).tasks);
  return link === NULL ? NULL : ((link - kernel.layout('task_struct', TASK).pidLinks) as Kva);
}

/** /proc/PID/timers. */
export function timersText(timers: readonly PosixTimer[]): string {
  return timers
    .map((each) => {
      const value = BigInt(each.value).toString(16).padStart(16, '0');
      const target = `${each.toThread ? 'tid' : 'pid'}.${each.target}`;
      return `ID: ${each.id}\nsignal: ${each.signal}/${value}\nnotify: ${each.notify}/${target}\nClockID: ${each.clock}\n`;
    })
    .join('');
}
