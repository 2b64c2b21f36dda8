// Properties of the plan's codec, on random plans.
import { describe, expect, test } from 'vitest';
import { textOfBytes } from '../../src/base/text.js';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { SECTION_KINDS } from '../../src/resurrect/abi/records/plan.js';
import { randomPlan } from './random-plan.js';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

const empty = (): Plan => {
  const arrays = SECTION_KINDS.filter(({ role }) => role === 'object').map(({ key }) => [key, []]);
  return { header: randomPlan(0).header, ...Object.fromEntries(arrays) } as unknown as Plan;
};

/** Blobs come back as views of the file, of whatever class: as plain numbers they compare. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

describe('a random plan', () => {
  test('comes back from its file as it was', () => {
    for (const seed of SEEDS.slice(0, 40)) {
      const plan = randomPlan(seed);
      expect(plain(decodePlan(encodePlan(plan), 'test')), `seed ${seed}`).toEqual(plain(plan));
    }
  });

  test('comes back from wherever in a Buffer it lies', () => {
    const plan = randomPlan(1);
    const bytes = encodePlan(plan);
    for (const offset of [1, 2, 3, 4]) {
      const around = Buffer.alloc(bytes.length + 8, 0xa5);
      around.set(bytes, offset);
      const there = around.subarray(offset, offset + bytes.length);
      expect(plain(decodePlan(there, 'test')), `offset ${offset}`).toEqual(plain(plan));
    }
  });

  test('gives the same bytes again, from itself and from what was read', () => {
    for (const seed of SEEDS) {
      const bytes = Buffer.from(encodePlan(randomPlan(seed)));
      expect(bytes.equals(encodePlan(randomPlan(seed))), `seed ${seed}`).toBe(true);
      expect(bytes.equals(encodePlan(decodePlan(bytes, 'test'))), `seed ${seed}`).toBe(true);
    }
  });

  test('has something in every section', () => {
    const seen = new Set<number>();
    for (const seed of SEEDS) {
      const bytes = encodePlan(randomPlan(seed));
      const view = new DataView(bytes.buffer);
      const table = Number(view.getBigUint64(40, true));
      const count = view.getUint32(48, true);
      for (let index = 0; index < count; index++) seen.add(view.getUint32(table + index * 32, true));
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([1, 2, ...SECTION_KINDS.map(({ section }) => section)]);
  });
});

test('a plan of nothing is a header', () => {
  const bytes = encodePlan(empty());
  expect(plain(decodePlan(bytes, 'test'))).toEqual(plain(empty()));
});

test('a name stands there with the bytes that the kernel has', () => {
  const [like] = randomPlan(1).fs;
  if (like === undefined) throw new Error('random plan 1 has no directories');
  const names = ['fffe', 'c3a9c3', 'eda080', 'efbbbf41', 'efbfbd', '01'].map((hex) =>
    Buffer.from(hex, 'hex'),
  );
  const fs = names.map((name) => ({ ...like, root: '', cwd: textOfBytes(name) }));
  const bytes = encodePlan({ ...empty(), fs });
  const strings = Buffer.concat(names.flatMap((name) => [name, Buffer.alloc(1)]));
  expect(Buffer.from(bytes).includes(strings)).toBe(true);
  expect(decodePlan(bytes, 'test').fs).toEqual(fs);
});

test('a file at an odd place in memory reads the same', () => {
  const bytes = encodePlan(randomPlan(3));
  const shifted = new Uint8Array(bytes.length + 3).fill(0xff);
  shifted.set(bytes, 3);
  const plan = decodePlan(shifted.subarray(3), 'test');
  expect(plain(plan)).toEqual(plain(randomPlan(3)));
});

describe('what the format cannot hold is refused when it is written', () => {
  const header = randomPlan(0).header;
  const process = randomPlan(1).process[0]!;
  const refusal = SEEDS.flatMap((seed) => randomPlan(seed).refusal)[0]!;
  test.each<[string, Partial<Plan>, RegExp]>([
    [
      'a number too large',
      { header: { ...header, pagingLevels: 2 ** 32 } },
      /pagingLevels: 4294967296 is no integer/,
    ],
    ['a fraction', { header: { ...header, kaslrOffset: 0.5 } }, /kaslrOffset: 0.5 is no integer/],
    [
      'more than 64 bits',
      { header: { ...header, panicRealtime: 1n << 64n } },
      /panicRealtime: .* not within 64 bits/,
    ],
    [
      'an unknown feature',
      { header: { ...header, features: 1n << 40n } },
      /features: unknown bits: 0x10000000000/,
    ],
    [
      'bytes of another size',
      { header: { ...header, identity: new Uint8Array(31) } },
      /identity: 31 bytes, not 32/,
    ],
    [
      'text of no bytes',
      { refusal: [{ ...refusal, reason: '\udcc3\udca9' }] },
      /refusal 0, field reason: half a surrogate pair that stands for no byte/,
    ],
    [
      'a reference to nobody',
      { process: [{ ...process, parent: 7 }] },
      /process 0, field parent: refers to 7, but there are 1/,
    ],
  ])('%s', (_, part, message) => {
    expect(() => encodePlan({ ...empty(), ...part })).toThrow(message);
  });
});
