// A plan against what came after: itself, what moved on, and what went wrong.
import { expect, test } from 'vitest';
import type { Plan } from '../../../../src/resurrect/abi/plan.js';
import { holds, verifyPlan } from '../../../../src/resurrect/verify/verify-plan.js';
import { samplePlan } from '../../helpers/sample-plan/plan.js';
import { at, type Draft } from '../check/mutations.js';

function outcome(mutate: (after: Draft<Plan>) => void) {
  const after = samplePlan() as Draft<Plan>;
  mutate(after);
  const verified = verifyPlan(samplePlan(), after as Plan);
  return { outcomes: verified.map((each) => each.outcome), holds: holds(samplePlan(), verified), verified };
}

test('against itself: all as planned', () => {
  expect(outcome(() => {})).toMatchObject({
    outcomes: ['as planned', 'as planned', 'as planned'],
    holds: true,
  });
});

test('registers, offsets and new inode numbers move on', () => {
  const moved = outcome((after) => {
    const thread = at(at(after.process, 0).threads, 0);
    at(thread.registers, 0).ip += 4n;
    at(after.file, 0).position = 10n;
    at(after.pipe, 0).inode = 999n;
    for (const file of after.file) file.path = file.path.replace('pipe:[50]', 'pipe:[999]');
    after.header.kaslrOffset = 0;
  });
  expect(moved).toMatchObject({ outcomes: ['moved on', 'moved on', 'as planned'], holds: true });
});

test.each<[string, (after: Draft<Plan>) => void, string[], RegExp]>([
  [
    'another user',
    (after) => void (at(after.credentials, 0).euid = 1),
    ['differs', 'differs', 'differs'],
    /euid/,
  ],
  [
    'a descriptor lost',
    (after) => void at(after.fileTable, 0).descriptors.splice(9, 1),
    ['differs', 'as planned', 'as planned'],
    /descriptors/,
  ],
  [
    'a VMA with other rights',
    (after) => void (at(at(after.mm, 1).vmas, 1).vmFlags = 7n),
    ['as planned', 'differs', 'as planned'],
    /vmFlags/,
  ],
  [
    'another group',
    (after) => void (at(after.process, 1).pgid = 100),
    ['as planned', 'differs', 'as planned'],
    /pgid/,
  ],
  [
    'a handler lost',
    (after) => void (at(after.sighand, 0).actions = []),
    ['differs', 'as planned', 'as planned'],
    /actions/,
  ],
])('%s differs', (_, mutate, outcomes, what) => {
  const found = outcome(mutate);
  expect(found.outcomes).toEqual(outcomes);
  expect(found.holds).toBe(false);
  expect(JSON.stringify(found.verified)).toMatch(what);
});

test('a process that is gone breaks the plan; one that was to ask its crash procedure, or a zombie, may be', () => {
  const drop = (pid: number) => (after: Draft<Plan>) => {
    after.process = after.process.filter((process) => process.pid !== pid);
  };
  expect(outcome(drop(100))).toMatchObject({
    outcomes: ['gone', expect.anything(), expect.anything()],
    holds: false,
  });
  expect(outcome(drop(103))).toMatchObject({ outcomes: ['as planned', 'as planned', 'gone'], holds: true });
});
