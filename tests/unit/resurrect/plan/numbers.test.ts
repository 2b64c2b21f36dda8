// Numbers of a snapshot as a plan has them.

import { expect, test } from 'vitest';
import { time, unsigned } from '../../../../src/resurrect/plan/numbers.js';

test('what had expired is 0', () => {
  expect(unsigned(-5)).toBe(0n);
  expect(time('-9223372036854775808')).toBe(0n);
});

test('times beyond all clocks are cut', () => {
  expect(time(1000)).toBe(1000n);
  expect(time('9223372036854775807')).toBe(2n ** 63n - 1n);
  expect(time('18446744073709551615')).toBe(2n ** 63n - 1n);
});
