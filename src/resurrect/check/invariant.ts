// What must hold of a plan, as data: docs/invariants.md is generated from the catalogue of these.

import type { Subject } from './subject.js';

/** `error`: the executor would refuse or fail. `warning`: it would go on, and somebody should know. */
export type FindingSeverity = 'error' | 'warning';

/** `object`: where in the plan, `mm[3].vmas[2]`. `reason`: what is wrong there, with the values. */
export type Report = (object: string, reason: string) => void;

export interface Invariant {
  /** kebab-case: what findings name it by. */
  readonly name: string;
  readonly severity: FindingSeverity;
  /** One line: what must hold, and why. */
  readonly why: string;
  /** What the resurrector would do where it does not hold. */
  readonly executor: string;
  readonly find: (subject: Subject, report: Report) => void;
}

export interface Finding {
  readonly invariant: string;
  readonly severity: FindingSeverity;
  readonly object: string;
  readonly reason: string;
  readonly executor: string;
}
