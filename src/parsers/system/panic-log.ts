// What the log says of the end: the line of panic(), and what had gone wrong before it.

import type { LogRecord } from '../../snapshot/system.js';

const PANIC = 'Kernel panic - not syncing: ';

/** First lines of what ends in a panic; an oops begins with the earliest of them that belongs to it. */
const CAUSES = [
  /^BUG: /,
  /^Oops: /,
  /^kernel BUG at /,
  /^Kernel BUG at /,
  /^general protection fault/,
  /^divide error/,
  /^invalid opcode/,
  /^stack segment/,
  /^traps: PANIC/,
  /^unchecked MSR access error/,
  /^watchdog: BUG/,
  /^watchdog: Watchdog detected hard LOCKUP/,
  /^NMI watchdog: /,
  /^NMI: /,
  /^mce: \[Hardware Error\]/,
  /^INFO: task .* blocked for more than/,
  /^Out of memory/,
  /^sysrq: Trigger a crash/,
];
const END_OF_OOPS = /^---\[ end (trace|Kernel panic)/;
/** Headlines further apart are of different troubles. */
const SAME_TROUBLE_NS = 2_000_000_000n;

function panicIndex(log: readonly LogRecord[]): number {
  return log.findLastIndex(({ text }) => text.startsWith(PANIC));
}

/** Without the prefix; null where the kernel did not say that it panics. */
export function panicMessage(log: readonly LogRecord[]): string | null {
  const text = log[panicIndex(log)]?.text;
  return text === undefined ? null : text.slice(PANIC.length);
}

/** The headline of the last trouble before the panic (or before the end of the log). */
export function panicCause(log: readonly LogRecord[]): string | null {
  const panic = panicIndex(log);
  let found: LogRecord | null = null;
  for (let n = (panic < 0 ? log.length : panic) - 1; n >= 0; n--) {
    const record = log[n] as LogRecord;
    const isOther = found !== null && BigInt(found.timestamp) - BigInt(record.timestamp) > SAME_TROUBLE_NS;
    if (found !== null && (isOther || END_OF_OOPS.test(record.text))) break;
    if (CAUSES.some((cause) => cause.test(record.text))) found = record;
  }
  return found && (found.text.split('\n')[0] as string);
}
