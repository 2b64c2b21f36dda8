import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { openBtf } from '../../../../src/parsers/types/btf.js';
import { describeType } from '../../../../src/parsers/types/describe.js';
import { readValue, valueLines } from '../../../../src/parsers/types/value.js';
import { BtfBuilder } from '../../helpers/btf-builder.js';

const SIGNED = 1;
const BOOL = 4;

function sample() {
  const blob = new BtfBuilder();
  const int = blob.int('int', 4, SIGNED);
  const long = blob.int('long unsigned int', 8);
  const char = blob.int('char', 1, SIGNED);
  const bool = blob.int('bool', 1, BOOL);
  const state = blob.enum('state', [
    ['LIVE', 0],
    ['GONE', 2],
  ]);
  const file = blob.fwd('file');
  const call = blob.ptr(blob.proto(int, [blob.ptr(file), blob.ptr(blob.qualifier('const', char)), 0]));
  const word = blob.struct('', 8, [
    ['low', int, 0],
    ['high', int, 32, 4],
    ['next', int, 36, 3],
  ]);
  blob.struct('thing', 72, [
    ['call', call, 0],
    ['name', blob.array(char, 8), 64],
    ['state', state, 128],
    ['on', bool, 160],
    [
      '',
      blob.union('', 8, [
        ['whole', long, 0],
        ['', word, 0],
      ]),
      192,
    ],
    ['numbers', blob.array(long, 3), 256],
    [
      'pair',
      blob.array(
        blob.struct('', 8, [
          ['x', int, 0],
          ['y', int, 32],
        ]),
        2,
      ),
      448,
    ],
  ]);
  blob.typedef('thing_t', blob.nextId + 1);
  blob.struct('', 4, [['counter', int, 0]]);
  return openBtf(blob.bytes());
}

const squeezed = (lines: readonly string[] | undefined) =>
  lines?.map((line) => line.trim().replace(/ +/g, ' '));

describe('a type as text', () => {
  const btf = sample();

  test('is C, with offsets and sizes', () => {
    expect(squeezed(describeType(btf, 'thing')?.lines)).toEqual([
      'struct thing { /* offset size */',
      'int (*call)(struct file *, const char *, ...); /* 0 8 */',
      'char name[8]; /* 8 8 */',
      'enum state state; /* 16 4 */',
      'bool on; /* 20 1 */',
      'union {',
      'long unsigned int whole; /* 24 8 */',
      'struct {',
      'int low; /* 24 4 */',
      'int high:4; /* 28:0 4 */',
      'int next:3; /* 28:4 4 */',
      '}; /* 24 8 */',
      '}; /* 24 8 */',
      'long unsigned int numbers[3]; /* 32 24 */',
      'struct {',
      'int x; /* 56 4 */',
      'int y; /* 60 4 */',
      '} pair[2]; /* 56 16 */',
      '}; /* size: 72 */',
    ]);
  });

  test('may be a typedef, an enum, a member, or none', () => {
    expect(squeezed(describeType(btf, 'thing_t')?.lines)).toEqual([
      'typedef struct { /* offset size */',
      'int counter; /* 0 4 */',
      '} thing_t; /* size: 4 */',
    ]);
    expect(squeezed(describeType(btf, 'state')?.lines)).toEqual([
      'enum state {',
      'LIVE = 0,',
      'GONE = 2,',
      '}; /* size: 4 */',
    ]);
    expect(describeType(btf, 'thing.name')?.data).toMatchObject({ type: 'char[8]', offset: 8, size: 8 });
    expect(describeType(btf, 'thing.gone')).toBeUndefined();
    expect(describeType(btf, 'gone')).toBeUndefined();
  });
});

describe('an object', () => {
  const btf = sample();
  const bytes = new Uint8Array(72);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, 0xffff_ffff_8100_0000n, true);
  bytes.set(new TextEncoder().encode('a\n"b'), 8);
  view.setUint32(16, 2, true);
  bytes[20] = 1;
  view.setInt32(24, -5, true);
  view.setUint8(28, 0x5f);
  view.setBigUint64(48, 2n ** 63n, true);
  const mem = { bytes: (_base: Kva, length: number, offset = 0) => bytes.slice(offset, offset + length) };
  const at = 0 as Kva;

  test('is read as plain data', () => {
    expect(readValue(btf, mem, 'thing', at)).toEqual({
      call: '0xffffffff81000000',
      name: 'a\\x0a"b',
      state: 'GONE',
      on: true,
      whole: 0x5f_ffff_fffb,
      low: -5,
      high: -1,
      next: -3,
      numbers: [0, 0, '0x8000000000000000'],
      pair: [
        { x: 0, y: 0 },
        { x: 0, y: 0 },
      ],
    });
  });

  test('is read by member, a bit-field too', () => {
    expect(readValue(btf, mem, 'thing.low', at)).toBe(-5);
    expect(readValue(btf, mem, 'thing.next', at)).toBe(-3);
    expect(readValue(btf, mem, 'thing.numbers[2]', at)).toBe('0x8000000000000000');
    expect(readValue(btf, mem, 'thing.gone', at)).toBeUndefined();
  });

  test('is shown in lines', () => {
    const value = readValue(btf, mem, 'thing', at);
    expect(valueLines('thing', value ?? 0)).toEqual([
      'thing = {',
      '  call = 0xffffffff81000000,',
      '  name = "a\\\\x0a\\"b",',
      '  state = "GONE",',
      '  on = true,',
      '  whole = 412316860411,',
      '  low = -5,',
      '  high = -1,',
      '  next = -3,',
      '  numbers = [0 × 2, 0x8000000000000000],',
      '  pair = [',
      '    {',
      '      x = 0,',
      '      y = 0,',
      '    } × 2,',
      '  ],',
      '}',
    ]);
  });
});
