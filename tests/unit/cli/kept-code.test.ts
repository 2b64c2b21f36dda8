// Compiled code that is kept between runs.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepCode, keptCode, placeOfCode } from '../../../src/cli/kept-code.js';

describe('kept code', () => {
  let cache: string;
  const place = (...argv: string[]) => placeOfCode('ow-inspect', argv, 'b1', { XDG_CACHE_HOME: cache });
  const code = new Uint8Array([1, 2, 3, 4]);
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'otherworld-code-'));
  });
  afterEach(() => rmSync(cache, { recursive: true, force: true }));

  test('is in the cache directory, by kind of run, version and build', () => {
    const kinds = [place('/d/dump.raw', 'maps', '--all'), place('--json', '/d/dump.raw', 'maps', 'vi')];
    const name = `ow-inspect.maps.${process.version}-${process.arch}.b1`;
    expect(kinds).toEqual([join(cache, 'otherworld/code', name), join(cache, 'otherworld/code', name)]);
    expect(place('/d/dump.raw')).toContain('ow-inspect.overview.');
    const ofOw = (...argv: string[]) => placeOfCode('ow', argv, 'b1', {});
    expect(ofOw('inspect', '/d/dump.raw', 'ps')).toContain('/ow.ps.');
    expect(ofOw('plan', 'check', '/d/all.owplan')).toContain('/ow.plan-check.');
    expect(ofOw('plan', 'build', '/d/dump.raw', '-o', 'p')).toContain('/ow.plan-build.');
    expect(ofOw('snapshot', '/d/dump.raw')).toContain('/ow.snapshot.');
  });

  test('is none of a run that uses no cache or does next to nothing', () => {
    const runs = [
      [],
      ['--no-cache', '/d/dump.raw', 'ps'],
      ['--help'],
      ['/d/dump.raw', 'ps', '--help'],
      ['-V'],
    ];
    expect(runs.map((argv) => place(...argv))).toEqual(runs.map(() => null));
  });

  test('comes back as it was kept', () => {
    const at = place('/d/dump.raw', 'ps') as string;
    expect(keptCode(at)).toBeUndefined();
    keepCode(at, code);
    expect([...(keptCode(at) ?? [])]).toEqual([...code]);
  });

  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['with a bit that changed', (bytes: Buffer) => Buffer.from(bytes.map((b, i) => (i === 1 ? b ^ 4 : b)))],
    ['empty', () => Buffer.alloc(0)],
  ])('is not used %s', (_, damage) => {
    const at = place('/d/dump.raw', 'ps') as string;
    keepCode(at, code);
    writeFileSync(at, damage(readFileSync(at)));
    expect(keptCode(at)).toBeUndefined();
  });

  test('replaces that of an older build, and the oldest of too many kinds', () => {
    const at = place('/d/dump.raw', 'ps') as string;
    const old = at.replace(/b1$/, 'b0');
    keepCode(old, code);
    for (let i = 0; i < 30; i++) {
      const other = at.replace('.ps.', `.k${i}.`);
      keepCode(other, code);
      utimesSync(other, 1000 + i, 1000 + i);
    }
    keepCode(at, code);
    const names = readdirSync(dirname(at));
    expect([existsSync(at), existsSync(old), names.length]).toEqual([true, false, 24]);
    expect(names.some((name) => name.includes('.k29.')) && !names.some((name) => name.includes('.k1.'))).toBe(
      true,
    );
  });

  test('is passed over where the directory cannot be written', () => {
    writeFileSync(join(cache, 'otherworld'), 'a file');
    const at = place('/d/dump.raw', 'ps') as string;
    keepCode(at, code);
    expect(keptCode(at)).toBeUndefined();
  });
});
