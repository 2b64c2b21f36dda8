import { expect, test } from 'vitest';
import { firstIndex } from '../../../src/base/search.js';

test('the first index that holds, of any number', () => {
  for (let count = 0; count < 20; count++) {
    for (let first = 0; first <= count; first++) {
      expect(firstIndex(count, (index) => index >= first)).toBe(first);
    }
  }
});

test('never asks beyond the ends', () => {
  const asked: number[] = [];
  firstIndex(1000, (index) => asked.push(index) > 0 && index > 999);
  expect(Math.max(...asked)).toBeLessThan(1000);
  expect(asked.length).toBeLessThan(12);
});
