// Timers for people.
import { signalName } from '../../parsers/signals/signal-names.js';
import type { Wide } from '../../snapshot/number.js';
import type { Expiry, IntervalTimer, PosixTimer } from '../../snapshot/timers.js';
import { duration } from './units.js';

const CLOCKS: Readonly<Record<number, string>> = {
  0: 'CLOCK_REALTIME',
  1: 'CLOCK_MONOTONIC',
  2: 'CLOCK_PROCESS_CPUTIME_ID',
  3: 'CLOCK_THREAD_CPUTIME_ID',
  4: 'CLOCK_MONOTONIC_RAW',
  5: 'CLOCK_REALTIME_COARSE',
  6: 'CLOCK_MONOTONIC_COARSE',
  7: 'CLOCK_BOOTTIME',
  8: 'CLOCK_REALTIME_ALARM',
  9: 'CLOCK_BOOTTIME_ALARM',
  11: 'CLOCK_TAI',
};
const CPU_CLOCKS = ['user and system time', 'user time', 'CPU time', 'descriptor'] as const;
const NS = 1_000_000_000;

export function clockName(clock: number): string {
  return CLOCKS[clock] ?? (clock < 0 ? (CPU_CLOCKS[clock & 3] as string) : `clock ${clock}`);
}

/** `1.5 s`, `3 days 2:04:11`, `250 ms`. */
export function nanoseconds(ns: Wide): string {
  const seconds = Number(ns) / NS;
  if (Math.abs(seconds) >= 1) return duration(seconds);
  if (Math.abs(seconds) >= 1e-3) return `${(seconds * 1e3).toFixed(1)} ms`;
  return `${(seconds * 1e6).toFixed(1)} us`;
}

export function expiryText({ expires, remaining }: Expiry): string {
  if (remaining === null) return `at ${expires} ns`;
  return Number(remaining) < 0
    ? `overdue by ${nanoseconds(-Number(remaining))}`
    : `in ${nanoseconds(remaining)}`;
}

function repeatText(interval: Wide): string {
  return Number(interval) === 0 ? 'once' : `then every ${nanoseconds(interval)}`;
}

export function intervalTimerText({ next, interval }: IntervalTimer): string {
  return `${expiryText(next)}, ${repeatText(interval)}`;
}

export function posixTimerText(timer: PosixTimer): string {
  const { next, interval, signalPending, overrunLast, notify, toThread, target, cpuClockOf } = timer;
  const whose = cpuClockOf === null ? '' : ` of ${cpuClockOf}`;
  const when = next === null ? 'not armed' : `${expiryText(next)}, ${repeatText(interval)}`;
  const to = `${toThread ? 'thread' : 'process'} ${target}`;
  const tells = notify === 'none' ? 'tells nobody' : `${signalName(timer.signal)} ${timer.value} to ${to}`;
  const waits = signalPending ? ', its signal waits' : '';
  const overrun = Number(overrunLast) > 0 ? `, overrun ${overrunLast}` : '';
  return `${clockName(timer.clock)}${whose} ${when}; ${tells}${waits}${overrun}`;
}
