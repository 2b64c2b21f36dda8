import { expect, test } from 'vitest';
import { hashedPointer, siphash } from '../../../../src/parsers/net/hashed-pointer.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const KEY = [0x0706_0504_0302_0100n, 0x0f0e_0d0c_0b0a_0908n] as const;
const WORD = 0x0706_0504_0302_0100n;

test("the word of SipHash's published vectors, of which eight bytes are the ninth", () => {
  expect(siphash(WORD, KEY)).toBe(0x93f5_f579_9a93_2462n);
});

test('the lower half is printed, once there is a key', () => {
  const made = new SyntheticKernel();
  const key = made.alloc(16);
  made.symbol('ptr_key', key);
  expect(hashedPointer(made.kernel(), WORD)).toBe('(____ptrval____)');
  made.poke(key, KEY[0]);
  made.poke((key + 8) as typeof key, KEY[1]);
  expect(hashedPointer(made.kernel(), WORD)).toBe('000000009a932462');
});
