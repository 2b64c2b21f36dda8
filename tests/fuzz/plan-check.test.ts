// Plans that were tampered with and sealed again: whatever the decoder takes, checker, simulation and comparison bring to
// an end without a crash; and what the checker finds no error in, the model of the kernel carries out.
import { expect, test } from 'vitest';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { PlanFormatError } from '../../src/resurrect/abi/error.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { OUTCOME } from '../../src/resurrect/abi/records/steps.js';
import { checkPlan } from '../../src/resurrect/check/check-plan.js';
import { diffPlans } from '../../src/resurrect/diff/diff-plans.js';
import type { MemorySource } from '../../src/resurrect/simulate/memory-source.js';
import { simulate } from '../../src/resurrect/simulate/simulate.js';
import { Random } from '../abi/random.js';
import { seal } from '../abi/seal.js';
import { samplePlan } from '../unit/helpers/sample-plan/plan.js';

const ROUNDS = 20_000;
const COMPARED = 500;
const MEMORY: MemorySource = { frames: () => true, swapped: () => true, cached: () => false };
/** What a tampered field may be: edges of its type, and small numbers that could mean something. */
const VALUES = [0, 1, 2, 3, 7, 0x10, 0x7f, 0x80, 0xff, 0xfff, 0x1000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

const sample = encodePlan(samplePlan());

function tampered(random: Random): Plan | null {
  const bytes = Uint8Array.from(sample);
  const view = new DataView(bytes.buffer);
  for (let count = random.below(3) + 1; count > 0; count--) {
    const at = random.below(bytes.length / 4) * 4;
    const value =
      random.below(2) === 0
        ? (VALUES[random.below(VALUES.length)] as number)
        : view.getUint32(at, true) ^ (1 << random.below(32));
    view.setUint32(at, value >>> 0, true);
  }
  try {
    return decodePlan(seal(bytes), 'tampered');
  } catch (error) {
    if (error instanceof PlanFormatError) return null;
    throw error;
  }
}

test(`${ROUNDS} tampered plans`, { timeout: 300_000 }, () => {
  const random = new Random(20_26);
  let accepted = 0;
  let clean = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const plan = tampered(random);
    if (plan === null) continue;
    accepted++;
    const findings = checkPlan(plan);
    const { journal } = simulate(plan, sample, MEMORY);
    if (accepted <= COMPARED) diffPlans(samplePlan(), plan);
    if (findings.some(({ severity }) => severity === 'error')) continue;
    clean++;
    const failed = journal.entries.filter(({ outcome }) => outcome === OUTCOME.failed);
    expect(
      failed,
      `round ${round}: ${JSON.stringify(failed.map((entry) => ({ ...entry, time: 0, detail: String(entry.detail) })))}`,
    ).toEqual([]);
  }
  expect(accepted).toBeGreaterThan(ROUNDS / 20);
  expect(clean).toBeGreaterThan(0);
  expect(clean).toBeLessThan(accepted);
});
