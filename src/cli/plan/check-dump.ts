// The part of `ow plan check` that asks the dump.
import { openDump } from '../../parsers/dump.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import { checkAgainstDump, DUMP_INVARIANTS } from '../../resurrect/check/against-dump.js';
import type { Finding } from '../../resurrect/check/invariant.js';
import { type GlobalOptions, openOptions } from '../options.js';
import { DumpMemory } from './dump-memory.js';

/** How many invariants that are. */
export const asked = DUMP_INVARIANTS.length;

export function checkDump(plan: Plan, path: string, flags: GlobalOptions): Finding[] {
  const dump = openDump(path, openOptions(flags));
  try {
    return checkAgainstDump(plan, new DumpMemory(dump));
  } finally {
    dump.close();
  }
}
