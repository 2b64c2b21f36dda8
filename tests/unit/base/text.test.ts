// Bytes as text.
import { expect, test } from 'vitest';
import { textOfBytes } from '../../../src/base/text.js';

test.each([
  ['', ''],
  ['init', 'init'],
  ['a'.repeat(5000), 'a'.repeat(5000)],
  ['grün', 'grün'],
])('UTF-8 of %j', (text, expected) => {
  expect(textOfBytes(new TextEncoder().encode(text))).toBe(expected);
});

test('what is no UTF-8 gets replacement characters', () => {
  expect(textOfBytes(Uint8Array.of(0x61, 0xff, 0x62))).toBe('a\ufffdb');
});
