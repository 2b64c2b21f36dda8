// The clocks of the resurrected: they go on from the death, by the offsets of their time namespace.

import type { PlanHeader } from '../abi/plan.js';

export interface Clocks {
  /** Nanoseconds from the death to the second snapshot by each clock; null where one of the two is not known. */
  readonly realtime: string | null;
  readonly monotonic: string | null;
  readonly boottime: string | null;
  /**
   * None has gone back, and none has run ahead of the time that has passed: what a time-out that waits would notice.
   */
  readonly wentOn: boolean;
}

/** The real-time clock of a PC knows seconds, and the crash kernel starts from it. */
const GRAIN = 5_000_000_000n;

type Times = Pick<PlanHeader, 'panicRealtime' | 'panicMonotonic' | 'panicBoottime'>;

export function compareClocks(planned: Times, now: Times): Clocks {
  const realtime = passed(planned.panicRealtime, now.panicRealtime);
  const monotonic = passed(planned.panicMonotonic, now.panicMonotonic);
  const boottime = passed(planned.panicBoottime, now.panicBoottime);
  const text = (value: bigint | null): string | null => (value === null ? null : String(value));
  const fits = (value: bigint | null): boolean =>
    value === null || (value >= 0n && (realtime === null || value <= realtime + GRAIN));
  return {
    realtime: text(realtime),
    monotonic: text(monotonic),
    boottime: text(boottime),
    wentOn: fits(monotonic) && fits(boottime),
  };
}

/** 0: not known. */
function passed(before: bigint, after: bigint): bigint | null {
  return before === 0n || after === 0n ? null : after - before;
}
