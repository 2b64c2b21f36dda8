// Runs of pages counted by VMA.
import { expect, test } from 'vitest';
import { pagesByVma } from '../../../src/cli/vma-pages.js';
import { PAGE, type PageRun, type Vma } from '../../../src/snapshot/mm.js';

const vma = (start: number, end: number) => ({ start, end, perms: 'rw-p', name: '' }) as Vma;
const run = (address: number, pages: number, flags: number): PageRun => ({
  ...{ address, pages, flags },
  ...{ pfn: 1, swapType: 0 },
});

test('a run that goes on over a border counts for both', () => {
  const found = pagesByVma(
    [vma(0x1000, 0x3000), vma(0x3000, 0x5000), vma(0x8000, 0x9000)],
    [run(0x2000, 2, PAGE.present | PAGE.dirty), run(0x4000, 1, PAGE.present | PAGE.file)],
  );
  expect(found.map(({ present, anon, file, dirty }) => [present, anon, file, dirty])).toEqual([
    [1, 1, 0, 1],
    [2, 1, 1, 1],
    [0, 0, 0, 0],
  ]);
});

test('swapped, migrating, zero, special and huge pages', () => {
  const [found] = pagesByVma(
    [vma(0, 0x10_0000)],
    [
      run(0, 3, PAGE.swap),
      run(0x3000, 2, PAGE.migration),
      run(0x5000, 1, PAGE.present | PAGE.zero),
      run(0x6000, 1, PAGE.present | PAGE.special),
      run(0x7000, 4, PAGE.present | PAGE.hugetlb),
    ],
  );
  expect(found).toMatchObject({ present: 6, swap: 3, zero: 1, anon: 2, file: 0 });
});

test('what lies outside every VMA is in none', () => {
  expect(pagesByVma([vma(0x3000, 0x4000)], [run(0, 1, PAGE.present)])[0]?.present).toBe(0);
  expect(pagesByVma([], [run(0, 1, PAGE.present)])).toEqual([]);
});
