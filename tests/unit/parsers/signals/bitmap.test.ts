import { describe, expect, test } from 'vitest';
import { listText, maskText, readBits, readMask } from '../../../../src/parsers/signals/bitmap.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

describe('masks as text', () => {
  // Texts as %*pb and %*pbl print them (lib/test_bitmap.c and Documentation/core-api/printk-formats.rst).
  test.each([
    [[0, 1], 2, '3', '0-1'],
    [[0], 64, '00000000,00000001', '0'],
    [[0, 1, 2, 8, 33], 40, '02,00000107', '0-2,8,33'],
    [[31], 32, '80000000', '31'],
    [[], 4, '0', ''],
    [[3, 4, 6], 7, '58', '3-4,6'],
  ])('%j of %i bits', (set, bits, mask, list) => {
    expect(maskText(set, bits)).toBe(mask);
    expect(listText(set)).toBe(list);
  });
});

function made() {
  const kernel = new SyntheticKernel();
  kernel.types.struct('thing', { mask: 'u64[2]', low: 'u32:3', flag: 'u32:1', wide: 'u32:9', whole: 'bool' });
  return kernel;
}

describe('masks in memory', () => {
  test('across words, and up to a limit', () => {
    const kernel = made();
    const thing = kernel.make('thing');
    kernel.set(thing, 'thing.mask', 0x8000_0000_0000_0001n, 0);
    kernel.set(thing, 'thing.mask', 2n, 1);
    expect(readMask(kernel.kernel(), thing, 'thing.mask')).toEqual([0, 63, 65]);
    expect(readMask(kernel.kernel(), thing, 'thing.mask', 65)).toEqual([0, 63]);
    expect(() => readMask(kernel.kernel(), thing, 'thing.none')).toThrow('no thing.none');
  });

  test('bit-fields, and what is none', () => {
    const kernel = made();
    const thing = kernel.make('thing', { low: 5, flag: 1, wide: 0x155, whole: 1 });
    const read = (name: string) => readBits(kernel.kernel(), thing, `thing.${name}`);
    expect([read('low'), read('flag'), read('wide'), read('whole'), read('gone')]).toEqual([
      5,
      1,
      0x155,
      1,
      undefined,
    ]);
  });
});
