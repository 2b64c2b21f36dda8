import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { headOf, isAnonymous, pageOfPfn, pfnOfPage } from '../../../../src/parsers/mm/struct-page.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const SIZE = 64;
const FRAMES = 4096;

function kernel(head: 'compound_head' | 'compound_info') {
  const made = new SyntheticKernel();
  made.types.struct('page', { flags: 'u64', [head]: 'u64', lru: 'u64', mapping: 'ptr' }, SIZE);
  const map = made.alloc(FRAMES * SIZE, 1 << 18);
  const [base, frames] = [made.alloc(8), made.alloc(8)];
  made.poke(base, map);
  made.poke(frames, FRAMES);
  made.symbol('vmemmap_base', base);
  made.symbol('max_pfn', frames);
  const tail = (pfn: number, value: number | bigint) =>
    made.set((map + pfn * SIZE) as Kva, `page.${head}`, value);
  return { made, map, tail };
}

test('frames and their pages', () => {
  const { made, map } = kernel('compound_head');
  const dead = made.kernel();
  expect(pageOfPfn(dead, 7)).toBe(map + 7 * SIZE);
  expect(pfnOfPage(dead, (map + 7 * SIZE) as Kva)).toBe(7);
  expect(() => pfnOfPage(dead, (map + 7) as Kva)).toThrow('no struct page');
  expect(() => pfnOfPage(dead, (map + FRAMES * SIZE) as Kva)).toThrow('no struct page');
});

describe('the head of a compound page', () => {
  test('by pointer', () => {
    const { made, map, tail } = kernel('compound_head');
    tail(1537, map + 1024 * SIZE + 1);
    expect(headOf(made.kernel(), pageOfPfn(made.kernel(), 1537))).toBe(map + 1024 * SIZE);
  });

  test('by pointer, where the era would have masks too', () => {
    const { made, map, tail } = kernel('compound_info');
    tail(1537, map + 1024 * SIZE + 1);
    expect(headOf(made.kernel(), pageOfPfn(made.kernel(), 1537))).toBe(map + 1024 * SIZE);
  });

  test('by mask', () => {
    const { made, map, tail } = kernel('compound_info');
    tail(1537, BigInt.asUintN(64, -BigInt(512 * SIZE)) + 1n);
    expect(headOf(made.kernel(), pageOfPfn(made.kernel(), 1537))).toBe(map + 1536 * SIZE);
  });

  test('of a page by itself', () => {
    const { made, map, tail } = kernel('compound_info');
    tail(8, made.alloc(8));
    expect(headOf(made.kernel(), pageOfPfn(made.kernel(), 8))).toBe(map + 8 * SIZE);
  });
});

test('anonymous by its mapping, of a tail by that of its head; KSM sets both bits', () => {
  const { made, map, tail } = kernel('compound_head');
  const mapping = made.alloc(8);
  const own = (pfn: number, bits: number) =>
    made.set((map + pfn * SIZE) as Kva, 'page.mapping', mapping + bits);
  own(10, 0);
  own(11, 1);
  own(12, 3);
  tail(13, map + 11 * SIZE + 1);
  const dead = made.kernel();
  expect([10, 11, 12, 13].map((pfn) => isAnonymous(dead, pfn))).toEqual([false, true, true, true]);
});
