import { expect, test } from 'vitest';
import { flagWord, permissions, vmFlagCodes } from '../../../../src/parsers/mm/vma-flags.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const CODES = 'rd wr ex sh mr mw me ms gd um pf dw'.split(' ');

function kernel(stride?: 2 | 3) {
  const made = new SyntheticKernel();
  if (stride === undefined) return made.kernel();
  const table = made.alloc(64 * stride);
  for (let bit = 0; bit < 64; bit++) {
    // Protection keys have a code of nothing.
    const code = bit >= 32 && bit < 36 ? '' : (CODES[bit] ?? (bit === 42 ? 'sl' : '??'));
    made.text((table + bit * stride) as typeof table, code);
  }
  made.symbol('mnemonics.0', table);
  return made.kernel();
}

test.each([2, 3] as const)("the kernel's own table, %i bytes a code", (stride) => {
  const dead = kernel(stride);
  expect(vmFlagCodes(dead, 0x875, 0).join(' ')).toBe('rd ex mr mw me dw');
  expect(vmFlagCodes(dead, 0x1001, 0x405)).toEqual(['rd', '??', 'sl']);
});

test('a kernel without one: what has always been', () => {
  expect(vmFlagCodes(kernel(), 0x10_0073, 0).join(' ')).toBe('rd wr mr mw me ac');
});

test('rwxp', () => {
  expect([0x71, 0x73, 0x75, 0xfb, 0x80, 0].map(permissions)).toEqual([
    'r--p',
    'rw-p',
    'r-xp',
    'rw-s',
    '---s',
    '---p',
  ]);
});

test('flags beyond 32 bits keep their low word', () => {
  expect(flagWord('0x4000000080000073') >>> 0).toBe(0x8000_0073);
});
