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

export interface BuildOutput {
  /** File that was written; null of a dry run. */
  readonly plan: string | null;
  readonly bytes: number;
  /** In the plan's order. */
  readonly processes: readonly {
    readonly pid: number;
    readonly name: string;
    readonly verdict: string;
    /** Why it was taken, in words, and for whose sake. */
    readonly taken: string;
    readonly because: number | null;
  }[];
  readonly refusals: readonly {
    readonly resource: string;
    readonly severity: string;
    readonly reason: string;
    /** PIDs that it concerns. */
    readonly processes: readonly number[];
  }[];
  /** What pages of processes and of shared memory take, bytes: in frames, on swap, zero. */
  readonly memory: { readonly frames: number; readonly swap: number; readonly zero: number };
  readonly steps: number;
}

export interface PlanOutputs {
  readonly 'plan-build': BuildOutput;
  readonly 'plan-check': CheckOutput;
  readonly 'plan-diff': readonly Change[];
  readonly 'plan-journal': Explanation;
}

export const PLAN_VERSIONS: { readonly [Name in keyof PlanOutputs]: number } = {
  'plan-build': 1,
  'plan-check': 1,
  'plan-diff': 1,
  'plan-journal': 1,
};
