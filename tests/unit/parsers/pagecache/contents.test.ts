import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { addSwapSource } from '../../../../src/parsers/mm/swap-source.js';
import { readNeeded } from '../../../../src/parsers/pagecache/cached-file.js';
import { FileContents } from '../../../../src/parsers/pagecache/contents.js';
import { forEachCached, isEmptyMapping, mayBeUnwritten } from '../../../../src/parsers/pagecache/mapping.js';
import { countPages, isUnwritten, readPageRuns } from '../../../../src/parsers/pagecache/page-runs.js';
import { CACHED } from '../../../../src/snapshot/pagecache.js';
import { MadeMm } from '../mm/made-mm.js';

const PAGE = 4096;
const FLAGS = { uptodate: 8, dirty: 16, writeback: 32 } as const;
const [DIRTY_MARK, WRITEBACK_MARK] = [0, 1];

/** A file of eight pages: 0 clean, 1 dirty by flag, 2 by mark, 4 under writeback, 5 not read yet, 6 a value. */
function made(operations: 'shmem_aops' | 'ext4_aops', head?: bigint) {
  const kernel = new MadeMm();
  kernel.types
    .enum({ PG_uptodate: 3, PG_dirty: 4, PG_writeback: 5 })
    .struct('xarray', { xa_flags: 'u64', xa_head: 'ptr' })
    .struct('xa_node', { shift: 'u8', offset: 'u8', parent: 'ptr', slots: 'u64[64]', marks: 'u64[3]' })
    .struct('swap_info_struct', { flags: 'u64' })
    .struct('address_space', { host: 'ptr', i_pages: 'xarray', a_ops: 'ptr' })
    .struct('inode', INODE);
  const node = kernel.make('xa_node', { shift: 0 });
  const frames = new Map<number, number>();
  const page = (index: number, flags: number) => {
    const data = kernel.alloc(PAGE, PAGE);
    kernel.poke(data, 0x1000 + index);
    frames.set(index, kernel.phys(data) / PAGE);
    const struct = (kernel.memoryMap + (kernel.phys(data) / PAGE) * 64) as Kva;
    kernel.set(struct, 'page.flags', flags);
    kernel.set(struct, 'page.index', index);
    kernel.set(node, 'xa_node.slots', struct, index);
  };
  page(0, FLAGS.uptodate);
  page(1, FLAGS.uptodate | FLAGS.dirty);
  page(2, FLAGS.uptodate);
  page(4, FLAGS.uptodate | FLAGS.writeback);
  page(5, 0);
  kernel.set(node, 'xa_node.slots', 77n * 2n + 1n, 6);
  kernel.set(node, 'xa_node.marks', 1 << 2, DIRTY_MARK);
  kernel.set(node, 'xa_node.marks', 1 << 4, WRITEBACK_MARK);
  if (operations !== 'shmem_aops') kernel.symbol(operations, kernel.alloc(8));
  const dead = kernel.kernel();
  const a_ops = dead.symbol(operations);
  const xa_head = head ?? node + 2;
  const mapping = kernel.make('address_space', { 'i_pages.xa_head': xa_head, a_ops });
  const inode = (links: number) =>
    kernel.make('inode', { i_nlink: links, 'i_data.i_pages.xa_head': xa_head, 'i_data.a_ops': a_ops });
  return { dead: kernel.kernel(), mapping, inode, frame: (index: number) => frames.get(index) };
}

const INODE = {
  ...{ i_mode: 'u16', i_uid: 'u32', i_gid: 'u32', i_sb: 'ptr', i_ino: 'u64', i_rdev: 'u32' },
  ...{ i_size: 'i64', i_nlink: 'u32', i_data: 'address_space' },
} as const;

/** Which pages a restorer needs: the whole, or what the disk lacks. */
test.each([
  {
    what: 'a file that nobody has',
    operations: 'ext4_aops',
    links: 1,
    held: false,
    clean: true,
    whole: false,
  },
  {
    what: 'a held file, for a snapshot',
    operations: 'ext4_aops',
    links: 1,
    held: true,
    clean: true,
    whole: true,
  },
  {
    what: 'a held file, for a plan',
    operations: 'ext4_aops',
    links: 1,
    held: true,
    clean: false,
    whole: false,
  },
  {
    what: 'a deleted one, for a plan',
    operations: 'ext4_aops',
    links: 0,
    held: true,
    clean: false,
    whole: true,
  },
  {
    what: 'a deleted one that nobody has',
    operations: 'ext4_aops',
    links: 0,
    held: false,
    clean: false,
    whole: false,
  },
  { what: 'memory, for a plan', operations: 'shmem_aops', links: 1, held: false, clean: false, whole: true },
] as const)('of $what', ({ operations, links, held, clean, whole }) => {
  const { dead, inode } = made(operations);
  const { runs } = readNeeded(dead, inode(links), held, clean);
  const present = runs.filter(({ flags }) => (flags & CACHED.present) !== 0);
  const pages = present.flatMap((run) => Array.from({ length: run.pages }, (_, at) => run.index + at));
  expect(pages).toEqual(whole ? [0, 1, 2, 4, 5] : [1, 2, 4]);
});

test('dirty and writeback by flag or by mark; values are swap entries of shmem only', () => {
  for (const operations of ['shmem_aops', 'ext4_aops'] as const) {
    const { dead, mapping } = made(operations);
    const [dirty, writeback, swapped]: [number[], number[], unknown[]] = [[], [], []];
    forEachCached(dead, mapping, {
      page: (entry) => {
        if (entry.dirty) dirty.push(entry.index);
        if (entry.writeback) writeback.push(entry.index);
      },
      swapped: (entry) => swapped.push(entry),
    });
    expect([dirty, writeback]).toEqual([[1, 2], [4]]);
    expect(swapped).toEqual(operations === 'shmem_aops' ? [{ index: 6, type: 0, offset: 77 }] : []);
    expect(dead.faults.count).toBe(0);
  }
});

test('runs of frames and swap slots, with what is to become of them', () => {
  for (const operations of ['shmem_aops', 'ext4_aops'] as const) {
    const { dead, mapping, frame } = made(operations);
    const { present, dirty, writeback, stale, swap } = CACHED;
    const run = (index: number, pages: number, flags: number) => {
      return { index, pages, pfn: frame(index), flags, swapType: 0 };
    };
    const inMemory = [run(0, 1, present), run(1, 2, present | dirty), run(4, 1, present | writeback)];
    const onSwap = { index: 6, pages: 1, pfn: 77, flags: swap, swapType: 0 };
    const runs = readPageRuns(dead, mapping);
    expect(runs).toEqual([
      ...inMemory,
      run(5, 1, present | stale),
      ...(operations === 'shmem_aops' ? [onSwap] : []),
    ]);
    expect(runs.filter(isUnwritten)).toEqual(inMemory.slice(1));
    expect(countPages(runs)).toMatchObject({ pages: 5, dirty: 2, writeback: 1 });
    expect(mayBeUnwritten(dead, mapping)).toBe(true);
  }
});

test('a mapping with nothing but the shadow of a page, or one swap entry, is not empty, and has nothing to write', () => {
  const { dead, mapping } = made('shmem_aops', 77n * 2n + 1n);
  expect(isEmptyMapping(dead, mapping)).toBe(false);
  expect(mayBeUnwritten(dead, mapping)).toBe(false);
  expect(readPageRuns(dead, mapping)).toEqual([
    { index: 0, pages: 1, pfn: 77, flags: CACHED.swap, swapType: 0 },
  ]);
  expect(dead.faults.count).toBe(0);
});

test('of a file on disk, what is not in memory is absent, and so is a page that was not read yet', () => {
  const { dead, mapping } = made('ext4_aops');
  const contents = new FileContents(dead, mapping, 7 * PAGE + 10);
  expect(contents.runs()).toEqual([
    { kind: 'present', index: 0, pages: 3 },
    { kind: 'absent', index: 3, pages: 1 },
    { kind: 'present', index: 4, pages: 1 },
    { kind: 'absent', index: 5, pages: 3 },
  ]);
});

test('of a file in memory, it is a hole; swapped pages come from where they can be read', () => {
  const { dead, mapping } = made('shmem_aops');
  const runs = () => new FileContents(dead, mapping, 8 * PAGE).runs();
  const hole = { kind: 'hole', index: 5, pages: 1 };
  expect(runs().slice(3)).toEqual([
    hole,
    { kind: 'swapped', index: 6, pages: 1 },
    { kind: 'hole', index: 7, pages: 1 },
  ]);
  addSwapSource(dead, {
    copy: ({ offset }, into) => {
      into.fill(offset);
      return true;
    },
  });
  expect(runs().slice(3)).toEqual([
    hole,
    { kind: 'present', index: 6, pages: 1 },
    { kind: 'hole', index: 7, pages: 1 },
  ]);
  const found = Array.from(new FileContents(dead, mapping, 6 * PAGE + 3).present(), ({ index, bytes }) => [
    index,
    bytes.length,
    bytes[0],
  ]);
  expect(found).toEqual([
    [0, PAGE, 0],
    [1, PAGE, 1],
    [2, PAGE, 2],
    [4, PAGE, 4],
    [6, 3, 77],
  ]);
});
