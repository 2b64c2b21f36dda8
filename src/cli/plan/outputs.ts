// The shape of every --json output of `ow plan`; part of src/cli/schema.ts.
import type { Finding } from '../../resurrect/check/invariant.js';
import type { Change } from '../../resurrect/diff/diff-plans.js';
import type { Explanation } from '../../resurrect/journal/explain.js';

export interface CheckOutput {
  /** How many invariants were asked. */
  readonly invariants: number;
  readonly errors: number;
  readonly warnings: number;
  readonly findings: readonly Finding[];
}

export interface PlanOutputs {
  readonly 'plan-check': CheckOutput;
  readonly 'plan-diff': readonly Change[];
  readonly 'plan-journal': Explanation;
}

export const PLAN_VERSIONS: { readonly [Name in keyof PlanOutputs]: number } = {
  'plan-check': 1,
  'plan-diff': 1,
  'plan-journal': 1,
};
