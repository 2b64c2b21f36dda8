// High-resolution timers: one struct hrtimer, and the queues of all CPUs. Mirrors kernel/time/hrtimer.c and
// kernel/time/timer_list.c.

import { type Kva, NULL } from '../../base/address.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { Expiry, QueuedTimer } from '../../snapshot/timers.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { forEachRbEntry } from '../walks/rbtree.js';
import { timerOwner } from './hrtimer-owner.js';

const TIMER = { node: 'node.node', expires: 'node.expires', soft: '_softexpires', base: 'base' } as const;
const FUNCTION = { function: 'function' } as const;
const BASE = { clock: 'clockid', offset: 'offset', active: 'active', index: 'index' } as const;
const CPU_BASE = { bases: 'clock_base' } as const;
const QUEUED = { queued: 'is_queued' } as const;
const STATE = { state: 'state' } as const;
/** HRTIMER_STATE_ENQUEUED. */
const ENQUEUED = 1;
/** Bases from HRTIMER_BASE_MONOTONIC_SOFT on run in softirq context: the second half of the array. */
const MAX_BASES = 16;
const MAX_TIMERS = 1 << 20;

export const timerQueued: Trait<(kernel: Kernel, timer: Kva) => boolean> = {
  name: 'queued hrtimer',
  eras: [
    {
      name: 'is_queued',
      since: '7.1',
      commit: '22f011be7aaa',
      evidence: 'hrtimer.is_queued',
      probe: hasMember('hrtimer.is_queued'),
      reader: (kernel, timer) => kernel.mem.u8(timer, kernel.layout('hrtimer', QUEUED).queued) !== 0,
    },
    {
      name: 'state',
      since: '2.6.21',
      commit: null,
      evidence: 'hrtimer.state',
      probe: hasMember('hrtimer.state'),
      reader: (kernel, timer) =>
        (kernel.mem.u8(timer, kernel.layout('hrtimer', STATE).state) & ENQUEUED) !== 0,
    },
  ],
};

/** CLOCK_MONOTONIC at death, nanoseconds; null where the timekeeper could not be read. */
export type Now = bigint | null;

/** Undisturbed by whether it is queued: a timer whose signal waits keeps its last expiry. */
export function expiryOf(kernel: Kernel, timer: Kva, now: Now): Expiry {
  const at = kernel.layout('hrtimer', TIMER);
  const expires = kernel.mem.i64(timer, at.expires);
  const base = kernel.mem.ptr(timer, at.base);
  return { expires: wide(expires), remaining: remaining(kernel, base, expires, now) };
}

export function isQueued(kernel: Kernel, timer: Kva): boolean {
  return kernel.trait(timerQueued)(kernel, timer);
}

/** A queue's clock is CLOCK_MONOTONIC and its offset. */
function remaining(kernel: Kernel, base: Kva, expires: bigint, now: Now): Wide | null {
  if (now === null || base === NULL) return null;
  return wide(expires - now - kernel.mem.i64(base, kernel.layout('hrtimer_clock_base', BASE).offset));
}

/** Every queue of every CPU, in the order of /proc/timer_list. */
export function readQueuedTimers(kernel: Kernel, now: Now): QueuedTimer[] {
  const found: QueuedTimer[] = [];
  const count = Math.min(MAX_BASES, kernel.types.member('hrtimer_cpu_base.clock_base')?.count ?? 0);
  const size = kernel.sizeOf('hrtimer_clock_base');
  for (const cpu of kernel.cpus.possible()) {
    kernel.faults.guard(
      `timers of CPU ${cpu}`,
      () => {
        const bases = kernel.perCpu('hrtimer_bases', cpu) + kernel.layout('hrtimer_cpu_base', CPU_BASE).bases;
        for (let i = 0; i < count; i++) {
          readBase(kernel, (bases + i * size) as Kva, { cpu, soft: i >= count / 2 }, now, found);
        }
      },
      undefined,
    );
  }
  return found;
}

function readBase(
  kernel: Kernel,
  base: Kva,
  place: { readonly cpu: number; readonly soft: boolean },
  now: Now,
  found: QueuedTimer[],
): void {
  const { mem } = kernel;
  const at = kernel.layout('hrtimer_clock_base', BASE);
  const of = kernel.layout('hrtimer', TIMER);
  const clock = mem.i32(base, at.clock);
  const take = (timer: Kva) => {
    const expires = mem.i64(timer, of.expires);
    const called = functionOf(kernel, timer);
    found.push({
      ...place,
      clock,
      softExpires: wide(mem.i64(timer, of.soft)),
      expires: wide(expires),
      remaining: remaining(kernel, base, expires, now),
      function: called,
      tid: kernel.faults.guard('owner', () => timerOwner(kernel, timer, called), null),
      address: mem.hex(timer),
    });
  };
  forEachRbEntry(kernel, (base + at.active) as Kva, of.node, take, MAX_TIMERS);
}

function functionOf(kernel: Kernel, timer: Kva): string {
  const address = kernel.mem.ptr(timer, kernel.layout('hrtimer', FUNCTION).function);
  const symbol = kernel.symbols.nearest(address);
  return symbol?.offset === 0 ? symbol.name : kernel.mem.hex(address);
}
