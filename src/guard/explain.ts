// What came of each process of a resurrection, by its plan and journal.

import { InputError } from '../base/error.js';
import { decodePlan } from '../resurrect/abi/decode.js';
import type { Plan } from '../resurrect/abi/plan.js';
import { VERDICT } from '../resurrect/abi/records/processes.js';
import { type Explanation, explainJournal } from '../resurrect/journal/explain.js';
import { decodeJournal } from '../resurrect/journal/journal-file.js';
import type { Resurrection } from './resurrection.js';

export interface Explained {
  readonly plan: Plan;
  /** Null where there is no journal, or it is damaged or of another plan. */
  readonly journal: Explanation | null;
  /** Every process that was to go on does. One that needs its crash procedure may not. */
  readonly allGoOn: boolean;
}

/** Null where there was no plan, or none that can be read. */
export function explainResurrection({ outcome, plan: bytes, journal }: Resurrection): Explained | null {
  if (bytes === null) return null;
  const plan = inputOr(null, () => decodePlan(bytes, 'the plan'));
  if (plan === null) return null; // the guest's own, damaged
  const explained = journal && explanation(plan, bytes, journal);
  const allGoOn =
    outcome === 'resurrected' &&
    explained !== null &&
    plan.process.every(
      ({ verdict }, index) => verdict !== VERDICT.continues || explained.processes[index]?.outcome === 'runs',
    );
  return { plan, journal: explained, allGoOn };
}

function explanation(plan: Plan, bytes: Uint8Array, journal: Uint8Array): Explanation | null {
  return inputOr(null, () => explainJournal(plan, bytes, decodeJournal(journal, 'the journal')));
}

/** What was read, or `otherwise` where it cannot be. */
function inputOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return otherwise;
    throw error;
  }
}
