// Times of files: nanoseconds of a snapshot, parted as a plan has them.
import { expect, test } from 'vitest';
import { planTimes } from '../../../../src/resurrect/plan/times.js';

test.each([
  ['1782000000123456789', 1_782_000_000n, 123_456_789],
  [0, 0n, 0],
  [999_999_999, 0n, 999_999_999],
  // Before 1970 the fraction is added too: a nanosecond before, and a second and a nanosecond.
  [-1, -1n, 999_999_999],
  [-1_000_000_001, -2n, 999_999_999],
  [-1_000_000_000, -1n, 0],
] as const)('%s ns since 1970', (mtime, seconds, rest) => {
  expect(planTimes({ mtime, atime: 5 })).toEqual([
    { mtime: seconds, mtimeNanoseconds: rest, atime: 0n, atimeNanoseconds: 5 },
  ]);
});

test('what is not known, or what an older snapshot does not have, is none', () => {
  expect(planTimes(null)).toEqual([]);
  expect(planTimes(undefined)).toEqual([]);
});
