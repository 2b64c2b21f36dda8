// Holds a plan to the catalogue of invariants, without a dump.

import type { Decoded } from '../abi/decode.js';
import type { Plan } from '../abi/plan.js';
import { INVARIANTS } from './catalogue.js';
import type { Finding, Invariant } from './invariant.js';
import { Subject } from './subject.js';

/** In the order of the catalogue. The plan has been decoded: its structure and references hold. */
export function checkPlan(plan: Plan): Finding[] {
  return findingsIn(new Subject(plan));
}

/** Of a plan that is as it was decoded. */
export function checkDecoded({ plan, withoutNul }: Decoded): Finding[] {
  return findingsIn(new Subject(plan, withoutNul));
}

function findingsIn(subject: Subject): Finding[] {
  return INVARIANTS.flatMap((invariant) => findingsOf(invariant, subject));
}

function findingsOf({ name, severity, executor, find }: Invariant, subject: Subject): Finding[] {
  const found: Finding[] = [];
  find(subject, (object, reason) => found.push({ invariant: name, severity, object, reason, executor }));
  return found;
}
