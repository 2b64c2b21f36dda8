// Every invariant by a plan that breaks it and no other; plans that hold.
import { expect, test } from 'vitest';
import { decode, decodePlan } from '../../../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../../../src/resurrect/abi/encode.js';
import type { Plan } from '../../../../src/resurrect/abi/plan.js';
import { INVARIANTS } from '../../../../src/resurrect/check/catalogue.js';
import { checkDecoded, checkPlan } from '../../../../src/resurrect/check/check-plan.js';
import { samplePlan } from '../../helpers/sample-plan/plan.js';
import { type Draft, MUTATIONS } from './mutations.js';

test('the sample plan holds', () => {
  expect(checkPlan(samplePlan())).toEqual([]);
});

test('names are unique, and every invariant has a mutation of its own', () => {
  const names = INVARIANTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(MUTATIONS).sort()).toEqual([...names].sort());
});

test.each(Object.entries(MUTATIONS))('%s is found by that invariant alone', (name, mutate) => {
  const plan = samplePlan() as Draft<Plan>;
  mutate(plan);
  const findings = checkPlan(plan as Plan);
  expect([...new Set(findings.map(({ invariant }) => invariant))]).toEqual([name]);
});

test.each(Object.entries(MUTATIONS))('%s can be written and read', (_, mutate) => {
  const plan = samplePlan() as Draft<Plan>;
  mutate(plan);
  const bytes = encodePlan(plan as Plan);
  const findings = checkPlan(plan as Plan);
  expect(checkPlan(decodePlan(bytes, 'mutated'))).toEqual(findings);
  expect(checkDecoded(decode(bytes, 'mutated'))).toEqual(findings);
});

test('a finding says where, why, and what the executor would do', () => {
  const plan = samplePlan() as Draft<Plan>;
  const mutate = MUTATIONS['frames-in-ram'];
  mutate?.(plan);
  expect(checkPlan(plan as Plan)).toEqual([
    {
      invariant: 'frames-in-ram',
      severity: 'error',
      object: 'mm[0].vmas[1].pages[0]',
      reason: 'is in frames 0xa0 to 0xa1, which are not RAM',
      executor: 'refuses the plan',
    },
  ]);
});
