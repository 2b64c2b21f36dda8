import { describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/base/fault.js';
import { openBtf } from '../../../../src/parsers/types/btf.js';
import { offsets } from '../../../../src/parsers/types/types.js';
import { BtfBuilder } from '../../helpers/btf-builder.js';

const SIGNED = 1;

function sample() {
  const blob = new BtfBuilder();
  const int = blob.int('int', 4, SIGNED);
  const long = blob.int('long unsigned int', 8);
  const char = blob.int('char', 1);
  const head = blob.struct('list_head', 16, [
    ['next', blob.nextId + 1, 0],
    ['prev', blob.nextId + 1, 64],
  ]);
  blob.ptr(head);
  const inner = blob.struct('', 16, [
    ['a', int, 0],
    ['b', long, 64],
  ]);
  const union = blob.union('', 16, [
    ['whole', long, 0],
    ['', inner, 0],
  ]);
  blob.struct('thing', 80, [
    ['id', blob.qualifier('const', blob.typedef('id_t', int)), 0],
    ['name', blob.array(char, 16), 64],
    ['', union, 192],
    ['lists', blob.array(head, 2), 320],
  ]);
  return blob;
}

const plain = (offset: number, size: number) => ({ offset, size, bits: null, count: null });

describe('members', () => {
  const btf = openBtf(sample().bytes());

  test('are found through typedefs, qualifiers and anonymous structs', () => {
    expect(btf.member('thing.id')).toEqual(plain(0, 4));
    expect(btf.member('thing.whole')).toEqual(plain(24, 8));
    expect(btf.member('thing.b')).toEqual(plain(32, 8));
    expect(btf.member('thing.none')).toBeUndefined();
    expect(btf.member('none.id')).toBeUndefined();
    expect(btf.member('thing')).toBeUndefined();
    expect(btf.member('thing.id.x')).toBeUndefined();
  });

  test('of arrays stand for the first element, or that of a subscript', () => {
    expect(btf.member('thing.name')).toEqual({ offset: 8, size: 16, bits: null, count: 16 });
    expect(btf.member('thing.lists.prev')).toEqual(plain(48, 8));
    expect(btf.member('thing.lists[1]')).toEqual(plain(56, 16));
    expect(btf.member('thing.lists[1].prev')).toEqual(plain(64, 8));
  });

  test('give offsets, and a fault for one that must be there', () => {
    expect(offsets(btf, 'thing', { a: 'a', gone: 'gone?' })).toEqual({ a: 24, gone: undefined });
    expect(() => offsets(btf, 'thing', { gone: 'gone' })).toThrow(Fault);
  });

  test('have the same offsets in a blob that lies askew', () => {
    expect(openBtf(sample().bytes({ skew: 3 })).member('thing.b')).toEqual(plain(32, 8));
  });
});

describe('sizes', () => {
  const blob = sample();
  const int = 1;
  blob.typedef('spinlock_t', blob.struct('', 4, [['v', int, 0]]));
  blob.raw('double', 16, 0, 8);
  blob.typedef('nothing_t', 0);
  const btf = openBtf(blob.bytes());

  test.each([
    ['thing', 80],
    ['struct thing', 80],
    ['union thing', undefined],
    ['id_t', 4],
    ['spinlock_t', 4],
    ['long unsigned int', 8],
    ['double', 8],
    ['nothing_t', undefined],
    ['none', undefined],
    ['', undefined],
  ])('of %s', (type, size) => {
    expect(btf.sizeOf(type)).toBe(size);
  });
});

describe('bit-fields', () => {
  test('have their width in the member since kind_flag', () => {
    const blob = new BtfBuilder();
    const unsigned = blob.int('unsigned int', 4);
    blob.struct('flags', 8, [
      ['plain', unsigned, 0],
      ['one', unsigned, 32, 1],
      ['rest', unsigned, 43, 9],
    ]);
    const btf = openBtf(blob.bytes());
    expect(btf.member('flags.plain')).toEqual(plain(0, 4));
    expect(btf.member('flags.one')).toEqual({ ...plain(4, 4), bits: { offset: 0, width: 1 } });
    expect(btf.member('flags.rest')).toEqual({ ...plain(5, 4), bits: { offset: 3, width: 9 } });
  });

  test('had it in the type before', () => {
    const blob = new BtfBuilder();
    const three = blob.int('unsigned int', 4, 0, 3, 2);
    blob.struct('flags', 4, [['three', three, 8]]);
    const member = openBtf(blob.bytes()).member('flags.three');
    expect(member).toEqual({ ...plain(1, 4), bits: { offset: 2, width: 3 } });
  });
});

describe('enumerators', () => {
  test('have the sign that their enum says', () => {
    const blob = new BtfBuilder();
    blob.enum('', [['UNSIGNED', 0xffff_fffe]]);
    blob.enum('e', [['SIGNED', -2]], true);
    blob.enum64('wide', [
      ['WIDE', 2n ** 40n],
      ['WIDER', 7],
    ]);
    blob.enum64('deep', [['DEEP', -(2n ** 40n)]], true);
    const btf = openBtf(blob.bytes());
    const names = ['UNSIGNED', 'SIGNED', 'WIDE', 'WIDER', 'DEEP', 'NONE'];
    expect(names.map((name) => btf.enumerator(name))).toEqual([
      0xffff_fffe,
      -2,
      2 ** 40,
      7,
      -(2 ** 40),
      undefined,
    ]);
  });

  test('were signed where no enum says anything', () => {
    const blob = new BtfBuilder();
    blob.enum('old', [['ALL', 0xffff_ffff]]);
    expect(openBtf(blob.bytes()).enumerator('ALL')).toBe(-1);
  });
});

describe('several types of one name', () => {
  test('give the struct, with members before none, the first before the next', () => {
    const blob = new BtfBuilder();
    const int = blob.int('int', 4);
    blob.fwd('node');
    blob.typedef('node', int);
    blob.enum('node', [['A', 1]]);
    blob.struct('node', 0, []);
    blob.struct('node', 8, [['x', int, 32]]);
    blob.struct('node', 16, [['y', int, 64]]);
    const btf = openBtf(blob.bytes());
    expect(btf.sizeOf('node')).toBe(8);
    expect(btf.sizeOf('enum node')).toBe(4);
    expect(btf.member('node.x')).toEqual(plain(4, 4));
    expect(btf.member('node.y')).toBeUndefined();
  });
});

describe('split BTF', () => {
  test('goes on with the ids and strings of its base', () => {
    const kernel = sample();
    const base = openBtf(kernel.bytes());
    const module = new BtfBuilder(kernel.end);
    const own = module.struct('own', 96, [
      ['thing', base.typeId('thing') as number, 0],
      ['id', 1, 640],
    ]);
    module.enum('', [['OWN', 5]]);
    const btf = openBtf(module.bytes(), base);
    expect(btf.typeId('own')).toBe(own);
    expect(btf.member('own.thing.lists[1].prev')).toEqual(plain(64, 8));
    expect(btf.member('own.id')).toEqual(plain(80, 4));
    expect(btf.member('thing.b')).toEqual(plain(32, 8));
    expect([btf.enumerator('OWN'), base.enumerator('OWN'), base.sizeOf('own')]).toEqual([
      5,
      undefined,
      undefined,
    ]);
  });
});

describe('kinds from the future', () => {
  const future = () => {
    const blob = sample();
    blob.raw('new', 25, 3, 0, [1, 2, 3, 4]);
    blob.struct('last', 4, [['id', 1, 0]]);
    return blob;
  };

  test('are skipped where the layout section tells their length', () => {
    const layout = Array.from({ length: 26 }, (_, kind): [number, number] => (kind === 25 ? [4, 4] : [0, 0]));
    expect(openBtf(future().bytes({ layout })).sizeOf('last')).toBe(4);
  });

  test('are a fault that names them where it does not', () => {
    expect(() => openBtf(future().bytes())).toThrow('unknown kind 25');
  });

  test('do not come with a longer header', () => {
    expect(openBtf(sample().bytes({ headerBytes: 40 })).sizeOf('thing')).toBe(80);
  });
});

describe('a damaged blob', () => {
  const good = sample().bytes();
  const patched = (at: number, byte: number) => {
    const bytes = good.slice();
    bytes[at] = byte;
    return bytes;
  };

  test.each([
    ['nothing', new Uint8Array(0)],
    ['zeroes', new Uint8Array(4096)],
    ['another magic', patched(0, 0)],
    ['another version', patched(2, 9)],
    ['no header length', patched(4, 0)],
    ['sections beyond its end', patched(10, 0xff)],
    ['its end cut off', good.subarray(0, good.length - 1)],
    ['an unknown kind', patched(24 + 7, 0x7f)],
    ['a type beyond the section', patched(24 + 16 * 3 + 4, 0xff)],
  ])('with %s is a fault', (_name, bytes) => {
    expect(() => openBtf(bytes)).toThrow(Fault);
  });

  test('with a chain of typedefs, or structs in themselves, is a fault when asked', () => {
    const blob = new BtfBuilder();
    blob.typedef('loop', blob.nextId);
    blob.struct('self', 8, [['', blob.nextId, 0]]);
    blob.struct('wild', 8, [['x', 999, 0]]);
    const btf = openBtf(blob.bytes());
    expect(() => btf.sizeOf('loop')).toThrow(Fault);
    expect(() => btf.member('self.x')).toThrow(Fault);
    expect(() => btf.member('wild.x')).toThrow(Fault);
  });
});
