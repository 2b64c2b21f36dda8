// tmpfs against stat of open files, the contents of files that the truth holds, /proc/meminfo, and what the lab's init
// and zoo made (src/lab/guest/init.c, zoo/files.c).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { pageCacheOf } from '../../src/parsers/parts/page-cache.js';
import type { TmpfsEntry, TmpfsTree } from '../../src/snapshot/tmpfs.js';
import { runCli } from '../unit/helpers/run-cli.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const FORMATS: Readonly<Record<string, number>> = {
  fifo: 1,
  char: 2,
  directory: 4,
  block: 6,
  regular: 8,
  symlink: 10,
  socket: 12,
};

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const has = (comm: string) => fixture.dump.tasks.some((task) => task.comm === comm);
  const trees = () => pageCacheOf(fixture.dump).tmpfs;
  const all = ({ entries, unlinked }: TmpfsTree) => [...entries, ...unlinked];
  const at = (mount: string): TmpfsTree => {
    const found = trees().filter(({ mountPoint }) => mountPoint === mount);
    expect(found).toHaveLength(1);
    return found[0] as TmpfsTree;
  };
  const numbers = (device: number) => `${device >>> 20}:${device & 0xfffff}`;

  test('mounts are those of /proc/1/mountinfo', () => {
    const theirs = (textOf(fixture.truth.processes['1']?.files['mountinfo']) ?? '')
      .split('\n')
      .map((line) => line.split(' '))
      .filter((words) =>
        ['tmpfs', 'devtmpfs', 'ramfs', 'hugetlbfs'].includes(words[words.indexOf('-') + 1] ?? ''),
      )
      .map((words) => `${words[2]} ${words[4]}`);
    const ours = trees()
      .filter(({ mountPoint, fsType }) => mountPoint !== null && fsType !== 'rootfs')
      .map(({ device, mountPoint }) => `${numbers(device)} ${mountPoint}`);
    expect(ours.sort()).toEqual([...new Set(theirs)].sort());
    expect(ours.length).toBeGreaterThan(3);
  });

  test('open files are as stat tells', () => {
    const byNumber = new Map<string, TmpfsEntry>();
    for (const tree of trees())
      for (const entry of all(tree)) byNumber.set(`${numbers(tree.device)} ${entry.number}`, entry);
    const compare = new Comparison();
    for (const [pid, { fd }] of Object.entries(fixture.truth.processes)) {
      for (const [number, { stat, link }] of Object.entries(fd ?? {})) {
        const entry = stat && byNumber.get(`${stat.dev} ${stat.ino}`);
        if (entry === undefined || !isStable(fixture.truth, `processes ${pid} fd ${number} stat`)) continue;
        const { type, mode, links, size, uid, gid, rdev } = entry;
        const format = (FORMATS[type] ?? 0) << 12;
        const ours = { mode: format | mode, nlink: links, size, uid, gid, rdev: numbers(rdev) };
        const { dev: _dev, ino: _ino, ...theirs } = stat as NonNullable<typeof stat>;
        for (const [key, value] of Object.entries(theirs))
          compare.same(`${pid}/${number} ${link} ${key}`, ours[key as keyof typeof ours], value);
      }
    }
    compare.finish(300);
  });

  test('directories were changed between the boot and the death, by the clock of the guest', () => {
    const { realtime, boottime } = fixture.truth.clocks;
    const boot = BigInt(realtime) - BigInt(boottime);
    const slack = 120_000_000_000n; // the clocks are noted some time before the end
    const times = ['/run', '/tmp', '/dev/shm'].flatMap((mount) =>
      at(mount)
        .entries.filter(({ type }) => type === 'directory')
        .flatMap(({ times: one }) => one ?? []),
    );
    const within = (time: bigint) => time > boot && time < BigInt(realtime) + slack;
    expect(times.length).toBeGreaterThan(5);
    expect(times.some(({ mtime }) => BigInt(mtime) % 1_000_000_000n !== 0n)).toBe(true);
    for (const { mtime, atime } of times) {
      expect(within(BigInt(mtime)), `mtime ${mtime}`).toBe(true);
      expect(within(BigInt(atime)), `atime ${atime}`).toBe(true);
    }
  });

  test('contents are those that the guest read', () => {
    const compare = new Comparison();
    const pageCache = pageCacheOf(fixture.dump);
    for (const file of ['zoo', 'ss', 'ip-addr', 'ip-route']) {
      const path = `/run/otherworld/${file}`;
      const theirs = textOf(fixture.truth.system[path]);
      const [cached] = pageCache.named(path);
      if (theirs === undefined || cached === undefined || !isStable(fixture.truth, `system ${path}`))
        continue;
      const parts = Array.from(pageCache.contents(cached).present(), ({ bytes }) => Buffer.from(bytes));
      compare.same(path, Buffer.concat(parts).toString('utf8'), theirs);
    }
    compare.finish(2);
  });

  test('pages of all trees are Shmem of /proc/meminfo', () => {
    const text = textOf(fixture.truth.system['/proc/meminfo']) ?? '';
    expect(isStable(fixture.truth, 'system /proc/meminfo', 'Shmem')).toBe(true);
    const shmem = trees().filter(({ fsType }) => !['ramfs', 'hugetlbfs'].includes(fsType));
    const pages = new Map(shmem.flatMap((tree) => all(tree).map(({ inode, pages }) => [inode, pages])));
    const ours = [...pages.values()].reduce((sum, count) => sum + count, 0);
    expect(ours * 4).toBe(Number(/^Shmem: +(\d+) kB/m.exec(text)?.[1]));
  });

  test('symbolic links and device nodes of /dev', ({ skip }) => {
    const { entries } = at('/dev');
    const entry = (path: string) => entries.find((each) => each.path === path);
    expect(entry('/null')).toMatchObject({ type: 'char', mode: 0o666, rdev: (1 << 20) | 3 });
    expect(entry('/vda')).toMatchObject({ type: 'block' });
    // Guests whose recorder did not tell the host name had an init that made no links.
    if (fixture.truth.system['/proc/sys/kernel/hostname'] === undefined) return skip('not in this capture');
    expect(entry('/fd')).toMatchObject({ type: 'symlink', target: '/proc/self/fd', size: 13 });
    expect(entry('/stderr')).toMatchObject({ type: 'symlink', target: '/proc/self/fd/2' });
  });

  test('named and nameless files of the zoo', async ({ skip }) => {
    if (!has('zoo-regular')) return skip('not in this capture');
    const { entries, unlinked } = at('/tmp');
    expect(entries.find(({ path }) => path === '/zoo-open')).toMatchObject({ mode: 0o600, links: 1 });
    expect(
      unlinked.some(({ path, links, mode }) => path.startsWith('/tmp/#') && !links && mode === 0o600),
    ).toBe(true);
    const { stdout } = await runCli(fixture.dump, ['tmpfs', '/tmp']);
    expect(stdout).toMatch(/^ {2}-rw-r--r-- {2}1 0:0 +81927 {2}\/zoo-tmpfs$/m);
    expect((await runCli(fixture.dump, ['tmpfs', '/nowhere'])).code).toBe(1);
  });
});
