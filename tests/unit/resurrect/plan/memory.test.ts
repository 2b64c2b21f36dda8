// Address spaces and shared memory: what backs a VMA, which pages are the process's own, where they are.

import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { FrameReader, SwapReader } from '../../../../src/resurrect/abi/page-run.js';
import {
  PAGE_FLAG,
  PAGE_SOURCE,
  type StoredPage,
  VMA_KIND,
  VMA_KIND_NAME,
} from '../../../../src/resurrect/abi/records/memory.js';
import { planMm } from '../../../../src/resurrect/plan/memory/mm.js';
import { planSharedMemory } from '../../../../src/resurrect/plan/memory/shared-memory.js';
import { StoredPages } from '../../../../src/resurrect/plan/memory/stored-pages.js';
import { type DumpReaders, Planning } from '../../../../src/resurrect/plan/planning.js';
import { SnapshotIndex } from '../../../../src/resurrect/plan/snapshot-index.js';
import { Table } from '../../../../src/resurrect/plan/table.js';
import { PAGE, type PageRun } from '../../../../src/snapshot/mm.js';
import { CACHED } from '../../../../src/snapshot/pagecache.js';
import type { Snapshot } from '../../../../src/snapshot/snapshot.js';
import { processOf, snapshotOf, task } from './made-snapshot.js';

const { present, writable, dirty, file, swap, zero, thp, marker } = PAGE;

/** An open file description that nobody is told of. */
const OPEN = {
  ...{
    object: null,
    inodeAddress: null,
    owner: null,
    references: 1,
    flags: 0,
    offset: 0,
    inode: 1,
    device: 1,
  },
  ...{ rdev: 0, size: 0, links: 1, mode: 0o600, mountId: 1, deleted: false, operations: null },
};

/** By the kernel's count, and by the page tables. */
const NO_PAGES = { rss: { anon: 0 }, pages: { anon: 0 } };

function run(address: number, pages: number, pfn: number, flags: number, swapType = 0): PageRun {
  return { address, pages, pfn, flags, swapType };
}

describe('which vDSO', () => {
  const build = 'd5'.repeat(20);
  const images = (mm: object) =>
    planned(mm).planning.tables.vdsoImage.rows.map(({ buildId }) => Buffer.from(buildId).toString('hex'));

  test.each<[string, object, string[]]>([
    ['known', { vdso: 0x1000, vdsoBuild: build }, [build]],
    ['not read', { vdso: 0x1000, vdsoBuild: null }, []],
    ['of a snapshot of an earlier release', { vdso: 0x1000 }, []],
    ['none mapped', { vdso: 0, vdsoBuild: build }, []],
    ['an id of another length', { vdso: 0x1000, vdsoBuild: 'd5d5' }, []],
  ])('%s', (_how, mm, found) => {
    expect(images(mm)).toEqual(found);
  });

  test('once, whoever has it', () => {
    const mms = ['0xa', '0xb'].map((address) => ({
      ...{ address, taskSize: 2 ** 47 - 4096, defFlags: '0x0', vdso: 0x1000, vdsoBuild: build },
      ...{ startCode: 0x400000, vmas: [], runs: [], ...NO_PAGES },
    }));
    const tasks = [task(2, { mm: '0xa' }), task(3, { mm: '0xb' })];
    const snapshot = snapshotOf(tasks, { mms } as unknown as Partial<Snapshot>);
    const planning = new Planning(new SnapshotIndex(snapshot), [2, 3]);
    planMm(planning, '0xa', processOf(2));
    planMm(planning, '0xb', processOf(3));
    expect([planning.tables.mm.size, planning.tables.vdsoImage.size]).toEqual([2, 1]);
  });
});

function vma(start: number, end: number, rest: object = {}) {
  const plain = {
    name: '',
    file: null,
    anonymous: true,
    perms: 'rw-p',
    offset: 0,
    flags: '0x73',
    vmFlags: [],
  };
  return { start, end, ...plain, ...rest };
}

const NO_READERS: DumpReaders = { frames: null, swap: null };

function planningOf(mm: object, rest: object = {}, readers = NO_READERS): Planning {
  const bounds = { address: '0xa', taskSize: 2 ** 47 - 4096, defFlags: '0x0', vdso: 0, startCode: 0x400000 };
  const mms = [{ ...bounds, vmas: [], runs: [], ...NO_PAGES, ...mm }];
  const snapshot = snapshotOf([task(2, { mm: '0xa' })], { mms, ...rest } as unknown as Partial<Snapshot>);
  return new Planning(new SnapshotIndex(snapshot), [2], readers);
}

function planned(mm: object, rest: object = {}, readers = NO_READERS) {
  const planning = planningOf(mm, rest, readers);
  planMm(planning, '0xa', processOf(2, { auxv: [[6, '0x1000']] }));
  const [space] = planning.tables.mm.rows;
  if (space === undefined) throw new Error('nothing was planned');
  const refused = planning.refusals.rows.map(({ resource }) => resource);
  return { planning, space, vmas: space.vmas, refused };
}

test('auxv is pairs of words with AT_NULL behind; a space is planned once', () => {
  const { planning, space } = planned({});
  expect(Buffer.from(space.auxv).toString('hex')).toBe(`0600${'0'.repeat(12)}0010${'0'.repeat(44)}`);
  expect(planMm(planning, '0xa', processOf(2))).toBe(0);
  expect(planMm(planning, '0xdead', processOf(2))).toBeNull();
  expect(planning.tables.mm.size).toBe(1);
});

test('pages that the kernel counts and no page table has: the process is not brought back without them', () => {
  const counted = (anon: number, found: number) => planned({ rss: { anon }, pages: { anon: found } });
  expect(counted(6092, 5580).refused).toEqual(['memory']);
  expect(counted(6092, 5580).planning.refusals.rows[0]?.reason).toBe(
    'process 2: 512 pages of its memory are in no page table: they were being made a huge page',
  );
  for (const [count, found] of [
    [100, 100],
    [116, 100],
    [100, 200],
  ] as const)
    expect(counted(count, found).refused).toEqual([]);
});

describe('pages', () => {
  test('of anonymous memory: all, joined where nothing tells them apart', () => {
    const runs = [
      run(0x1000, 1, 50, present | writable | PAGE.accessed),
      run(0x2000, 1, 51, present | writable),
      run(0x3000, 2, 52, present | writable | dirty),
      run(0x5000, 3, 7, zero | present),
    ];
    const [planning] = planned({ vmas: [vma(0x1000, 0x8000)], runs }).vmas;
    expect(planning?.pages.map(({ address, pfn, pages, source }) => [address, pfn, pages, source])).toEqual([
      [0x1000, 50, 2, PAGE_SOURCE.frame],
      [0x3000, 52, 2, PAGE_SOURCE.frame],
      [0x5000, 0, 3, PAGE_SOURCE.zero],
    ]);
    expect(planning?.pages.map(({ flags }) => flags)).toEqual([
      PAGE_FLAG.writable,
      PAGE_FLAG.writable | PAGE_FLAG.dirty,
      0,
    ]);
  });

  test('of a private mapping of a file: those that were written', () => {
    const open = { address: '0xf', type: 'regular', fsType: 'ext4', path: '/bin/x', inodeAddress: '0xe' };
    const files = [{ ...OPEN, ...open }];
    const runs = [run(0x1000, 4, 50, present | file), run(0x5000, 1, 99, present | dirty)];
    const { vmas } = planned(
      { vmas: [vma(0x1000, 0x8000, { file: '0xf', anonymous: false })], runs },
      { files },
    );
    expect(vmas[0]).toMatchObject({ kind: VMA_KIND.file_private, backing: 0 });
    expect(vmas[0]?.pages).toMatchObject([{ address: 0x5000, pfn: 99, pages: 1 }]);
  });

  test('a run across two VMAs is cut, and huge pages stay together', () => {
    const runs = [run(0x1000, 8, 100, present | thp)];
    const { vmas } = planned({ vmas: [vma(0x1000, 0x4000), vma(0x4000, 0x9000)], runs });
    expect(vmas.map(({ pages }) => pages)).toMatchObject([
      [{ address: 0x1000, pfn: 100, pages: 3, flags: PAGE_FLAG.huge }],
      [{ address: 0x4000, pfn: 103, pages: 5, flags: PAGE_FLAG.huge }],
    ]);
  });

  test('on swap: what is in the swap cache is in frames, the rest in slots of the area', () => {
    const swapCache = [
      { type: 1, offset: 12, pages: 2, pfn: 700 },
      { type: 1, offset: 15, pages: 9, pfn: null },
      { type: 0, offset: 10, pages: 9, pfn: 1 },
    ];
    const swapAreas = [
      { type: 0, path: '/dev/a', slots: 99, zram: null },
      { type: 1, path: '/dev/b', slots: 100, zram: null },
    ];
    const { planning, vmas } = planned(
      { vmas: [vma(0x1000, 0x9000)], runs: [run(0x1000, 8, 10, swap, 1)] },
      { swapCache, swapAreas },
    );
    expect(
      vmas[0]?.pages.map(({ address, pages, pfn, source, swap }) => [address, pages, pfn, source, swap]),
    ).toEqual([
      [0x1000, 2, 10, PAGE_SOURCE.swap, 1],
      [0x3000, 2, 700, PAGE_SOURCE.frame, 0],
      [0x5000, 1, 14, PAGE_SOURCE.swap, 1],
      [0x6000, 3, 0, PAGE_SOURCE.zero, 0],
    ]);
    expect(planning.swap.areas()).toEqual([{ type: 1, path: '/dev/b', slots: 100 }]);
  });

  test('on swap that there is not, by a torn page table: the address space is refused, and they are left out', () => {
    const swapAreas = [{ type: 1, path: '/dev/b', slots: 12, zram: null }];
    const runs = [run(0x1000, 2, 10, swap, 1), run(0x3000, 1, 12, swap, 1), run(0x4000, 1, 5, swap, 9)];
    const { vmas, refused } = planned({ vmas: [vma(0x1000, 0x9000)], runs }, { swapAreas });
    expect(vmas[0]?.pages.map(({ address, pages }) => [address, pages])).toEqual([[0x1000, 2]]);
    expect(refused).toEqual(['memory']);
  });

  test('failed, or write-protected while they are not there: refused', () => {
    const runs = [run(0x1000, 1, 2, marker), run(0x2000, 1, 1, marker), run(0x3000, 1, 0x12345, marker)];
    const { refused, vmas } = planned({ vmas: [vma(0x1000, 0x9000)], runs });
    expect(refused).toEqual(['poisoned_page', 'userfaultfd_range', 'poisoned_page']);
    expect(vmas[0]?.guards).toEqual([]);
  });

  test('guarded: ranges of the VMA, neighbours joined, cut where the VMA ends', () => {
    const runs = [
      run(0x1000, 1, 50, present),
      run(0x2000, 2, 4, marker),
      run(0x4000, 1, 5, marker),
      run(0x6000, 4, 4, marker),
    ];
    const { refused, vmas } = planned({ vmas: [vma(0x1000, 0x8000), vma(0x8000, 0x9000)], runs });
    expect(refused).toEqual([]);
    expect(vmas.map(({ guards }) => guards)).toEqual([
      [
        { start: 0x2000, end: 0x5000 },
        { start: 0x6000, end: 0x8000 },
      ],
      [{ start: 0x8000, end: 0x9000 }],
    ]);
    expect(vmas[0]?.pages.map(({ address, pages }) => [address, pages])).toEqual([[0x1000, 1]]);
  });

  test('digests are of the whole run; none where a frame is missing', () => {
    const page = (pfn: number) => Buffer.alloc(4096, pfn);
    const frames: FrameReader = {
      frames: (pfn, into) => {
        for (let n = 0; n < into.length / 4096; n++) into.set(page(pfn + n), n * 4096);
        return pfn < 60;
      },
    };
    const runs = [run(0x1000, 2, 50, present), run(0x3000, 1, 60, present)];
    const readers = { frames, swap: null };
    const [first, second] = planned({ vmas: [vma(0x1000, 0x9000)], runs }, {}, readers).vmas[0]?.pages ?? [];
    expect(first).toMatchObject({
      flags: PAGE_FLAG.digest,
      digest: crc32(Buffer.concat([page(50), page(51)])),
    });
    expect(second).toMatchObject({ flags: 0, digest: 0 });
  });
});

describe('what backs a VMA', () => {
  const files = [
    { address: '0xf1', type: 'char', operations: 'zero_fops', path: '/dev/zero', fsType: 'devtmpfs' },
    { address: '0xf2', type: 'char', operations: 'mem_fops', path: '/dev/mem', fsType: 'devtmpfs' },
    {
      address: '0xf3',
      type: 'anon',
      operations: 'perf_fops',
      path: 'anon_inode:[perf]',
      fsType: 'anon_inodefs',
    },
    { address: '0xf4', type: 'unknown', operations: 'aio_ring_fops', path: '/[aio]', fsType: 'aio' },
    {
      address: '0xf5',
      type: 'regular',
      operations: 'x',
      path: '/dev/zero (deleted)',
      fsType: 'tmpfs',
      inodeAddress: '0xe5',
    },
    {
      address: '0xf6',
      type: 'regular',
      operations: 'x',
      path: '/etc/x',
      fsType: 'ext4',
      inodeAddress: '0xe6',
    },
  ].map((each) => ({ ...OPEN, ...each }));
  const kindOf = (rest: object) => {
    const { vmas, refused } = planned({ vmas: [vma(0x1000, 0x2000, rest)] }, { files });
    const mine = refused.filter((resource) => resource === 'mapping' || resource === 'userfaultfd_range');
    return [VMA_KIND_NAME[vmas[0]?.kind ?? 0], ...mine];
  };
  const mapped = (address: string, rest: object = {}) => kindOf({ file: address, anonymous: false, ...rest });

  test.each([
    ['heap', { name: '[heap]' }, ['anonymous']],
    ['vdso', { name: '[vdso]', anonymous: false }, ['vdso']],
    ['the clocks of time namespaces', { name: '[vvar_vclock]', anonymous: false }, ['vvar']],
    ['uprobes', { name: '[uprobes]', anonymous: false }, ['special', 'mapping']],
    ['userfaultfd', { vmFlags: ['rd', 'um'] }, ['anonymous', 'userfaultfd_range']],
  ])('%s', (_, rest, kinds) => {
    expect(kindOf(rest)).toEqual(kinds);
  });

  test('files, devices, shared memory', () => {
    expect(mapped('0xf1')).toEqual(['device']);
    expect(mapped('0xf2')).toEqual(['device', 'mapping']);
    expect(mapped('0xf3', { perms: 'rw-s' })).toEqual(['device', 'mapping']);
    expect(mapped('0xf4', { perms: 'rw-s' })).toEqual(['special']);
    expect(mapped('0xf5', { perms: 'rw-s' })).toEqual(['shared_memory']);
    expect(mapped('0xf5')).toEqual(['shared_memory_private']);
    expect(mapped('0xf6', { perms: 'r--s' })).toEqual(['file_shared']);
    expect(mapped('0xf6')).toEqual(['file_private']);
  });
});

describe('shared memory', () => {
  const inode = {
    ...{ inode: '0xe', fsType: 'tmpfs', device: 1, number: 5, mode: 0o600, uid: 1, gid: 2, type: 'regular' },
    ...{ memoryOnly: true, deleted: true, size: 0x2800, paths: ['/memfd:a memory (deleted)'] },
  };
  const cached = (index: number, pages: number, pfn: number, flags: number) => ({
    index,
    pages,
    pfn,
    flags,
    swapType: 0,
  });

  test('pages by offset, up to the end of the file; what was not filled is zero', () => {
    const runs = [
      cached(0, 1, 90, CACHED.present | CACHED.dirty),
      cached(1, 1, 91, CACHED.present | CACHED.stale),
      cached(2, 4, 92, CACHED.present),
    ];
    const planning = planningOf({}, { pageCache: [{ ...inode, runs }] });
    expect(planSharedMemory(planning, '0xe')).toBe(0);
    expect(planSharedMemory(planning, '0xe')).toBe(0);
    const [memory] = planning.tables.sharedMemory.rows;
    expect(memory).toMatchObject({ name: 'a memory', bytes: 0x2800, kind: 2, flags: 1, uid: 1, mode: 0o600 });
    expect(memory?.pages.map(({ address, pages, pfn, source }) => [address, pages, pfn, source])).toEqual([
      [0, 1, 90, PAGE_SOURCE.frame],
      [0x1000, 1, 0, PAGE_SOURCE.zero],
      [0x2000, 1, 92, PAGE_SOURCE.frame],
    ]);
  });

  test('an empty file is known by its description alone; files on a disk are none', () => {
    const open = {
      address: '0xf',
      type: 'regular',
      fsType: 'tmpfs',
      path: '/tmp/x',
      inodeAddress: '0xe',
      size: 0,
      inode: 3,
    };
    const rest = {
      files: [{ ...open, object: null }],
      pageCache: [{ ...inode, inode: '0xd', memoryOnly: false }],
    };
    const planning = planningOf({}, rest);
    expect(planSharedMemory(planning, '0xd')).toBeNull();
    expect(planSharedMemory(planning, '0xbad')).toBeNull();
    expect(planSharedMemory(planning, '0xe')).toBe(0);
    expect(planning.tables.sharedMemory.rows[0]).toMatchObject({ name: '/tmp/x', bytes: 0, pages: [] });
  });
});

describe('pages on zram', () => {
  const swapAreas = [{ type: 0, path: '/dev/zram0', slots: 99, zram: { name: 'zram0' } }];
  const VMAS = [vma(0x1000, 0x9000), vma(0x9000, 0xb000)];
  const RUNS = [run(0x1000, 3, 10, swap), run(0x9000, 2, 12, swap)];
  /** Slots below `end`; a page is filled with the number of its slot. */
  const readable = (end: number): SwapReader => ({
    swapped: (area, slot, into) => {
      into.fill(slot);
      return area === 0 && slot < end;
    },
  });
  const pagesOf = ({ vmas }: ReturnType<typeof planned>) =>
    vmas.flatMap(({ pages }) => pages.map((one) => [one.address, one.pages, one.source, one.pfn, one.swap]));

  test('are carried by the plan, each once, and no swap area is', () => {
    const found = planned({ vmas: VMAS, runs: RUNS }, { swapAreas }, { frames: null, swap: readable(99) });
    expect(pagesOf(found)).toEqual([
      [0x1000, 3, PAGE_SOURCE.plan, 0, 0],
      [0x9000, 2, PAGE_SOURCE.plan, 2, 0],
    ]);
    const contents = found.planning.tables.storedPage.rows.map((page) => Buffer.from(page.contents));
    expect(contents).toEqual([10, 11, 12, 13].map((slot) => Buffer.alloc(4096, slot)));
    expect(found.refused).toEqual([]);
    expect(found.planning.swap.areas()).toEqual([]);
  });

  test('have digests where pages have', () => {
    const readers = { frames: { frames: () => false }, swap: readable(99) };
    const [first] = planned({ vmas: VMAS, runs: RUNS }, { swapAreas }, readers).vmas[0]?.pages ?? [];
    const contents = Buffer.concat([10, 11, 12].map((slot) => Buffer.alloc(4096, slot)));
    expect(first).toMatchObject({ flags: PAGE_FLAG.digest, digest: crc32(contents) });
  });

  test('that cannot be read are refused; so are all where there is no memory to read from', () => {
    const some = planned({ vmas: VMAS, runs: RUNS }, { swapAreas }, { frames: null, swap: readable(11) });
    expect(pagesOf(some)).toEqual([
      [0x1000, 1, PAGE_SOURCE.plan, 0, 0],
      [0x2000, 2, PAGE_SOURCE.swap, 11, 0],
      [0x9000, 2, PAGE_SOURCE.swap, 12, 0],
    ]);
    expect(some.refused).toEqual(['zram_swap', 'zram_swap']);
    expect(planned({ vmas: VMAS, runs: RUNS }, { swapAreas }).refused).toEqual(['zram_swap', 'zram_swap']);
  });

  test('are carried up to a bound', () => {
    const kept = new StoredPages(new Table<StoredPage>(), readable(99), 2);
    expect([0, 1, 2, 1, 0].map((slot) => kept.page(0, slot))).toEqual([0, 1, null, 1, 0]);
  });
});
