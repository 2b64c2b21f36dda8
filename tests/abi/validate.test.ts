// The validator that the crash kernel's module has (kernel/plan/), as a program under ASan and UBSan. Needs gcc: skipped
// where there is none.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { upgraded } from '../../src/resurrect/abi/upgrade.js';
import { INVARIANTS } from '../../src/resurrect/check/catalogue.js';
import { samplePlan } from '../unit/helpers/sample-plan/plan.js';
import { type Draft, MUTATIONS } from '../unit/resurrect/check/mutations.js';
import { coreMemory, DEATHS, digestOf, keptFile, OWN_PAGES, VMCOREINFO } from './deaths.js';
import { Random } from './random.js';
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

  test('accepts the sample plan, and the kept file of each version, brought up to date', () => {
    const kept = readdirSync(KEPT).map((name) => upgraded(readFileSync(join(KEPT, name)), name));
    const plans = [encodePlan(samplePlan()), ...kept];
    expect(validator.batch(plans)).toEqual(plans.map(() => null));
  });

  test('accepts random plans for their format', () => {
    const plans = Array.from({ length: 50 }, (_, seed) => encodePlan(randomPlan(seed)));
    expect(validator.batch(plans, '--format')).toEqual(plans.map(() => null));
  });

  describe('the machine that a plan is for', () => {
    const plan = samplePlan() as Draft<Plan>;
    plan.header.identity = digestOf(OWN_PAGES);
    const file = encodePlan(plan as Plan);
    const own = ['--own', '20000000-28000000'];

    test('is known by what it is told of', () => {
      const machine = ['--release', '6.1.0-50-cloud-amd64', '--levels', '4', '--xfeatures', '3'];
      const memory = ['--ram', '0-1000000', '--ram', '1000000-40000000', ...own];
      expect(validator.one(file, ...machine, ...memory, '--old', DEATHS.own)).toBeNull();
    });

    test('is known by its core header, and the pages of its identity', () => {
      expect(validator.one(file, '--core', DEATHS.core, ...own, '--old', DEATHS.own)).toBeNull();
      const verdict = validator.one(file, '--core', DEATHS.core, ...own, '--old', DEATHS.other);
      expect(verdict).toMatchObject({
        rule: 'IDENTITY_OTHER',
        reason: 'identity: the plan is for another machine, or another death',
      });
    });

    test('is not one where these pages are no memory', () => {
      const missing = keptFile('half', OWN_PAGES.subarray(0, OWN_PAGES.length / 2));
      expect(validator.one(file, '--old', missing)).toMatchObject({ rule: 'IDENTITY_PAGES', record: 1 });
    });

    test.each([
      ['OSRELEASE=6.1.0-50-cloud-amd64', 'OSRELEASE=6.1.0-50', 'RELEASE_OTHER'],
      [/BUILD-ID=../, 'BUILD-ID=00', 'BUILD_OTHER'],
      ['KERNELOFFSET=10000000', 'KERNELOFFSET=1', 'PLACE_OTHER'],
      // What is not told, or is no number, is not compared: the digest of the pages is.
      [/BUILD-ID=../, 'BUILD-ID=xy', null],
      ['KERNELOFFSET=10000000\n', 'KERNELOFFSET=12345678901234567\n', null],
      ['OSRELEASE=', `OSRELEASE=${'long'.repeat(20)}`, null],
    ])('%s told as %s: %s', (from, to, rule) => {
      const core = keptFile('told', coreMemory(VMCOREINFO.replace(from, to)));
      expect(validator.one(file, '--core', core, ...own, '--old', DEATHS.own)?.rule ?? null).toBe(rule);
    });

    test('has the vDSO that the programs have mapped; a plan that does not know theirs is taken', () => {
      expect(validator.one(file, '--vdso', 'd5'.repeat(20))).toBeNull();
      expect(validator.one(file, '--vdso', '00'.repeat(20))).toMatchObject({
        rule: 'VDSO_OTHER',
        reason:
          "vdso_image.build_id: not this kernel's vDSO, whose addresses programs know: arm the same build",
      });
      const unknown = encodePlan({ ...(plan as Plan), vdsoImage: [] });
      expect(validator.one(unknown, '--vdso', '00'.repeat(20))).toBeNull();
    });

    test('has no more memory than its core header says', () => {
      const less = coreMemory(VMCOREINFO);
      // The third segment that is memory ends before the frames of the heap.
      less.writeBigUInt64LE(0x200_0000n, 64 + 4 * 56 + 40);
      less.writeBigUInt64LE(0x10_0000n, 64 + 2 * 56 + 40);
      expect(validator.one(file, '--core', keptFile('less', less), ...own)?.rule).toBe('FRAME_MACHINE');
    });

    test('is told by notes that are damaged without harm', () => {
      const whole = coreMemory(VMCOREINFO);
      const random = new Random(7);
      for (let round = 0; round < 100; round++) {
        const memory = Buffer.from(whole);
        const [from, to] = random.pick([
          [64, 64 + 6 * 56],
          [0x1000, memory.length],
        ] as const);
        for (let change = 0; change < 3; change++) memory[from + random.below(to - from)] = random.below(256);
        // ASan and UBSan end the program where it reads outside.
        validator.one(file, '--core', keptFile('damaged', memory), ...own);
      }
    });
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

  test('a name may be any bytes', () => {
    const plan = samplePlan() as Draft<Plan>;
    const [process] = plan.process;
    const [thread] = process?.threads ?? [];
    if (process === undefined || thread === undefined) throw new Error('the sample has nobody');
    process.name = '\udcff\udcfe';
    thread.comm = 'é\udcc3';
    expect(validator.one(encodePlan(plan as Plan))).toBeNull();
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
