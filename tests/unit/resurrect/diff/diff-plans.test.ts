// Differences by what things are: the sample plan against changes of it, and random plans against themselves.
import { describe, expect, test } from 'vitest';
import { decodePlan } from '../../../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../../../src/resurrect/abi/encode.js';
import type { Plan } from '../../../../src/resurrect/abi/plan.js';
import { OP } from '../../../../src/resurrect/abi/records/steps.js';
import { type Change, diffPlans } from '../../../../src/resurrect/diff/diff-plans.js';
import { randomPlan } from '../../../abi/random-plan.js';
import { samplePlan } from '../../helpers/sample-plan/plan.js';
import { at, type Draft, MUTATIONS } from '../check/mutations.js';

function changed(mutate: (plan: Draft<Plan>) => void): Plan {
  const plan = samplePlan() as Draft<Plan>;
  mutate(plan);
  return plan as Plan;
}

const text = ({ change, object, field, before, after }: Change) =>
  [change, object.join(' / '), field, before, after].filter((part) => part !== null).join('|');

describe('properties', () => {
  test('a plan does not differ from itself, read from its file or not', () => {
    expect(diffPlans(samplePlan(), decodePlan(encodePlan(samplePlan()), 'p'))).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5])('nor does random plan %d', (seed) => {
    expect(diffPlans(randomPlan(seed), randomPlan(seed))).toEqual([]);
  });

  /** Of lists in another order: order alone is no difference. */
  const REORDERED = ['handlers-ordered', 'stages-in-order', 'parents-made-first'];

  test.each(REORDERED)('%s: the order of a list is no difference', (name) => {
    expect(diffPlans(samplePlan(), changed(MUTATIONS[name] as (plan: Draft<Plan>) => void))).toEqual([]);
  });

  test.each(Object.entries(MUTATIONS).filter(([name]) => !REORDERED.includes(name)))(
    '%s: the same seen from the other side',
    (_, mutate) => {
      const [before, after] = [samplePlan(), changed(mutate)];
      const there = diffPlans(before, after);
      const back = diffPlans(after, before);
      expect(there.length).toBeGreaterThan(0);
      const other = { added: 'lost', lost: 'added', changed: 'changed', moved: 'moved' } as const;
      const turned = back.map((change) => ({
        ...change,
        change: other[change.change],
        ...{ before: change.after, after: change.before },
        object: change.change === 'moved' ? [] : change.object,
      }));
      const plain = there.map((change) => ({
        ...change,
        object: change.change === 'moved' ? [] : change.object,
      }));
      expect(turned.map(text).sort()).toEqual(plain.map(text).sort());
    },
  );
});

describe('what it says', () => {
  test('a changed field', () => {
    const after = changed((plan) => {
      at(at(plan.process, 0).threads, 0).comm = 'other';
    });
    expect(diffPlans(samplePlan(), after).map(text)).toEqual([
      'changed|process 100 / threads 100|comm|shell|other',
    ]);
  });

  test('the release of another kernel, as text', () => {
    const after = changed(({ header }) => {
      header.release = Buffer.from('6.1.0-51-amd64'.padEnd(64, '\0'));
    });
    expect(diffPlans(samplePlan(), after).map(text)).toEqual([
      'changed|header|release|6.1.0-50-cloud-amd64|6.1.0-51-amd64',
    ]);
  });

  test('a process that is gone, with its steps', () => {
    const after = changed((plan) => {
      plan.process.pop();
      plan.step = plan.step.filter(
        ({ op, object }) => !((op === OP.make_process || op === OP.resume) && object === 2),
      );
    });
    expect(diffPlans(samplePlan(), after).map(text)).toEqual([
      'lost|process 103',
      'lost|step tree make_process process 103',
      'lost|step resume resume process 103',
    ]);
  });

  test('a VMA that moved with its pages', () => {
    const after = changed((plan) => {
      const vma = at(at(plan.mm, 0).vmas, 3);
      const by = 0x10_0000;
      Object.assign(vma, { start: vma.start + by, end: vma.end + by });
      for (const run of vma.pages) run.address += by;
      for (const guard of vma.guards) Object.assign(guard, { start: guard.start + by, end: guard.end + by });
    });
    expect(diffPlans(samplePlan(), after).map(text)).toEqual([
      'moved|mm of 100 / vmas 0x7f0000000000|0x7f0000000000|0x7f0000100000',
    ]);
  });

  test('a descriptor that moved to another number', () => {
    const after = changed((plan) => {
      at(at(plan.fileTable, 1).descriptors, 1).fd = 9;
    });
    expect(diffPlans(samplePlan(), after).map(text)).toEqual(['moved|fileTable of 101 / descriptors 1|1|9']);
  });

  test('a file that leads elsewhere', () => {
    const after = changed((plan) => {
      at(plan.file, 3).target = 1;
      plan.pipe.push({ ...structuredClone(at(plan.pipe, 0)), inode: 51n });
    });
    expect(diffPlans(samplePlan(), after).map(text)).toEqual([
      'changed|pipe:[50] open for reading by 100|target|pipe:[50]|pipe:[51]',
      'added|pipe:[51]',
    ]);
  });
});

describe('what is passed over', () => {
  const after = changed((plan) => {
    at(plan.process, 0).userTime = 99n;
    at(at(plan.process, 0).threads, 0).nice = 5;
  });

  test.each([
    [['userTime'], ['nice']],
    [['volatile'], ['nice']],
    [['process.threads'], ['userTime']],
    [['threads.nice', 'process.userTime'], []],
    [['nic'], ['userTime', 'nice']],
  ])('%j leaves %j', (ignore, left) => {
    expect(
      diffPlans(samplePlan(), after, { ignore })
        .map(({ field }) => field)
        .sort(),
    ).toEqual([...left].sort());
  });
});
