// A queue of pending signals: struct sigpending, with its list of struct sigqueue (include/linux/signal_types.h).

import type { Kva } from '../../base/address.js';
import type { PendingSignal, PendingSignals, SignalSet } from '../../snapshot/signals.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { readSignalInfo } from './siginfo.js';
import { signalsIn } from './signal-names.js';

const PENDING = { list: 'list', set: 'signal' } as const;
const QUEUE = { node: 'list', flags: 'flags', info: 'info' } as const;
/** SIGQUEUE_PREALLOC: made with a timer, and queued at most once. */
const PREALLOCATED = 1;
/** RLIMIT_SIGPENDING's default is a share of memory; more than this was never queued. */
const MAX_QUEUED = 1 << 20;

export function readSet(kernel: Kernel, base: Kva, offset: number): SignalSet {
  return kernel.mem.u64(base, offset).toString(16).padStart(16, '0');
}

/** In the order in which they were sent; at the end those of which only a bit in the set is left. */
export function readPending(kernel: Kernel, pending: Kva): PendingSignals {
  const at = kernel.layout('sigpending', PENDING);
  const of = kernel.layout('sigqueue', QUEUE);
  const set = readSet(kernel, pending, at.set);
  const queue: PendingSignal[] = [];
  const take = (entry: Kva) => {
    const ofTimer = (kernel.mem.u32(entry, of.flags) & PREALLOCATED) !== 0;
    queue.push({ ...readSignalInfo(kernel, (entry + of.info) as Kva), ofTimer });
  };
  forEachListEntry(kernel, (pending + at.list) as Kva, of.node, take, MAX_QUEUED);
  const queued = new Set(queue.map((each) => each.signal));
  const bare = signalsIn(set).filter((signal) => !queued.has(signal));
  return { set, queue: [...queue, ...bare.map((signal) => ({ signal, info: null, ofTimer: false }))] };
}
