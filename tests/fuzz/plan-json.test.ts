// JSON that a person has broken: refused with an error that names the place, or made into a plan that can be written.
import { expect, test } from 'vitest';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { PlanFormatError } from '../../src/resurrect/abi/error.js';
import { planFromJson } from '../../src/resurrect/json/from-json.js';
import { planToJson } from '../../src/resurrect/json/to-json.js';
import { Random } from '../abi/random.js';
import { randomPlan } from '../abi/random-plan.js';

const MUTATIONS = 2_000;
const STRANGE: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    0.5,
    1e300,
    2 ** 53,
    '',
    'x',
    '0x',
    '0xg',
    '-0x1',
    '18446744073709551616',
    'text:',
    'AAAA',
  ],
  ...['\ud800', '__proto__', 'constructor', [], [[]], {}, { id: 0 }, [null], ['0x1'], ['toString']],
];

type Json = Record<string, unknown>;

/** Replaces, removes, or adds a value somewhere below. */
function mutate(json: Json, random: Random): void {
  let place = json;
  for (;;) {
    const keys = Object.keys(place);
    if (keys.length === 0) return;
    const key = random.pick(keys);
    const value = place[key];
    if (typeof value === 'object' && value !== null && random.below(5) > 0) {
      place = value as Json;
      continue;
    }
    const what = random.below(8);
    if (what === 0) delete place[key];
    else if (what === 1) place['another'] = 1;
    else place[key] = random.pick(STRANGE);
    return;
  }
}

test(`${MUTATIONS} mutations of a plan's JSON`, () => {
  const text = JSON.stringify(planToJson(randomPlan(7, 'small')));
  const count = { refused: 0, accepted: 0 };
  for (let seed = 0; seed < MUTATIONS; seed++) {
    const json = JSON.parse(text) as Json;
    mutate(json, new Random(seed));
    // As text again: JSON has no arrays with holes.
    const broken: unknown = JSON.parse(JSON.stringify(json));
    try {
      const bytes = encodePlan(planFromJson(broken, 'fuzz.json'));
      expect(Buffer.from(encodePlan(decodePlan(bytes, 'fuzz'))).equals(bytes), `seed ${seed}`).toBe(true);
      count.accepted++;
    } catch (error) {
      if (!(error instanceof PlanFormatError)) throw new Error(`seed ${seed}`, { cause: error });
      expect(error.message, `seed ${seed}`).toMatch(/^fuzz\.json: [A-Za-z0-9_.[\]]+: /);
      count.refused++;
    }
  }
  expect(count.refused).toBeGreaterThan(MUTATIONS / 2);
  expect(count.accepted).toBeGreaterThan(MUTATIONS / 50);
}, 300_000);
