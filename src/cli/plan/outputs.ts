// The shape of every --json output of `ow plan`; part of src/cli/schema.ts.
import type { Finding } from '../../resurrect/check/invariant.js';

export interface CheckOutput {
  /** How many invariants were asked. */
  readonly invariants: number;
  readonly errors: number;
  readonly warnings: number;
  readonly findings: readonly Finding[];
}

export interface PlanOutputs {
  readonly 'plan-check': CheckOutput;
}

export const PLAN_VERSIONS: { readonly [Name in keyof PlanOutputs]: number } = {
  'plan-check': 1,
};
