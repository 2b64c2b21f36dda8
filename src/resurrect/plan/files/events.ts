// eventfd, timerfd, signalfd (fs/{eventfd,timerfd,signalfd}.c).

import type { EventfdDetail, SignalfdDetail, TimerfdDetail } from '../../../snapshot/descriptor.js';
import { time } from '../numbers.js';
import type { Planning } from '../planning.js';

export function planEventfd({ tables }: Planning, { address, count, semaphore }: EventfdDetail): number {
  return tables.eventfd.ref(address, () => ({ count: BigInt(count), semaphore: semaphore ? 1 : 0 }));
}

export function planTimerfd({ tables }: Planning, detail: TimerfdDetail): number {
  const { address, clock, ticks, settimeFlags, remaining, expires, interval } = detail;
  // One that has fired for good keeps its time: that it does not run is what counts.
  const runs = BigInt(remaining) !== 0n || BigInt(interval) !== 0n;
  return tables.timerfd.ref(address, () => ({
    clock,
    flags: settimeFlags,
    ticks: BigInt(ticks),
    remaining: BigInt(remaining),
    expires: runs ? time(expires) : 0n,
    interval: time(interval),
  }));
}

export function planSignalfd({ tables }: Planning, { address, mask }: SignalfdDetail): number {
  return tables.signalfd.ref(address, () => ({ mask: BigInt(mask) }));
}
