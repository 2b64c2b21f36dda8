// The validator that the crash kernel's module has (kernel/plan/), as a program under ASan and UBSan. Needs gcc: skipped
// where there is none.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { INVARIANTS } from '../../src/resurrect/check/catalogue.js';
import { samplePlan } from '../unit/helpers/sample-plan/plan.js';
import { type Draft, MUTATIONS } from '../unit/resurrect/check/mutations.js';
import { randomPlan } from './random-plan.js';
import { type Broken, RULE_MUTATIONS } from './rule-mutations.js';
import { canBuild, rules, Validator } from './validator.js';

const KEPT = join(dirname(fileURLToPath(import.meta.url)), 'kept');
/** Rules of the format: what comes behind relies on them. */
const FIRST_OF_MEANING = 32;

function broken(rule: string): Broken {
  const make = RULE_MUTATIONS[rule];
  if (make === undefined) throw new Error(`no plan breaks ${rule}`);
  return make();
}

test('every rule has a plan that breaks it', () => {
  const names = [...rules().values()];
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(RULE_MUTATIONS)).toEqual(names);
});

describe.skipIf(!canBuild())('the validator in C', () => {
  let validator: Validator;
  beforeAll(() => {
    validator = new Validator();
  }, 300_000);
  afterAll(() => validator?.close());

  test('accepts the sample plan, and the kept file of each version', () => {
    const kept = readdirSync(KEPT).map((name) => readFileSync(join(KEPT, name)));
    const plans = [encodePlan(samplePlan()), ...kept];
    expect(validator.batch(plans)).toEqual(plans.map(() => null));
  });

  test('accepts random plans for their format', () => {
    const plans = Array.from({ length: 50 }, (_, seed) => encodePlan(randomPlan(seed)));
    expect(validator.batch(plans, '--format')).toEqual(plans.map(() => null));
  });

  test('accepts a plan for the machine that it is for', () => {
    const machine = ['--release', '6.1.0-50-cloud-amd64', '--levels', '4', '--xfeatures', '3'];
    const identity = Buffer.alloc(32);
    identity.write('identity');
    const memory = ['--ram', '0-1000000', '--ram', '1000000-40000000', '--own', '20000000-28000000'];
    const options = [...machine, '--identity', identity.toString('hex'), ...memory];
    expect(validator.one(encodePlan(samplePlan()), ...options)).toBeNull();
  });

  test.each(Object.keys(RULE_MUTATIONS))('%s refuses the plan that breaks it', (rule) => {
    const { file, options } = broken(rule);
    expect(validator.one(file, ...options)?.rule).toBe(rule);
  });

  const meaning = [...rules()].filter(([number]) => number >= FIRST_OF_MEANING);
  test.each(meaning)('rule %i (%s) alone refuses that plan', (number, rule) => {
    const { file, options } = broken(rule);
    expect(validator.one(file, ...options, '--without', String(number))).toBeNull();
  });

  test('says where and what', () => {
    const { file } = broken('FRAME_RAM');
    expect(validator.one(file)).toEqual({
      rule: 'FRAME_RAM',
      section: 42,
      record: 0,
      reason: 'page_run.pfn: frames that are not in the RAM that the plan names',
    });
  });

  test.each(INVARIANTS.map(({ name, executor, severity }) => [name, executor, severity] as const))(
    'of invariant %s: %s',
    (name, executor, severity) => {
      const plan = samplePlan() as Draft<Plan>;
      MUTATIONS[name]?.(plan);
      const refused = validator.one(encodePlan(plan as Plan)) !== null;
      expect(refused).toBe(severity === 'error' && executor === 'refuses the plan');
    },
  );
});
