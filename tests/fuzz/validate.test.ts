// Mutated plans, their checksums corrected: the validator of the crash kernel, held to the format alone, accepts what the
// TypeScript decoder accepts, and nothing else.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { PlanFormatError } from '../../src/resurrect/abi/error.js';
import { mutate } from '../abi/mutate.js';
import { Random } from '../abi/random.js';
import { randomPlan } from '../abi/random-plan.js';
import { seal } from '../abi/seal.js';
import { canBuild, Validator } from '../abi/validator.js';
import { samplePlan } from '../unit/helpers/sample-plan/plan.js';

const BASES = 20;
const MUTATIONS_OF_EACH = 1500;

const { stackTraceLimit } = Error;
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

/** Why the decoder refuses it; null where it does not. */
function refusal(file: Uint8Array): string | null {
  try {
    decodePlan(file, 'plan');
    return null;
  } catch (error) {
    if (error instanceof PlanFormatError) return error.message;
    throw error;
  }
}

function mutations(base: number): Uint8Array[] {
  const original = encodePlan(base === 0 ? samplePlan() : randomPlan(base, 'small'));
  return Array.from({ length: MUTATIONS_OF_EACH }, (_, index) => {
    const random = new Random(base * 1_000_003 + index);
    let file: Uint8Array = original.slice();
    for (let times = random.pick([1, 1, 1, 2, 5]); times > 0 && file.length >= 8; times--) {
      file = mutate(file, random);
    }
    return random.below(16) === 0 ? file : seal(file);
  });
}

describe.skipIf(!canBuild())('C and TypeScript agree', () => {
  let validator: Validator;
  beforeAll(() => {
    validator = new Validator();
  }, 300_000);
  afterAll(() => validator.close());

  test(`on ${BASES * MUTATIONS_OF_EACH} mutated plans`, () => {
    Error.stackTraceLimit = 0;
    const count = { refused: 0, accepted: 0 };
    const disagreements: string[] = [];
    for (let base = 0; base < BASES; base++) {
      const files = mutations(base);
      for (const [index, verdict] of validator.batch(files, '--format').entries()) {
        const why = refusal(files[index] as Uint8Array);
        count[why === null ? 'accepted' : 'refused']++;
        if ((why === null) === (verdict === null)) continue;
        disagreements.push(
          `plan ${base}, mutation ${index}: TypeScript ${why}, C ${verdict?.rule} ${verdict?.reason}`,
        );
      }
    }
    expect(disagreements).toEqual([]);
    expect(count.accepted).toBeGreaterThan(1000);
    expect(count.refused).toBeGreaterThan(1000);
  }, 600_000);
});
