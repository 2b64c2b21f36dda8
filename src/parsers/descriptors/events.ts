// eventfd, timerfd and signalfd: struct eventfd_ctx, timerfd_ctx, signalfd_ctx (fs/eventfd.c, timerfd.c, signalfd.c).

import type { EventfdDetail, SignalfdDetail, TimerfdDetail } from '../../snapshot/descriptor.js';
import { wide } from '../../snapshot/number.js';
import type { Clock } from '../../snapshot/system.js';
import { hasText } from '../kernel/rodata.js';
import type { Trait } from '../kernel/trait.js';
import { hex64, type Opened, privateData } from './open-object.js';

const EVENTFD = { count: 'count', flags: 'flags', id: 'id' } as const;
const TIMERFD = {
  timer: 't.tmr.node.expires',
  alarm: 't.alarm.node.expires',
  interval: 'tintv',
  ticks: 'ticks',
  clock: 'clockid',
  flags: 'settime_flags',
} as const;
const SIGNALFD = { mask: 'sigmask' } as const;
const EFD_SEMAPHORE = 1;
const NS = 1_000_000_000n;
/** CLOCK_* of timers that wake the machine: struct alarm instead of struct hrtimer. */
const ALARMS = new Set([8, 9]);
const BOOTTIMES = new Set([7, 9]);
const CLOCK_MONOTONIC = 1;
const ALL_ONES = 2n ** 64n - 1n;

export const semaphoreShown: Trait<boolean> = {
  name: 'fdinfo of an eventfd',
  eras: [
    {
      name: 'tells semaphores',
      since: '6.5',
      commit: '33d8b5d7824c',
      evidence: 'text "eventfd-semaphore: %d"',
      probe: hasText('eventfd-semaphore: %d'),
      reader: true,
    },
    { name: 'count and id', since: '5.2', commit: null, evidence: 'none', probe: () => true, reader: false },
  ],
};

export function readEventfd(opened: Opened): EventfdDetail {
  const { mem } = opened.kernel;
  const at = opened.kernel.layout('eventfd_ctx', EVENTFD);
  const context = privateData(opened);
  return {
    kind: 'eventfd',
    address: mem.hex(context),
    count: wide(mem.u64(context, at.count)),
    id: mem.i32(context, at.id),
    semaphore: (mem.u32(context, at.flags) & EFD_SEMAPHORE) !== 0,
  };
}

export function* eventfdInfo({ count, id, semaphore }: EventfdDetail, shown: boolean): Generator<string> {
  yield `eventfd-count: ${BigInt(count).toString(16).padStart(16)}`;
  yield `eventfd-id: ${id}`;
  if (shown) yield `eventfd-semaphore: ${semaphore ? 1 : 0}`;
}

export function readTimerfd(opened: Opened): TimerfdDetail {
  const { mem } = opened.kernel;
  const at = opened.kernel.layout('timerfd_ctx', TIMERFD);
  const context = privateData(opened);
  const clock = mem.i32(context, at.clock);
  const expires = mem.i64(context, ALARMS.has(clock) ? at.alarm : at.timer);
  const left = expires - (now(opened.clock, clock) ?? expires);
  return {
    kind: 'timerfd',
    address: mem.hex(context),
    clock,
    ticks: wide(mem.u64(context, at.ticks)),
    settimeFlags: mem.u16(context, at.flags),
    expires: wide(expires),
    remaining: wide(left > 0n ? left : 0n),
    interval: wide(mem.i64(context, at.interval)),
  };
}

/** The time of death in a clock. */
function now({ monotonicNs, realtimeNs, boottimeNs }: Clock, clock: number): bigint | null {
  const time = BOOTTIMES.has(clock) ? boottimeNs : clock === CLOCK_MONOTONIC ? monotonicNs : realtimeNs;
  return time === null ? null : BigInt(time);
}

export function* timerfdInfo(detail: TimerfdDetail): Generator<string> {
  const { clock, ticks, settimeFlags, remaining, interval } = detail;
  yield `clockid: ${clock}`;
  yield `ticks: ${ticks}`;
  yield `settime flags: 0${settimeFlags.toString(8)}`;
  yield `it_value: ${seconds(BigInt(remaining))}`;
  yield `it_interval: ${seconds(BigInt(interval))}`;
}

function seconds(ns: bigint): string {
  return `(${ns / NS}, ${ns % NS})`;
}

export function readSignalfd(opened: Opened): SignalfdDetail {
  const { mem } = opened.kernel;
  const context = privateData(opened);
  // Kept inverted: the signals that it leaves alone.
  const mask = mem.u64(context, opened.kernel.layout('signalfd_ctx', SIGNALFD).mask) ^ ALL_ONES;
  return { kind: 'signalfd', address: mem.hex(context), mask: hex64(mask) };
}

export function* signalfdInfo({ mask }: SignalfdDetail): Generator<string> {
  yield `sigmask:\t${mask.slice(2).padStart(16, '0')}`;
}
