// The shape of every --json output of `ow plan`; part of src/cli/schema.ts.
import type { Finding } from '../../resurrect/check/invariant.js';
import type { Change } from '../../resurrect/diff/diff-plans.js';
import type { Explanation } from '../../resurrect/journal/explain.js';
import type { World } from '../../resurrect/verify/choose-world.js';
import type { Verification } from '../../resurrect/verify/verify-plan.js';

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

/** What a journal of the simulation says, and the core files that were written. */
export interface SimulateOutput extends Explanation {
  readonly cores: readonly {
    readonly pid: number;
    readonly file: string;
    /** Length of the file, holes included. */
    readonly bytes: number;
    /** Path of /proc/PID/exe in the guest. */
    readonly program: string;
  }[];
}

export interface VerifyOutput extends Verification {
  /** The pid namespace in which the plan's processes were looked for. */
  readonly world: World;
  /** Release of the kernel that they run under. */
  readonly kernel: string;
}

export interface PlanOutputs {
  readonly 'plan-build': BuildOutput;
  readonly 'plan-check': CheckOutput;
  readonly 'plan-diff': readonly Change[];
  readonly 'plan-journal': Explanation;
  readonly 'plan-simulate': SimulateOutput;
  readonly 'plan-verify': VerifyOutput;
}

export const PLAN_VERSIONS: { readonly [Name in keyof PlanOutputs]: number } = {
  'plan-build': 1,
  'plan-check': 1,
  'plan-diff': 1,
  'plan-journal': 1,
  'plan-simulate': 1,
  'plan-verify': 1,
};
