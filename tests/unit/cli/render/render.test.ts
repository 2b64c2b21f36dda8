// Text for people: tables, units, hex, colour, progress.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { progress } from '../../../../src/base/progress.js';
import { hexDump } from '../../../../src/cli/render/hex-dump.js';
import { barLine, reportProgress } from '../../../../src/cli/render/progress.js';
import { styleFor } from '../../../../src/cli/render/style.js';
import { table } from '../../../../src/cli/render/table.js';
import { bytes, duration, pages, plural, printable, shorten } from '../../../../src/cli/render/units.js';

describe('units', () => {
  test.each([
    [0, '0'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [10 * 1024, '10 KiB'],
    [1536 * 1024, '1.5 MiB'],
    [2 ** 30, '1.0 GiB'],
    [2 ** 52, '4096 TiB'],
  ])('bytes(%d) is %s', (count, text) => expect(bytes(count)).toBe(text));

  test('pages', () => expect(pages(3)).toBe('12 KiB'));

  test.each([
    [0, '0.0 s'],
    [59.94, '59.9 s'],
    [59.96, '0:01:00'],
    [61, '0:01:01'],
    [3661, '1:01:01'],
    [90061, '1 day 1:01:01'],
    [200000, '2 days 7:33:20'],
  ])('duration(%d) is %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  test('plural', () => {
    expect([plural(0, 'fault'), plural(1, 'fault'), plural(2, 'process', 'processes')]).toEqual([
      '0 faults',
      '1 fault',
      '2 processes',
    ]);
  });

  test('printable escapes every control character and what is no UTF-8, and nothing else', () => {
    expect(printable('caf\udce9 🦊\udcf0')).toBe('caf\\xe9 🦊\\xf0');
    expect(printable('a\x1b[31mb\n\t\0\x7f\x9bé✓')).toBe('a\\x1b[31mb\\n\\t\\x00\\x7f\\xc2\\x9bé✓');
  });

  test('shorten', () => {
    expect([shorten('abcd', 4), shorten('abcde', 4), shorten('ab', 0)]).toEqual(['abcd', 'abc…', '…']);
  });
});

describe('table', () => {
  const columns = [
    { head: 'N', right: true, cell: (row: [number, string]) => row[0] },
    { head: 'NAME', cell: (row: [number, string]) => row[1] },
    { head: 'LAST', cell: () => '' },
  ];
  const rows: [number, string][] = [
    [1, 'a'],
    [100, 'longer'],
  ];

  test('columns line up, without spaces at the ends', () => {
    expect([...table(columns, rows)]).toEqual(['  N  NAME    LAST', '  1  a', '100  longer']);
  });

  test('no rows: the head alone', () => expect([...table(columns, [])]).toEqual(['N  NAME  LAST']));
});

describe('hexDump', () => {
  test('as hexdump -C', () => {
    const text = Buffer.from('Linux version 6\0\x1b');
    expect([...hexDump(0xffff_ffff_8000_0000n, text)]).toEqual([
      'ffffffff80000000  4c 69 6e 75 78 20 76 65  72 73 69 6f 6e 20 36 00  |Linux version 6.|',
      `ffffffff80000010  1b${' '.repeat(46)}  |.|`,
    ]);
  });

  test('nothing', () => expect([...hexDump(0n, new Uint8Array(0))]).toEqual([]));
});

describe('style', () => {
  beforeEach(() => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
  });
  afterEach(() => vi.unstubAllEnvs());
  const red = '\x1b[31mx\x1b[39m';
  const terminal = { isTTY: true, columns: 100 };

  test('painted on a terminal only', () => {
    expect(styleFor('auto', terminal).bad('x')).toBe(red);
    expect(styleFor('auto', {}).bad('x')).toBe('x');
  });

  test.each([
    ['NO_COLOR', '1'],
    ['TERM', 'dumb'],
  ])('%s=%s', (name, value) => {
    vi.stubEnv(name, value);
    expect(styleFor('auto', terminal).bad('x')).toBe('x');
    expect(styleFor('always', terminal).bad('x')).toBe(red);
  });

  test('--color wins', () => {
    expect(styleFor('always', {}).bad('x')).toBe(red);
    expect(styleFor('never', terminal).bad('x')).toBe('x');
  });

  test('exact lines are exact in a pipe, and harmless on a terminal', () => {
    expect(styleFor('auto', {}).exact('a\x1b[2Jb')).toBe('a\x1b[2Jb');
    expect(styleFor('never', terminal).exact('a\x1b[2Jb')).toBe('a\\x1b[2Jb');
  });

  test('the width of a terminal', () => {
    expect([styleFor('auto', terminal).columns, styleFor('auto', { columns: 80 }).columns]).toEqual([
      100,
      undefined,
    ]);
  });
});

describe('progress', () => {
  beforeEach(() => vi.stubEnv('TERM', 'xterm'));
  afterEach(() => vi.unstubAllEnvs());

  function screen(isTTY: boolean) {
    const written: string[] = [];
    return { isTTY, write: (text: string) => written.push(text), written };
  }

  test('appears after a second, is redrawn now and then, and goes', () => {
    const stream = screen(true);
    let time = 0;
    const bar = reportProgress(stream, () => time);
    for (time of [500, 999, 1000, 1050, 1200]) progress('searching memory', time, 2000);
    expect(stream.written).toEqual([
      `\r\x1b[K${barLine('searching memory', 1000, 2000)}`,
      `\r\x1b[K${barLine('searching memory', 1200, 2000)}`,
    ]);
    bar.clear();
    time = 5000;
    progress('searching memory', 1999, 2000);
    expect(stream.written.slice(2)).toEqual(['\r\x1b[K']);
  });

  test('leaves no trace where it never appeared', () => {
    const stream = screen(true);
    reportProgress(stream, () => 0).clear();
    expect(stream.written).toEqual([]);
  });

  test.each([
    ['no terminal', false, 'xterm'],
    ['a dumb terminal', true, 'dumb'],
  ])('is silent on %s', (_what, isTTY, term) => {
    vi.stubEnv('TERM', term);
    const stream = screen(isTTY);
    let time = 0;
    const bar = reportProgress(stream, () => time);
    time = 9000;
    progress('searching memory', 1, 2);
    bar.clear();
    expect(stream.written).toEqual([]);
  });

  test('the line', () => {
    expect(barLine('x', 1, 4)).toBe(`${'█'.repeat(6)}${'░'.repeat(18)}  25 %  x`);
    expect(barLine('x', 9, 4)).toBe(`${'█'.repeat(24)} 100 %  x`);
    expect(barLine('x', 1, 0)).toBe(`${'░'.repeat(24)}   0 %  x`);
  });
});
