// /proc/vmstat as the kernel prints it. Mirrors vmstat_show() of mm/vmstat.c.

import type { VmCounter } from '../../../snapshot/machine.js';

/** The last line is of a counter that was taken away (8d92890bd6b8), for programs that expect it. */
const GONE = 'nr_unstable 0';

export function* vmstatLines(counters: readonly VmCounter[]): Generator<string> {
  for (const { name, value } of counters) yield `${name} ${value}`;
  if (counters.length > 0) yield GONE;
}
