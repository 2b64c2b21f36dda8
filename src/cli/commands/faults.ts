// `faults`: reads everything that an inspection can read, and lists what could not be read.

import { EXIT } from '../../base/error.js';
import type { FaultKind, FaultRecord } from '../../base/fault.js';
import { readEverything } from '../../parsers/read-everything.js';
import type { Style } from '../render/style.js';
import { plural, printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const faults: SectionRun = ({ dump }) => {
  readEverything(dump);
  const { records, count } = dump.kernel.faults;
  return {
    schema: 'faults',
    exitCode: count > 0 ? EXIT.faults : EXIT.ok,
    data: () => ({ count, records }),
    text: function* (style) {
      if (count === 0) yield 'No faults: everything that was looked at could be read.';
      else yield* summary(records);
      for (const record of records) yield line(record, style);
      if (count > records.length) yield `and ${plural(count - records.length, 'fault')} more`;
    },
  };
};

const MEANING: Record<FaultKind, string> = {
  hole: 'the image has no bytes for a physical address',
  truncated: 'the image ends before them',
  'not-mapped': 'no page-table entry leads there',
  swapped: 'the page is on a swap device, not in memory',
  'bad-pointer': 'NULL, no kernel address, or poison',
  loop: 'a list or tree leads back into itself',
  bound: 'a list or tree is longer than it can be',
  corrupt: 'a value that cannot be',
  unknown: 'this kernel has no such member, type or symbol',
};

/** How many of each kind, and what the kind means. */
function* summary(records: readonly FaultRecord[]): Generator<string> {
  const counts = new Map<FaultKind, number>();
  for (const { kind } of records) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, count] of counts)
    yield `${String(count).padStart(6)} ${kind.padEnd(11)} ${MEANING[kind]}`;
  yield '';
}

function line({ kind, space, address, detail, path }: FaultRecord, style: Style): string {
  const where = address === null ? '' : ` at ${space} ${address}`;
  return `${style.bad(kind)}${where}: ${printable(detail)}${path.length > 0 ? `  (${printable(path.join(' → '))})` : ''}`;
}
