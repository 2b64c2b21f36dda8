// What programs in a guest say of themselves after a resurrection, and what is known not to come back under which kernel.

import type { Suite } from './suites.js';

export interface Limit {
  /** A victim's (docs/victims.md). */
  readonly name: string;
  /** Under which kernels; none named: under all. */
  readonly suites?: readonly Suite[];
  readonly why: string;
}

/** docs/resurrection.md tells of each. Whoever mends one takes it out here and there. */
export const LIMITS: readonly Limit[] = [];

export const limitsOf = (suite: Suite, limits = LIMITS): readonly Limit[] =>
  limits.filter(({ suites }) => suites === undefined || suites.includes(suite));

export interface Verdicts {
  readonly passed: readonly string[];
  /** Failed, or nothing was heard of them: what they said, by name. */
  readonly failed: ReadonlyMap<string, string>;
}

/** `PASS name`, as editors.sh says, or `name PASS`, as the victims do. */
const VERDICT = /^(?:(PASS|FAIL|LOST) (\S+)|(\S+) +(PASS|FAIL|LOST)\b)/;

/** `said`: the lines of what was run in the world of the resurrected. */
export function verdictsOf(said: readonly string[]): Verdicts {
  const passed: string[] = [];
  const failed = new Map<string, string>();
  for (const line of said) {
    const [, before, after, name = after, verdict = before] = VERDICT.exec(line) ?? [];
    if (name === undefined) continue;
    if (verdict === 'PASS') passed.push(name);
    else failed.set(name, line.replaceAll(/ +/g, ' '));
  }
  return { passed, failed };
}

/** Those that failed though nothing of them is known not to come back. */
export function unexpected(suite: Suite, { failed }: Verdicts, limits = LIMITS): string[] {
  const known = limitsOf(suite, limits).map(({ name }) => name);
  return [...failed].filter(([name]) => !known.includes(name)).map(([, line]) => line);
}
