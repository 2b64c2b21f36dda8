// Signals that wait to be taken, in the order of taking.

import type { PendingSignals, PendingSignal as Queued } from '../../../snapshot/signals.js';
import type { PendingSignal } from '../../abi/records/signals.js';
import { fromDigits } from '../numbers.js';
import { siginfoBytes } from './siginfo.js';

const SIGNALS = 64;

/** The queue, and behind it those that are set and have no entry there: the kernel had no memory for one. */
export function plannedPending(pending: PendingSignals | null): PendingSignal[] {
  if (pending === null) return [];
  const queued = new Set(pending.queue.map(({ signal }) => signal));
  const set = fromDigits(pending.set);
  const bare: PendingSignal[] = [];
  for (let signal = 1; signal <= SIGNALS; signal++) {
    const waits = ((set >> BigInt(signal - 1)) & 1n) === 1n;
    if (waits && !queued.has(signal)) bare.push({ signal, ofTimer: 0, info: new Uint8Array() });
  }
  return [...pending.queue.map(planned), ...bare];
}

function planned({ signal, info, ofTimer }: Queued): PendingSignal {
  return {
    signal,
    ofTimer: ofTimer ? 1 : 0,
    info: info === null ? new Uint8Array() : siginfoBytes(signal, info),
  };
}
