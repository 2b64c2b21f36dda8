import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { findKallsyms } from '../../../../src/parsers/symbols/kallsyms-shape.js';
import { KallsymsTable } from '../../../../src/parsers/symbols/kallsyms-table.js';
import type { Stretch } from '../../../../src/parsers/symbols/stretch.js';
import { encodeKallsyms, type KallsymsEra, type MadeSymbol } from '../../helpers/kallsyms-encoder.js';

const ERAS: KallsymsEra[] = ['5.10', '6.2', '6.4', '6.15', '7.0'];
const ABSOLUTE: KallsymsEra[] = ['5.10', '6.2', '6.4'];
const TEXT = -0x7f00_0000;
const PHYS = 0x1234_0000;
const SLIDE = -0x8000_0000;
/** Something of other tables before and behind. */
const BEFORE = 0x1800;

function symbolsOf(era: KallsymsEra, count = 6000): MadeSymbol[] {
  const absolute = ABSOLUTE.includes(era)
    ? [
        { name: 'fixed_percpu_data', type: 'A', address: 0 },
        { name: '__per_cpu_start', type: 'A', address: 0 },
        { name: 'current_task', type: 'A', address: 0x1fb80 },
      ]
    : [];
  const middle = Array.from({ length: count }, (_, i) => ({
    name: `${['read_', 'sys_', 'init_', 'symbol_'][i % 4]}${(i * 7919) % 10007}_${i}`,
    type: 'Ttdb'.charAt(i % 4),
    address: TEXT + 16 + i * 16,
  }));
  const long = { name: `long_${'q'.repeat(300)}`, type: 't', address: TEXT + 16 + count * 16 };
  const twins = [1, 2].map((n) => ({ name: 'twin', type: 't', address: long.address + n * 16 }));
  const alias = { name: 'twin_alias', type: 'T', address: long.address + 32 };
  return [...absolute, { name: '_text', type: 'T', address: TEXT }, ...middle, long, ...twins, alias];
}

function stretchOf(tables: Uint8Array): Stretch {
  const data = new Uint8Array(BEFORE + tables.length + 0x2000).map((_, i) => (i * 131) & 0xff);
  data.set(tables, BEFORE);
  return { data, view: new DataView(data.buffer), phys: PHYS - BEFORE };
}

function opened(era: KallsymsEra, symbols = symbolsOf(era)) {
  const stretch = stretchOf(encodeKallsyms(symbols, era, { phys: PHYS, slide: SLIDE }));
  const shape = findKallsyms(stretch);
  if (!shape) throw new Error('no tables found');
  const place = stretch.phys + shape.offsets + SLIDE;
  const base = shape.base === null ? place : Number(BigInt.asIntN(64, shape.base));
  return { shape, stretch, symbols, table: new KallsymsTable(stretch, shape, base) };
}

describe.each(ERAS)('kallsyms as of %s', (era) => {
  const { shape, symbols, table } = opened(era);

  test('are recognised by their data', () => {
    const rule = era === '7.0' ? 'place' : era === '6.15' ? 'base' : 'absolute-percpu';
    expect(shape).toMatchObject({ count: symbols.length, rule });
    expect(shape.seqs === null).toBe(era === '5.10');
  });

  test('list every symbol as it was', () => {
    expect([...table.all()]).toEqual(symbols.map((symbol) => ({ ...symbol, module: null })));
  });

  test('find every name', () => {
    for (const { name, address } of symbols) {
      if (name !== 'twin') expect(table.address(name)).toBe(address);
    }
    expect(table.address('twin')).toBe(symbols.find(({ name }) => name === 'twin')?.address);
  });

  test('do not find what is not there', () => {
    for (const name of ['', 'a', 'zzz', 'read_', 'twin_', '_tex', 'Ttwin']) {
      expect(table.address(name)).toBeUndefined();
    }
  });

  test('name an address by the first symbol at or below it', () => {
    const at = table.address('twin_alias') as Kva;
    expect(table.nearest((at + 5) as Kva)).toEqual({ name: 'twin', offset: 5, module: null });
    expect(table.nearest((TEXT + 7) as Kva)).toEqual({ name: '_text', offset: 7, module: null });
    expect(table.nearest((TEXT - 1) as Kva)).toBeUndefined();
    expect(table.nearest((at + (16 << 20)) as Kva)).toBeUndefined();
    expect(table.nearest(0x1fb80 as Kva)).toBeUndefined();
  });
});

describe.each(ERAS)('damaged kallsyms as of %s', (era) => {
  const tables = encodeKallsyms(symbolsOf(era), era, { phys: PHYS, slide: SLIDE });
  const intact = opened(era);

  /** Bytes at a table's position, overwritten. */
  function damaged(position: number, length: number): Stretch {
    const stretch = stretchOf(tables.slice());
    stretch.data.fill(0, position, position + length);
    return stretch;
  }

  test('a token table of zeroes is none', () => {
    expect(findKallsyms(damaged(intact.shape.tokenTable, 512))).toBeUndefined();
  });

  test('a token index that does not fit is none', () => {
    expect(findKallsyms(damaged(intact.shape.tokenIndex + 16, 16))).toBeUndefined();
  });

  test('names that do not agree with the markers are none', () => {
    expect(findKallsyms(damaged(intact.shape.names + 2000, 100))).toBeUndefined();
  });

  test('offsets that do not rise are none', () => {
    const { offsets, count } = intact.shape;
    expect(findKallsyms(damaged(offsets + count * 2, 64))).toBeUndefined();
  });

  test('without a usable order of names, they are found all the same', () => {
    const { seqs } = intact.shape;
    if (seqs === null) return;
    const stretch = damaged(seqs, 300);
    const shape = findKallsyms(stretch);
    expect(shape?.seqs).toBeNull();
    const table = new KallsymsTable(stretch, shape as never, 0);
    expect(table.address('_text')).toBeDefined();
  });

  test('tables that are cut off are none', () => {
    const stretch = stretchOf(tables);
    const data = stretch.data.slice(0, BEFORE + Math.floor(tables.length / 2));
    expect(findKallsyms({ data, view: new DataView(data.buffer), phys: 0 })).toBeUndefined();
  });
});

test('a stretch of noise has no tables', () => {
  const data = new Uint8Array(1 << 20).map((_, i) => (i * i * 2654435761) >>> 13);
  expect(findKallsyms({ data, view: new DataView(data.buffer), phys: 0 })).toBeUndefined();
});
