// Streams put together by hand from Documentation/staging/lzo.rst, one for each instruction.

import { describe, expect, test } from 'vitest';
import { decodeLzo } from '../../../../src/parsers/swap/lzo.js';

const PAGE = 4096;
const END = [0x11, 0, 0];

function decode(bytes: readonly number[], room = PAGE): string | number {
  const output = new Uint8Array(room);
  const length = decodeLzo(Uint8Array.from(bytes), output);
  return length < 0 ? length : Buffer.from(output.subarray(0, length)).toString('latin1');
}

const text = (value: string) => [...Buffer.from(value, 'latin1')];
/** The first byte for so many literals (4 to 238), and they. */
const begin = (value: string) => [value.length + 17, ...text(value)];
const LONG = 'abcdefghijklmnopqrstuvwxyz'.repeat(9); // 234 bytes

describe('instructions', () => {
  test.each<[string, number[], string]>([
    ['nothing', END, ''],
    ['a literal string', [...begin('hello'), ...END], 'hello'],
    ['1 to 3 literals first', [20, ...text('abc'), ...END], 'abc'],
    ['a long literal string', [1, ...text('wxyz'), ...END], 'wxyz'],
    [
      'a longer one, with a length in bytes',
      [0, 0, 5, ...text(LONG), ...text('x'.repeat(44)), ...END],
      `${LONG}${'x'.repeat(44)}`,
    ],
    ['2 bytes from within 1 KiB', [19, ...text('ab'), 0b0000_0100, 0, ...END], 'abab'],
    ['2 bytes, and 3 literals', [19, ...text('ab'), 0b0000_0111, 0, ...text('xyz'), ...END], 'ababxyz'],
    ['3 to 4 bytes from within 2 KiB', [...begin('abcdef'), 0b0111_0100, 0, ...END], 'abcdefabcd'],
    ['5 to 8 bytes', [...begin('abcdefgh'), 0b1111_1100, 0, ...END], 'abcdefghabcdefgh'],
    ['8 bytes that overlap', [...begin('abcd'), 0b1110_0000, 0, ...END], 'abcddddddddd'],
    ['a block from within 16 KiB', [...begin('abcdef'), 0b0010_0100, 5 << 2, 0, ...END], 'abcdefabcdef'],
    [
      'a long block',
      [...begin('ab'.repeat(3)), 0b0010_0000, 0, 1, 1 << 2, 0, ...END],
      'ab'.repeat(200).slice(0, 6 + 2 + 31 + 255 + 1),
    ],
    [
      'literals behind a block',
      [...begin('abcdef'), 0b0010_0100, (5 << 2) | 2, 0, ...text('XY'), ...END],
      'abcdefabcdefXY',
    ],
  ])('%s', (_name, stream, expected) => {
    expect(decode(stream)).toBe(expected);
  });

  test('3 bytes from beyond 2 KiB, behind literals', () => {
    // 4 literals, a block of 2 + 31 + 7 * 255 + 226 bytes of the last one, 4 literals more.
    const block = [0b0010_0000, ...Array<number>(7).fill(0), 226, 0, 0];
    const stream = [...begin('abcd'), ...block, 1, ...text('WXYZ'), 0b0000_1100, 0, ...END];
    expect(decode(stream)).toBe(`abcd${'d'.repeat(2044)}WXYZabc`);
  });

  test('a block from beyond 16 KiB', () => {
    // 5 literals, 16,400 bytes more, then 5 from 16,384 + 20 before.
    const fill = 16_400;
    const zeroes = Math.floor((fill - 2 - 31 - 1) / 255);
    const rest = fill - 2 - 31 - zeroes * 255;
    const stream = [
      ...begin('abcde'),
      0b0010_0000,
      ...Array<number>(zeroes).fill(0),
      rest,
      0,
      0,
      0b0001_0011,
      20 << 2,
      0,
      ...END,
    ];
    expect(decode(stream, 20_000)).toBe(`abcde${'e'.repeat(fill)}bcdee`);
  });
});

describe('version 1', () => {
  const RUN = [0b0001_1011, 0xfc, 0xff, 2]; // 3 + 2·8 + 4 zeroes
  const ZEROES = '\0'.repeat(23);

  test('has runs of zeroes', () => {
    expect(decode([17, 1, ...begin('abcd'), ...RUN, ...END])).toBe(`abcd${ZEROES}`);
    expect(decode([17, 1, ...begin('abcd'), 0b0001_1011, 0xfe, 0xff, 2, ...text('xy'), ...END])).toBe(
      `abcd${ZEROES}xy`,
    );
  });

  test('version 0 has none', () => {
    expect(decode([...begin('abcd'), ...RUN, ...END])).toBe(-1);
  });
});

describe('damage', () => {
  test.each<[string, number[]]>([
    ['an empty stream', []],
    ['no end', begin('hello')],
    ['something behind the end', [...begin('hello'), ...END, 0]],
    ['literals that are not there', [200, ...text('hello')]],
    ['a block from before the start', [...begin('abcd'), 0b0010_0100, 4 << 2, 0, ...END]],
    ['a length that does not end', [...begin('abcd'), 0b0010_0000, 0, 0, 0]],
    ['a word cut in two', [...begin('abcd'), 0b0010_0100, 0]],
  ])('%s', (_name, stream) => {
    expect(decode(stream)).toBe(-1);
  });

  test('more than there is room for', () => {
    expect(decode([...begin('hello'), ...END], 4)).toBe(-1);
    expect(decode([...begin('abcd'), 0b0010_0100, 0, 0, ...END], 7)).toBe(-1);
    expect(decode([17, 1, 0b0001_1011, 0xfc, 0xff, 2, ...END], 22)).toBe(-1);
  });
});
