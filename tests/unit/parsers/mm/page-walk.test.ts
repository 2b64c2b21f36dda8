import { describe, expect, test } from 'vitest';
import { walkPages } from '../../../../src/parsers/mm/page-walk.js';
import { frameLimit } from '../../../../src/parsers/mm/struct-page.js';
import type { Vma } from '../../../../src/snapshot/mm.js';
import { MadeMm, PAGE_BYTES, RW, told, vma } from './made-mm.js';

const BASE = 0x5555_5540_0000;
const RO = 0x25n;
const SPECIAL = 0x200n;
const LARGE = 0x80n;

function walk(made: MadeMm, vmas: readonly Vma[]) {
  const kernel = made.kernel();
  const { runs, totals } = walkPages(kernel, made.mm(), vmas);
  return { runs: runs.map(told), totals, faults: kernel.faults.records.map((fault) => fault.kind) };
}

describe.each([4, 5] as const)('tables of %i levels', (levels) => {
  test('give runs of consecutive frames', () => {
    const made = new MadeMm(levels);
    [100, 101, 102, 200].forEach((pfn, i) => {
      made.map(BASE + i * PAGE_BYTES, pfn);
    });
    const { runs, totals, faults } = walk(made, [vma(BASE, 16)]);
    expect(runs).toEqual([
      '0x555555400000+3 @100 present dirty accessed writable',
      '0x555555403000+1 @200 present dirty accessed writable',
    ]);
    expect(totals).toMatchObject({ present: 4, anon: 4, file: 0, dirty: 4, tables: levels });
    expect(faults).toEqual([]);
  });

  test('are walked across the borders of tables', () => {
    const made = new MadeMm(levels);
    const end = BASE + 2 ** 30;
    made.map(end - PAGE_BYTES, 7);
    made.map(end, 8);
    expect(walk(made, [vma(end - 8 * PAGE_BYTES, 16)]).runs).toEqual([
      '0x55559553ff000+2 @7 present dirty accessed writable'.replace(
        '0x55559553ff000',
        `0x${(end - PAGE_BYTES).toString(16)}`,
      ),
    ]);
  });
});

/** Where frames follow each other and flags do not, or what the frames are changes: each as if it stood alone. */
describe('entries that are decoded as one', () => {
  const SCATTERED = [RW, RW, RO, RO, RO | SPECIAL, RO, RW | 0x800n, RW | 0x800n];

  test('end where flags change', () => {
    const made = new MadeMm();
    SCATTERED.forEach((flags, i) => {
      made.map(BASE + i * PAGE_BYTES, 500 + i, flags);
    });
    expect(walk(made, [vma(BASE, 16)]).runs).toEqual([
      '0x555555400000+2 @500 present dirty accessed writable',
      '0x555555402000+2 @502 present accessed',
      '0x555555404000+1 @504 present accessed special',
      '0x555555405000+1 @505 present accessed',
      '0x555555406000+2 @506 present dirty accessed writable softDirty',
    ]);
  });

  test('end where the frame number runs over into the other word, and through its sign', () => {
    const made = new MadeMm();
    made.poke(made.allFrames, 2 ** 24);
    [0x7_fffe, 0x7_ffff, 0x8_0000, 0x8_0001, 0xf_fffe, 0xf_ffff, 0, 1].forEach((pfn, i) => {
      made.map(BASE + i * PAGE_BYTES, pfn);
    });
    [0xf_ffff, 0x10_0000, 0x10_0001].forEach((pfn, i) => {
      made.map(BASE + (8 + i) * PAGE_BYTES, pfn);
    });
    expect(walk(made, [vma(BASE, 16)]).runs).toEqual([
      `0x555555400000+4 @${0x7_fffe} present dirty accessed writable`,
      `0x555555404000+2 @${0xf_fffe} present dirty accessed writable`,
      '0x555555406000+2 @0 present dirty accessed writable',
      `0x555555408000+3 @${0xf_ffff} present dirty accessed writable`,
    ]);
  });

  test('end at the end of the VMA', () => {
    const made = new MadeMm();
    for (let i = 0; i < 8; i++) made.map(BASE + i * PAGE_BYTES, 500 + i);
    const { runs, totals } = walk(made, [vma(BASE + PAGE_BYTES, 3), vma(BASE + 5 * PAGE_BYTES, 1)]);
    expect(runs).toEqual([
      '0x555555401000+3 @501 present dirty accessed writable',
      '0x555555405000+1 @505 present dirty accessed writable',
    ]);
    expect(totals).toMatchObject({ present: 4, anon: 4 });
  });

  test('leave the zero page out, wherever it lies among them', () => {
    const made = new MadeMm();
    const zero = made.phys(made.zeroPage) / PAGE_BYTES;
    for (let i = 0; i < 3; i++) made.map(BASE + i * PAGE_BYTES, zero - 1 + i, RO);
    expect(walk(made, [vma(BASE, 3)]).totals).toMatchObject({ present: 3, zero: 1, anon: 2 });
  });

  test('leave out what is behind the end of memory', () => {
    const made = new MadeMm();
    const frames = frameLimit(made.kernel());
    for (let i = 0; i < 4; i++) made.map(BASE + i * PAGE_BYTES, frames - 2 + i, RO);
    expect(walk(made, [vma(BASE, 4)]).totals).toMatchObject({ present: 4, special: 2, anon: 2 });
  });
});

test('five levels reach beyond 47 bits', () => {
  const made = new MadeMm(5);
  const high = 0x12_3456_7800_0000;
  made.map(high, 9);
  expect(walk(made, [vma(high, 1)]).totals.present).toBe(1);
});

test('large leaves: huge pages of anonymous memory, and a VMA that begins in the middle of one', () => {
  const made = new MadeMm();
  made.map(BASE, 1024, RW | LARGE, 2);
  expect(walk(made, [vma(BASE, 512)])).toMatchObject({
    runs: ['0x555555400000+512 @1024 present thp dirty accessed writable'],
    totals: { anon: 512, thp: 512 },
  });
  expect(walk(made, [vma(BASE + 16 * PAGE_BYTES, 8)]).runs).toEqual([
    '0x555555410000+8 @1040 present thp dirty accessed writable',
  ]);
});

test('1 GiB leaf of hugetlb counts as hugetlb only', () => {
  const made = new MadeMm();
  const at = 0x5555_4000_0000;
  made.map(at, 0, RW | LARGE, 3);
  const { totals } = walk(made, [vma(at, 2 ** 18, { flags: '0x4000fb', anonymous: false, anonVma: false })]);
  expect(totals).toMatchObject({ hugetlb: 2 ** 18, anon: 0, file: 0, thp: 0 });
});

test('zero pages do not count, and their run does not count up', () => {
  const made = new MadeMm();
  const zero = made.phys(made.zeroPage) / PAGE_BYTES;
  made.map(BASE, zero, RO | SPECIAL);
  made.map(BASE + PAGE_BYTES, zero, RO | SPECIAL);
  expect(walk(made, [vma(BASE, 2)])).toMatchObject({
    runs: [`0x555555400000+2 @${zero} present zero accessed`],
    totals: { present: 2, zero: 2, anon: 0 },
  });
});

test('device memory and vvar are special', () => {
  const made = new MadeMm();
  made.map(BASE, 300, RO | SPECIAL);
  made.map(BASE + PAGE_BYTES, 0xf_0000_0, RO);
  const { totals } = walk(made, [vma(BASE, 2, { anonymous: false, anonVma: false, flags: '0x4411' })]);
  expect(totals).toMatchObject({ special: 2, anon: 0, file: 0 });
});

describe('a file', () => {
  const FILE = { anonymous: false, flags: '0x73' } as const;

  function mapped(values: Partial<Vma>) {
    const made = new MadeMm();
    const mapping = made.make('address_space', { a_ops: 0 });
    const file = made.make('file', { f_mapping: mapping });
    const address: `0x${string}` = `0x${BigInt.asUintN(64, BigInt(file)).toString(16)}`;
    made.map(BASE, 10, RO);
    made.map(BASE + PAGE_BYTES, 20, RO);
    made.owner(10, false);
    made.owner(20, true);
    return { made, mapping, vmas: [vma(BASE, 2, { ...FILE, file: address, ...values })] };
  }

  test('mapped privately has pages of its own where they were written', () => {
    const { made, vmas } = mapped({ anonVma: true });
    expect(walk(made, vmas)).toMatchObject({
      runs: ['0x555555400000+1 @10 present accessed file', '0x555555401000+1 @20 present accessed'],
      totals: { file: 1, anon: 1 },
    });
  });

  test('whose VMA has no anon_vma needs no struct page', () => {
    const { made, vmas } = mapped({ anonVma: false });
    expect(walk(made, vmas).totals).toMatchObject({ file: 2, anon: 0 });
  });

  test('of tmpfs counts as shmem', () => {
    const { made, mapping, vmas } = mapped({ anonVma: false, flags: '0xfb' });
    made.set(mapping, 'address_space.a_ops', made.kernel().symbol('shmem_aops'));
    expect(walk(made, vmas).totals).toMatchObject({ file: 0, shmem: 2 });
  });
});

describe('damage', () => {
  test('a missing table costs what it maps', () => {
    const made = new MadeMm();
    made.map(BASE, 10);
    made.map(BASE + 2 ** 21, 20);
    made.entry(BASE, 0xdead_f067n, 2);
    const found = walk(made, [vma(BASE, 1024)]);
    expect(found.runs).toEqual(['0x555555600000+1 @20 present dirty accessed writable']);
    expect(found.faults).toEqual(['hole']);
  });

  test('a table that refers to itself is followed no further than the mm has tables', () => {
    const made = new MadeMm();
    for (let slot = 0; slot < 512; slot++) {
      made.poke(made.slot(made.pgd, slot * 2 ** 39, 4), BigInt(made.phys(made.pgd)) | 0x67n);
    }
    const found = walk(made, [vma(0x1000, 2 ** 34)]);
    expect(found.faults).toContain('bound');
    expect(found.runs.length).toBeLessThan(1_000_000);
  });

  test('noise in a top table is no swapped page of 512 GiB', () => {
    const made = new MadeMm();
    made.map(BASE, 10);
    made.poke(made.slot(made.pgd, 2 ** 39, 4), 0x1234_5678_9abc_de00n);
    const found = walk(made, [vma(2 ** 39, 2 ** 27), vma(BASE, 1)]);
    expect(found.runs).toEqual(['0x555555400000+1 @10 present dirty accessed writable']);
    expect(found.faults).toEqual(['corrupt']);
  });

  test('a wild pgd is a fault', () => {
    const made = new MadeMm();
    const kernel = made.kernel();
    const mm = { ...made.mm(), pgd: 0x7fff_ffff_f000 };
    expect(walkPages(kernel, mm, [vma(BASE, 1)]).runs).toEqual([]);
    expect(kernel.faults.count).toBe(1);
  });
});
