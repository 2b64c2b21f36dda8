// The time of death. The timekeeper was brought up to date at the last tick; the cycles that the clock source counted
// since then were in the hardware. A dying kernel's last messages are later than its last tick (panic stops interrupts
// first), so they bring the time forward: printk's clock runs with CLOCK_MONOTONIC, a few milliseconds apart.

import { wide } from '../../snapshot/number.js';
import type { Clock, LogRecord } from '../../snapshot/system.js';
import type { Kernel } from '../kernel/kernel.js';
import { timekeeper } from './timekeeper.js';

const KEEPER = {
  base: 'tkr_mono.base',
  fraction: 'tkr_mono.xtime_nsec',
  shift: 'tkr_mono.shift',
  seconds: 'xtime_sec',
  toBoot: 'offs_boot',
} as const;
const NS = 1_000_000_000n;
const MAX_SHIFT = 32;
/** Messages further ahead than this are not of the moment of death. */
const MAX_AHEAD = 60n * NS;
/** 10000-01-01, where ISO 8601 needs a fifth digit. */
const END_OF_TIME = 253_402_300_800n * NS;

interface Reading {
  readonly monotonic: bigint;
  readonly realtime: bigint;
  readonly boottime: bigint;
}

function lastTick(kernel: Kernel): Reading {
  const { mem } = kernel;
  const keeper = kernel.trait(timekeeper)(kernel);
  const at = kernel.layout('timekeeper', KEEPER);
  const shift = mem.u32(keeper, at.shift);
  if (shift > MAX_SHIFT) throw mem.fault('corrupt', `clock source shift of ${shift}`, keeper, at.shift);
  const fraction = mem.u64(keeper, at.fraction) >> BigInt(shift);
  const monotonic = mem.i64(keeper, at.base) + fraction;
  const realtime = mem.u64(keeper, at.seconds) * NS + fraction;
  return { monotonic, realtime, boottime: monotonic + mem.i64(keeper, at.toBoot) };
}

/** How far the log goes beyond the last tick. */
function sinceTick(tick: Reading, log: readonly LogRecord[]): bigint {
  const last = log.at(-1);
  const ahead = last === undefined ? 0n : BigInt(last.timestamp) - tick.monotonic;
  return ahead > 0n && ahead < MAX_AHEAD ? ahead : 0n;
}

/** `2026-11-22T12:40:23.123456Z`. */
export function isoTime(ns: bigint): string | null {
  if (ns < 0n || ns >= END_OF_TIME) return null;
  const second = new Date(Number(ns / NS) * 1000).toISOString().slice(0, 19);
  return `${second}.${String((ns % NS) / 1000n).padStart(6, '0')}Z`;
}

export function readClock(kernel: Kernel, log: readonly LogRecord[]): Clock {
  const tick = lastTick(kernel);
  const ahead = sinceTick(tick, log);
  return {
    uptime: Number(tick.boottime + ahead) / Number(NS),
    wall: isoTime(tick.realtime + ahead),
    realtimeNs: wide(tick.realtime + ahead),
    monotonicNs: wide(tick.monotonic + ahead),
    boottimeNs: wide(tick.boottime + ahead),
  };
}
