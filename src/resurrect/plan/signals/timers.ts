// setitimer(2)'s and timer_create(2)'s timers, with what remains of them at death.

import type { IntervalTimer, PosixTimer, ProcessTimers } from '../../../snapshot/timers.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import {
  INTERVAL_KIND,
  type IntervalTimer as PlannedInterval,
  type PosixTimer as PlannedPosix,
  TIMER_FLAG,
  TIMER_NOTIFY,
  type TimerNotify,
} from '../../abi/records/signals.js';
import { big, time } from '../numbers.js';
import type { Planning } from '../planning.js';

interface Timers {
  readonly intervalTimers: readonly PlannedInterval[];
  readonly posixTimers: readonly PlannedPosix[];
}

/** `process`: index of their owner. */
export function plannedTimers(planning: Planning, timers: ProcessTimers | null, process: number): Timers {
  if (timers === null) return { intervalTimers: [], posixTimers: [] };
  const refuse = (what: string): void => {
    const reason = `process ${timers.pid}: ${what}`;
    planning.refusals.add('timers', {
      reason,
      kind: REFUSED_KIND.process,
      object: process,
      processes: [process],
    });
  };
  for (const { which, next } of timers.interval) {
    if (next.remaining === null) refuse(`what remains of its ${which} interval timer is not known`);
  }
  for (const { id, next, notify } of timers.posix) {
    if (next !== null && next.remaining === null) refuse(`what remains of timer ${id} is not known`);
    if (notify === '?') refuse(`what timer ${id} does at its end is not known`);
  }
  return { intervalTimers: timers.interval.map(interval), posixTimers: timers.posix.map(posix) };
}

function interval({ which, next, interval }: IntervalTimer): PlannedInterval {
  return { which: INTERVAL_KIND[which], remaining: big(next.remaining ?? 0), interval: time(interval) };
}

function posix(timer: PosixTimer): PlannedPosix {
  const armed = timer.next !== null ? TIMER_FLAG.armed : 0;
  const pending = timer.signalPending ? TIMER_FLAG.signal_pending : 0;
  return {
    id: timer.id,
    clock: timer.clock,
    notify: notifyOf(timer),
    signal: timer.signal,
    target: timer.target,
    flags: armed | pending,
    value: big(timer.value),
    remaining: big(timer.next?.remaining ?? 0),
    interval: time(timer.interval),
    overrun: big(timer.overrun),
  };
}

function notifyOf({ notify, toThread }: PosixTimer): TimerNotify {
  if (notify === '?') return TIMER_NOTIFY.none;
  return toThread ? TIMER_NOTIFY.thread_id : TIMER_NOTIFY[notify];
}
