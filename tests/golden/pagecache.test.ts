// The page cache against /proc/meminfo, the digests of cached files, /proc/PID/maps, and what the zoo left in files
// (src/lab/guest/zoo/shared.c, files.c).

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { pageCacheOf } from '../../src/parsers/parts/page-cache.js';
import type { CachedFile } from '../../src/snapshot/pagecache.js';
import { runCli } from '../unit/helpers/run-cli.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const HOME = '/otherworld/zoo';
/** A fixture keeps the first pages of files that are dirty or in memory only, not of all. */
const KEPT_PAGES = 3 * 16;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const files = () => pageCacheOf(fixture.dump).files;
  const has = (comm: string) => fixture.dump.tasks.some((task) => task.comm === comm);
  const pidOf = (comm: string) => fixture.dump.tasks.find((task) => task.comm === comm)?.pid;
  const one = (path: string): CachedFile => {
    const found = pageCacheOf(fixture.dump).named(path);
    expect(found.map(({ paths }) => paths[0])).toHaveLength(1);
    return found[0] as CachedFile;
  };

  test('totals are those of /proc/meminfo', () => {
    const text = textOf(fixture.truth.system['/proc/meminfo']) ?? '';
    const sum = (keep: (file: CachedFile) => boolean, of: (file: CachedFile) => number) =>
      files().reduce((total, file) => total + (keep(file) ? of(file) : 0), 0);
    const disk = ({ memoryOnly }: CachedFile) => !memoryOnly;
    const device = ({ fsType }: CachedFile) => fsType === 'bdev';
    const huge = ({ fsType }: CachedFile) => fsType === 'hugetlbfs';
    const pages = ({ pages }: CachedFile) => pages;
    const ours = {
      Dirty: sum(disk, ({ dirty }) => dirty),
      Writeback: sum(disk, ({ writeback }) => writeback),
      Buffers: sum(device, pages),
      Shmem: sum((file) => file.memoryOnly && !huge(file), pages),
      Cached: sum((file) => !device(file) && !huge(file), pages),
    };
    const compare = new Comparison();
    for (const [field, count] of Object.entries(ours)) {
      if (!isStable(fixture.truth, 'system /proc/meminfo', field)) continue;
      compare.same(field, count, Number(new RegExp(`^${field}: +(\\d+) kB`, 'm').exec(text)?.[1]) / 4);
    }
    compare.finish(4);
  });

  test('contents of known files, page by page', () => {
    const compare = new Comparison();
    for (const [path, theirs] of Object.entries(fixture.truth.cachedFiles)) {
      const file = one(path);
      compare.same(`${path} size`, file.size, theirs.size);
      for (const { index, bytes } of pageCacheOf(fixture.dump).contents(file).present()) {
        const md5 = createHash('md5').update(bytes).digest('hex').slice(0, 16);
        compare.same(`${path} page ${index}`, md5, theirs.pages[index]);
      }
    }
    compare.finish(has('zoo-pagecache') ? KEPT_PAGES : 0);
  });

  test('names of files are those of /proc/PID/maps', () => {
    const byInode = new Map(files().map((file) => [`${file.device}:${file.number}`, file]));
    const compare = new Comparison();
    for (const { files } of Object.values(fixture.truth.processes)) {
      for (const line of (textOf(files['maps']) ?? '').split('\n')) {
        const [, major, minor, number, path] =
          /^\S+ \S+ \S+ (\w+):(\w+) ([1-9]\d*) +(\/.*)$/.exec(line) ?? [];
        const device = Number.parseInt(`${major}`, 16) * 2 ** 20 + Number.parseInt(`${minor}`, 16);
        const file = byInode.get(`${device}:${number}`);
        if (path === undefined || file === undefined || path.includes('\\')) continue;
        compare.same(`${line} has`, file.paths.includes(path), true);
      }
    }
    compare.finish(300);
  });

  test('pages and holes of a sparse file', ({ skip }) => {
    if (!has('zoo-pagecache')) return skip('not in this capture');
    const runs = pageCacheOf(fixture.dump)
      .contents(one(`${HOME}/cached sparse`))
      .runs();
    expect(runs).toEqual([
      { kind: 'present', index: 0, pages: 2 },
      { kind: 'absent', index: 2, pages: 8998 },
      { kind: 'present', index: 9000, pages: 1 },
    ]);
  });

  test('deleted files, and who has them', async ({ skip }) => {
    if (!has('zoo-regular')) return skip('not in this capture');
    const { stdout } = await runCli(fixture.dump, ['pagecache', '--deleted', '--json']);
    const rows: { paths: string[]; holders: { pid: number; fd: number | null }[] }[] =
      JSON.parse(stdout).data;
    const holders = (path: string) => rows.find(({ paths }) => paths[0] === path)?.holders;
    expect(holders(`${HOME}/gone file (deleted)`)?.map(({ pid }) => pid)).toEqual([pidOf('zoo-regular')]);
    expect(holders(`${HOME}/exe (deleted)`)?.map(({ pid }) => pid)).toEqual([pidOf('zoo-exedel')]);
    expect(holders('/memfd:zoo memory (deleted)')?.map(({ pid }) => pid)).toEqual([pidOf('zoo-memfd')]);
    expect(rows.every(({ paths }) => paths.every((path) => path.endsWith(' (deleted)')))).toBe(true);
  });

  test('shared memory that was swapped out', ({ skip }) => {
    if (!has('zoo-swapped')) return skip('not in this capture');
    const swapped = files().filter((file) => file.swapped > 0);
    expect(swapped.map(({ pages, swapped, size }) => [pages + swapped, size])).toEqual([[16, 65536]]);
    // It asked for the first eight to be written out; how many had been when the guest died is the guest's affair.
    expect(swapped[0]?.swapped).toBeLessThanOrEqual(8);
  });

  test('--extract writes what memory has', async ({ skip }) => {
    if (!has('zoo-regular')) return skip('not in this capture');
    const folder = mkdtempSync(join(tmpdir(), 'otherworld-extract-'));
    const out = join(folder, 'out');
    const extract = (path: string) => runCli(fixture.dump, ['pagecache', '--extract', path, '-o', out]);
    try {
      expect((await extract(`${HOME}/gone file`)).code).toBe(0);
      expect(readFileSync(out, 'utf8')).toBe('still here');
      const { code, stdout } = await extract(`${HOME}/cached sparse`);
      expect(code).toBe(5);
      expect(stdout).toContain('pages 2-8999 are not in memory');
      const sparse = readFileSync(out);
      expect(sparse.length).toBe(9001 * 4096);
      expect(sparse.subarray(2 * 4096, 9000 * 4096).every((byte) => byte === 0)).toBe(true);
      // tag 0x243, of the page that was written last
      expect(sparse.readBigUInt64LE(9000 * 4096 + 8)).toBe((0x243n << 48n) ^ 0x9e3779b1n);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
