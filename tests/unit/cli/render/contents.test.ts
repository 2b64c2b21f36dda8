import { expect, test } from 'vitest';
import { contentsText } from '../../../../src/cli/render/contents.js';
import { contents } from '../../../../src/snapshot/bytes.js';

const text = (data: string) => contents(Buffer.from(data, 'latin1'));

test.each([
  ['words in a pipe', '15 bytes "words in a pipe"'],
  ['say "hi"\n\tto \\ me\r', '18 bytes "say \\"hi\\"\\n\\tto \\\\ me\\r"'],
  ['padded\0\0', '8 bytes "padded\\x00\\x00"'],
  ['\x1b[2Jclear', '9 bytes "\\x1b[2Jclear"'],
  ['x', '1 byte "x"'],
  ['', '0 bytes'],
  ['\x00\x01\xfe', '3 bytes 00 01 fe'],
])('%j', (data, shown) => {
  expect(contentsText(text(data))).toBe(shown);
});

test('what is long is cut, what is lost is counted', () => {
  expect(contentsText(text('a'.repeat(100)))).toBe(`100 bytes "${'a'.repeat(64)}" …`);
  expect(contentsText(contents(Buffer.from('abc'), 10))).toBe('10 bytes "abc" (7 bytes could not be read)');
});
