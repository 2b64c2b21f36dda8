// Runs that claim the same frames, by plans whose frames are set to it.
import { expect, test } from 'vitest';
import type { Plan } from '../../../../src/resurrect/abi/plan.js';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../../../../src/resurrect/abi/records/memory.js';
import { sharedFrames } from '../../../../src/resurrect/check/shared-frames.js';
import { Subject } from '../../../../src/resurrect/check/subject.js';

/** One VMA with runs of [first frame, pages, whether others have it], most of which nobody else should have. */
function pairsOf(...runs: readonly (readonly [number, number, 'common'?])[]): string[] {
  const pages = runs.map(([pfn, count, common]) => ({
    ...{ source: PAGE_SOURCE.frame, pfn, pages: count },
    flags: common ? 0 : PAGE_FLAG.exclusive,
  }));
  const vma = { start: 0, end: 2 ** 40, pages: pages as unknown as readonly PageRun[] };
  const plan = { mm: [{ vmas: [vma] }], sharedMemory: [], inode: [], writeback: [] } as unknown as Plan;
  return sharedFrames(new Subject(plan)).map((pair) => pair.join());
}

test('runs that only touch share nothing', () => {
  expect(pairsOf([20, 5], [10, 10], [25, 1])).toEqual([]);
});

test('each is paired with the one that reaches furthest of those before it', () => {
  expect(pairsOf([10, 90], [20, 5], [5, 1], [50, 60], [105, 1])).toEqual(['0,1', '0,3', '3,4']);
});

test('copies that none of the two has alone are shared by right', () => {
  expect(pairsOf([10, 9, 'common'], [12, 3, 'common'], [14, 1], [15, 8, 'common'])).toEqual(['0,2']);
});

test('those of the same frame stand in the order of the plan', () => {
  expect(pairsOf([7, 1], [9, 1], [7, 1], [9, 1])).toEqual(['0,2', '1,3']);
});

test('frames beyond 31 bits stand behind those below', () => {
  const high = 2 ** 31;
  expect(pairsOf([high + 5, 4], [3, 2], [high + 6, 1], [high - 1, 3], [4, 1])).toEqual(['1,4', '0,2']);
});

test('frames too high for any machine are held to each other likewise', () => {
  const high = 2 ** 53 - 16;
  expect(pairsOf([high + 8, 4], [3, 1], [high, 4], [high + 2, 1], [3, 1])).toEqual(['1,4', '2,3']);
});
