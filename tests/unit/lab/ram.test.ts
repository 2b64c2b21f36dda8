import { expect, test } from 'vitest';
import { checkAgreement, ramOffset } from '../../../src/lab/ram.js';

const GIB = 2 ** 30;

test('small guests have their RAM in one piece', () => {
  expect(ramOffset(0x1234, 'q35', GIB)).toBe(0x1234);
  expect(ramOffset(GIB, 'q35', GIB)).toBeUndefined();
  expect(ramOffset(3 * GIB - 1, 'pc', 3 * GIB)).toBe(3 * GIB - 1);
});

test('large ones have a hole below 4 GiB, elsewhere on each machine', () => {
  expect(ramOffset(2 * GIB, 'q35', 4 * GIB)).toBeUndefined();
  expect(ramOffset(4 * GIB, 'q35', 4 * GIB)).toBe(2 * GIB);
  expect(ramOffset(6 * GIB - 1, 'q35', 4 * GIB)).toBe(4 * GIB - 1);
  expect(ramOffset(6 * GIB, 'q35', 4 * GIB)).toBeUndefined();
  expect(ramOffset(3 * GIB - 1, 'pc', 4 * GIB)).toBe(3 * GIB - 1);
  expect(ramOffset(4 * GIB, 'pc', 4 * GIB)).toBe(3 * GIB);
});

test('a record that has little to do with the RAM is refused', () => {
  const pages = { processes: new Map(), frames: Buffer.alloc(32 * 100) };
  expect(() => checkAgreement(pages, [1, 2, 3])).not.toThrow();
  expect(() => checkAgreement(pages, Array(50).fill(1))).toThrow('50 of 100');
});
