// Which script a command line is run by. Everything is in one, `program.cjs`; what needs no dump also stands in one that is
// a quarter of that, `plans.cjs`, since a run of a tenth of a second notices how long its script takes to load.

export type ScriptName = 'program' | 'plans';

/** Commands of `ow plan` that read plans only. The build leaves all other commands out of `plans.cjs` (scripts/build.mjs). */
const OF_PLANS = new Set(['check', 'diff', 'from-json', 'journal', 'show']);
/** `check` can be asked to look into the dump too. In doubt, it is the whole program. */
const DUMP = /^(-d|--dump)/;

export function scriptOf(program: string, [first, second, ...rest]: readonly string[]): ScriptName {
  const plans = program === 'ow' && first === 'plan' && OF_PLANS.has(second ?? '');
  return plans && !rest.some((word) => DUMP.test(word)) ? 'plans' : 'program';
}
