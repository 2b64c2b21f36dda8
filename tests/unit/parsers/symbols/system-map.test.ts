import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { InputError } from '../../../../src/base/error.js';
import { MovedSymbols } from '../../../../src/parsers/symbols/linked-symbols.js';
import { parseSystemMap, writeSystemMap } from '../../../../src/parsers/symbols/system-map.js';

const KASLR = 0x920_0000;
const LINES = [
  '0000000000000000 D __per_cpu_start',
  '000000000001fb80 D current_task',
  '0000000000034000 D __per_cpu_end',
  '0000000001000000 A phys_startup_64',
  'ffffffff81000000 T _text',
  ...Array.from(
    { length: 1200 },
    (_, i) => `${(0xffff_ffff_8100_0040n + BigInt(i) * 16n).toString(16)} t f${i}`,
  ),
  'ffffffff82a00000 B _end',
];
const TEXT = `${LINES.join('\n')}\n`;

const moved = (text = TEXT) => {
  const table = parseSystemMap(text, 'System.map');
  return new MovedSymbols(table, ((table.value('_text') as number) + KASLR) as Kva);
};

describe('a System.map', () => {
  test('gives run-time addresses; absolute symbols stay', () => {
    const symbols = moved();
    expect(symbols.address('f1')).toBe(-0x7f00_0000 + 0x50 + KASLR);
    expect(symbols.address('current_task')).toBe(0x1fb80);
    expect(symbols.address('phys_startup_64')).toBe(0x100_0000);
    expect(symbols.address('gone')).toBeUndefined();
    expect(symbols.count).toBe(LINES.length);
  });

  test('names addresses', () => {
    const symbols = moved();
    const f2 = symbols.address('f2') as Kva;
    expect(symbols.nearest((f2 + 3) as Kva)).toEqual({ name: 'f2', offset: 3, module: null });
    expect(symbols.nearest(-0x7f00_0000 as Kva)).toBeUndefined();
    expect(symbols.nearest(-4096 as Kva)).toBeUndefined();
    expect(symbols.nearest(0x1fb90 as Kva)).toBeUndefined();
  });

  test('is written as nm prints it', () => {
    expect([...writeSystemMap(moved(), KASLR)].join('')).toBe(TEXT);
  });

  test('calls per-CPU symbols data where kallsyms call them absolute', () => {
    const asKallsyms = TEXT.replace(/^(0{10,}\w+) D/gm, '$1 A');
    expect([...writeSystemMap(moved(asKallsyms), KASLR)].join('')).toBe(TEXT);
  });

  test('leaves undefined symbols out, and sorts as nm does', () => {
    const shuffled = `                 U nothing\n${[...LINES].reverse().join('\n')}\n`;
    expect([...moved(shuffled).all()][0]?.name).toBe('__per_cpu_start');
    expect(moved(shuffled).count).toBe(LINES.length);
  });

  test('that is Debian’s placeholder is refused as such', () => {
    const text =
      'ffffffffffffffff B The real System.map is in the linux-image-6.1.0-50-cloud-amd64-dbg package\n';
    expect(() => parseSystemMap(text, 'System.map')).toThrow(/placeholder that Debian ships/);
  });

  test.each(['', 'hello\n', LINES.slice(0, 40).join('\n'), TEXT.replace(' _text', ' _other')])(
    'that is none is refused',
    (text) => {
      expect(() => parseSystemMap(text, 'x')).toThrow(InputError);
    },
  );
});
