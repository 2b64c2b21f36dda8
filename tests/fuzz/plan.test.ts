// Mutated plans: the decoder refuses them with its own error, or takes them for what they are: then they encode to the
// same bytes. Most mutations have their checksums corrected, so that they get past them.
import { afterEach, expect, test } from 'vitest';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { PlanFormatError } from '../../src/resurrect/abi/error.js';
import { mutate } from '../abi/mutate.js';
import { Random } from '../abi/random.js';
import { randomPlan } from '../abi/random-plan.js';
import { seal } from '../abi/seal.js';

const { stackTraceLimit } = Error;
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

const MUTATIONS = 100_000;
type Outcome = 'refused' | 'accepted';

function decodes(file: Uint8Array, seed: string): Outcome {
  let plan: ReturnType<typeof decodePlan>;
  try {
    plan = decodePlan(file, 'fuzz');
  } catch (error) {
    if (!(error instanceof PlanFormatError)) throw new Error(`${seed}: not its own error`, { cause: error });
    if (error.message === '' || error.hint === undefined) throw new Error(`${seed}: says nothing`);
    return 'refused';
  }
  if (!Buffer.from(encodePlan(plan)).equals(file))
    throw new Error(`${seed}: accepted, but encodes to other bytes`);
  return 'accepted';
}

test(`${MUTATIONS} mutations of a plan neither crash the decoder nor get through as something else`, () => {
  // Errors without a stack are made ten times as fast.
  Error.stackTraceLimit = 0;
  const count = { refused: 0, accepted: 0 };
  for (let base = 0; base < 20; base++) {
    const original = encodePlan(randomPlan(base, 'small'));
    for (let index = 0; index < MUTATIONS / 20; index++) {
      const random = new Random(base * 1_000_003 + index);
      let file: Uint8Array = original.slice();
      for (let times = random.pick([1, 1, 2, 5]); times > 0 && file.length >= 8; times--)
        file = mutate(file, random);
      if (random.below(8) !== 0) file = seal(file);
      count[decodes(file, `plan ${base}, mutation ${index}`)]++;
    }
  }
  // Mutations of values that any value may have get through; references and sizes do not.
  expect(count.accepted).toBeGreaterThan(MUTATIONS / 50);
  expect(count.refused).toBeGreaterThan(MUTATIONS / 4);
}, 600_000);
