// Hexadecimal digits of what is read as two words.
import { expect, test } from 'vitest';
import { AddressFold, hex8, hexPair } from '../../../src/base/address.js';

const WORDS = [0, 1, 0xf, 0xfff, 0x1000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

test('of every pair of words as of the number that they make', () => {
  for (const high of WORDS) {
    for (const low of WORDS) {
      expect(hexPair(high, low)).toBe(((BigInt(high) << 32n) | BigInt(low)).toString(16));
    }
  }
  expect(WORDS.map(hex8)).toEqual(WORDS.map((word) => word.toString(16).padStart(8, '0')));
});

test.each([
  0n,
  8n,
  0x7fff_ffff_f000n,
  0xffff_8880_0000_0000n,
  0xffff_ffff_8100_0000n,
  0xffff_ffff_ffff_ffffn,
])('of the address %d', (address) => {
  for (const base of [undefined, 0xff11_0000_0000_0000n]) {
    const fold = new AddressFold();
    if (base !== undefined) fold.add(base);
    const folded = fold.fromBig(address);
    expect(fold.hex(folded)).toBe(`0x${address.toString(16)}`);
    expect(fold.fromHex(fold.hex(folded))).toBe(folded);
  }
});

test('of an address in a region that is folded', () => {
  const fold = new AddressFold();
  fold.add(0xff11_0000_0000_0000n);
  const address = fold.fromBig(0xff11_0000_1234_5678n);
  expect(fold.hex(address)).toBe('0xff11000012345678');
  expect(fold.fromHex('0xff11000012345678')).toBe(address);
});
