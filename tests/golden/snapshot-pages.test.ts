// Files given back from the snapshot and the frames that its runs name, as a restorer does: against what the zoo wrote
// into them (src/lab/guest/zoo/{shared,memory}.c), digests that the guest took, and /proc/meminfo.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { buildSnapshot } from '../../src/parsers/build-snapshot.js';
import { pageCacheOf } from '../../src/parsers/parts/page-cache.js';
import { CACHED, type FilePages } from '../../src/snapshot/pagecache.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const PAGE = 4096;
/** What shared anonymous memory was filled with, and its first page again by the child. */
const [SHARED, CHILD] = [0x210, 0x213];
const HOME = '/otherworld/zoo';

/** Pages of a file that the zoo filled: from the first, `pages`, with what `tag` gives. */
interface Filled {
  readonly at: number;
  readonly pages: number;
  /** fill() of keeper.c counts pages on, or make_file() begins again with the next tag. */
  readonly by: 'fill' | 'make_file';
  readonly tag: number;
}

/** Deleted or nameless files, by who has them mapped, the name that maps shows, and their size in pages. */
const SPECIMENS: readonly (readonly [comm: string, name: string, pages: number, Filled])[] = [
  ['zoo-memfd', '/memfd:zoo memory (deleted)', 32, { at: 4, pages: 8, by: 'fill', tag: 0x220 }],
  ['zoo-memfd', '/memfd:zoo-huge (deleted)', 512, { at: 0, pages: 512, by: 'fill', tag: 0x221 }],
  ['zoo-sysv', '/SYSV00005a00 (deleted)', 8, { at: 0, pages: 6, by: 'fill', tag: 0x230 }],
  ['zoo-sysv', '/SYSV00000000 (deleted)', 4, { at: 0, pages: 4, by: 'fill', tag: 0x231 }],
  ['zoo-sharedanon', '/dev/zero (deleted)', 16, { at: 0, pages: 12, by: 'fill', tag: SHARED }],
  ['zoo-sharedanon', '/dev/zero (deleted)', 4, { at: 0, pages: 4, by: 'fill', tag: 0x211 }],
  ['zoo-sharedanon', '/dev/shm/zoo-shm', 8, { at: 0, pages: 8, by: 'make_file', tag: 0x214 }],
  ['zoo-swapped', '/dev/zero (deleted)', 16, { at: 0, pages: 16, by: 'fill', tag: 0x171 }],
  ['zoo-filemaps', `${HOME}/unlinked file (deleted)`, 4, { at: 0, pages: 4, by: 'make_file', tag: 0x203 }],
  ['zoo-hugetlb', '/dev/hugepages/zoo', 512, { at: 0, pages: 512, by: 'fill', tag: 0x152 }],
];

/** The words that the zoo writes into a page: `first` is the page's place in what was filled at once. */
function pattern(tag: number, first: number): Buffer {
  const bytes = Buffer.alloc(PAGE);
  for (let i = 0; i < PAGE / 8; i++) {
    const word = BigInt(first * (PAGE / 8) + i) * 0x9e3779b1n;
    bytes.writeBigUInt64LE(BigInt.asUintN(64, (BigInt(tag) << 48n) ^ (BigInt(first) << 24n) ^ word), i * 8);
  }
  return bytes;
}

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  let snapshot: Snapshot;
  let byInode: Map<string, FilePages>;
  beforeAll(() => {
    fixture = openFixture(name);
    snapshot = JSON.parse(JSON.stringify(buildSnapshot(fixture.dump)));
    byInode = new Map(snapshot.pageCache.map((file) => [file.inode, file]));
  }, 60_000);
  afterAll(() => fixture.dump.close());

  const has = (comm: string) => snapshot.tasks.some((task) => task.comm === comm);

  /** Frame of a swap slot that is in memory. */
  const cachedSlot = (type: number, slot: number): number | undefined => {
    const run = snapshot.swapCache.find(
      (each) => each.type === type && slot >= each.offset && slot < each.offset + each.pages,
    );
    return run?.pfn == null ? undefined : run.pfn + slot - run.offset;
  };

  /** Those pages of a file that the dump has; a fixture does not have all. */
  function* present({ runs }: FilePages): Generator<{ index: number; bytes: Buffer }> {
    const { physical } = fixture.dump.kernel.mem;
    for (const { index, pages, pfn, flags, swapType } of runs) {
      for (let i = 0; i < pages; i++) {
        const frame = flags & CACHED.swap ? cachedSlot(swapType, pfn + i) : pfn + i;
        if (frame === undefined || flags & CACHED.stale || !physical.has(frame * PAGE)) continue;
        const bytes = Buffer.alloc(PAGE);
        physical.copy(frame * PAGE, bytes, 0, PAGE);
        yield { index: index + i, bytes };
      }
    }
  }

  /** By the way that leads there: thread, address space, VMA, open file, inode. */
  function mappedFile(comm: string, mapped: string, pages: number): FilePages | undefined {
    const task = snapshot.tasks.find((each) => each.comm === comm);
    const mm = snapshot.mms.find(({ address }) => address === task?.mm);
    const inodes = mm?.vmas
      .filter((vma) => vma.name === mapped)
      .map(({ file }) => snapshot.files.find(({ address }) => address === file)?.inodeAddress);
    const files = inodes?.map((inode) => byInode.get(inode ?? ''));
    return files?.find((file) => Number(file?.size) === pages * PAGE);
  }

  test('nameless, deleted, shared and swapped files hold what the zoo wrote', ({ skip }) => {
    if (!has('zoo-sysv')) return skip('not in this capture');
    const compare = new Comparison();
    for (const [comm, mapped, size, { at, pages, by, tag }] of SPECIMENS) {
      if (!has(comm)) continue;
      const file = mappedFile(comm, mapped, size);
      expect(file, `${comm} ${mapped}`).toMatchObject({ held: true, memoryOnly: !mapped.startsWith(HOME) });
      const known = file?.runs.reduce((sum, run) => sum + run.pages, 0);
      expect(known, `pages of ${comm} ${mapped}`).toBeGreaterThanOrEqual(pages);
      for (const { index, bytes } of present(file as FilePages)) {
        if (index < at || index >= at + pages) continue;
        const isChilds = tag === SHARED && index === 0;
        const own = by === 'fill' ? pattern(tag, index - at) : pattern(tag + index, 0);
        const theirs = isChilds ? pattern(CHILD, 0) : own;
        compare.same(`${comm} ${mapped} page ${index}`, bytes.equals(theirs), true);
      }
    }
    compare.finish(SPECIMENS.length * 3);
  });

  test('of files that nobody has, only pages that the disk lacks', ({ skip }) => {
    if (!has('zoo-pagecache')) return skip('not in this capture');
    const named = (path: string) => snapshot.pageCache.find(({ paths }) => paths.includes(path));
    // Somebody holds a lease on it.
    expect(named(`${HOME}/cached clean`)).toMatchObject({ held: true, dirty: 0 });
    expect(named('/tmp/zoo-tmpfs')).toMatchObject({ held: false, memoryOnly: true, pages: 21 });
    const compare = new Comparison();
    for (const path of ['/tmp/zoo-tmpfs', `${HOME}/cached dirty`]) {
      const theirs = fixture.truth.cachedFiles[path];
      const file = named(path);
      // Writeback may have come before the end.
      if (theirs === undefined || file === undefined) continue;
      for (const { index, bytes } of present(file)) {
        const used = bytes.subarray(0, Number(file.size) - index * PAGE);
        const md5 = createHash('md5').update(used).digest('hex').slice(0, 16);
        compare.same(`${path} page ${index}`, md5, theirs.pages[index]);
      }
    }
    compare.finish(16);
    const all = pageCacheOf(fixture.dump).files.filter(({ memoryOnly }) => !memoryOnly);
    expect(snapshot.pageCache.filter(({ memoryOnly }) => !memoryOnly).length).toBeLessThan(all.length / 2);
    for (const { memoryOnly, held, runs } of snapshot.pageCache) {
      const isNeeded = runs.every(({ flags }) => (flags & (CACHED.dirty | CACHED.writeback)) !== 0);
      expect(memoryOnly || held || isNeeded).toBe(true);
    }
  });

  test('all dirty pages of disks, as /proc/meminfo counts them', ({ skip }) => {
    if (!isStable(fixture.truth, 'system /proc/meminfo', 'Dirty')) return skip('it moved');
    const text = textOf(fixture.truth.system['/proc/meminfo']) ?? '';
    const dirty = snapshot.pageCache
      .filter(({ memoryOnly }) => !memoryOnly)
      .flatMap(({ runs }) => runs.map(({ flags, pages }) => (flags & CACHED.dirty ? pages : 0)));
    const sum = dirty.reduce((total, pages) => total + pages, 0);
    expect(sum * 4).toBe(Number(/^Dirty: +(\d+) kB/m.exec(text)?.[1]));
  });

  test('files of tmpfs and shared memory have their pages there', () => {
    const compare = new Comparison();
    for (const { entries, unlinked, fsType } of snapshot.tmpfs) {
      for (const { path, inode, pages, swapped } of [...entries, ...unlinked]) {
        if (pages + swapped === 0) continue;
        const file = byInode.get(inode);
        compare.same(`${fsType} ${path}`, [file?.pages, file?.swapped], [pages, swapped]);
      }
    }
    for (const { key, inode, residentPages, swappedPages } of snapshot.ipc.flatMap(({ shm }) => shm))
      if (residentPages + swappedPages > 0)
        compare.same(`shm ${key}`, byInode.get(inode ?? '')?.pages, residentPages);
    compare.finish(20);
  });
});
