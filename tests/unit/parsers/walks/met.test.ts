import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { Met } from '../../../../src/parsers/walks/met.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

test('knows what was met, in order, and is a fault where there is more than there can be', () => {
  const met = new Met(new SyntheticKernel().kernel(), 'things', 2);
  const [a, b, c] = [-4096, -8192, -12_288] as Kva[] as [Kva, Kva, Kva];
  expect([met.add(a), met.add(b), met.add(a)]).toEqual([true, true, false]);
  expect([met.has(b), met.has(c), met.size]).toEqual([true, false, 2]);
  expect(() => met.add(c)).toThrow('more than 2 things');
  expect([...met]).toEqual([a, b]);
});
