// The C validator under libFuzzer, with ASan and UBSan, for a number of runs: it starts from plans of all kinds, changes fields
// of their records, and corrects the checksums. Needs clang with libFuzzer's library: skipped where there is none.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { randomPlan } from '../abi/random-plan.js';
import { RULE_MUTATIONS } from '../abi/rule-mutations.js';
import { canFuzz, Validator } from '../abi/validator.js';
import { samplePlan } from '../unit/helpers/sample-plan/plan.js';

const RUNS = 50_000;

describe.skipIf(!canFuzz())('libFuzzer', () => {
  let validator: Validator;
  let folder: string;
  beforeAll(() => {
    validator = new Validator('fuzz-validate');
    folder = mkdtempSync(join(tmpdir(), 'ow-fuzz-'));
    mkdirSync(join(folder, 'plans'));
    const add = (name: string, file: Uint8Array) => writeFileSync(join(folder, 'plans', name), file);
    add('sample', encodePlan(samplePlan()));
    for (let seed = 0; seed < 5; seed++) add(`random-${seed}`, encodePlan(randomPlan(seed, 'small')));
    for (const [rule, broken] of Object.entries(RULE_MUTATIONS)) add(rule, broken().file);
  }, 300_000);
  afterAll(() => {
    validator?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test(`finds nothing in ${RUNS} runs`, () => {
    const options = [`-runs=${RUNS}`, '-seed=1', '-max_len=65536', '-timeout=60', '-print_final_stats=1'];
    const args = [...options, `-artifact_prefix=${folder}/found-`, join(folder, 'plans')];
    const { status, stderr } = spawnSync(validator.program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    expect(status, stderr.slice(-4000)).toBe(0);
    expect(Number(/number_of_executed_units: (\d+)/.exec(stderr)?.[1])).toBeGreaterThanOrEqual(RUNS);
  }, 900_000);
});
