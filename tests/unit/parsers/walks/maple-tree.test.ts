import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { forEachMapleEntry, loadMaple, ULONG_MAX } from '../../../../src/parsers/walks/maple-tree.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const TYPE = { dense: 0, leaf_64: 1, range_64: 2, arange_64: 3 } as const;
const STRUCT = {
  dense: 'maple_node',
  leaf_64: 'maple_range_64',
  range_64: 'maple_range_64',
  arange_64: 'maple_arange_64',
};
const MAX = 2n ** 64n - 1n;

type Range = [last: number | bigint, entry: number | bigint];

function kernel() {
  const made = new SyntheticKernel();
  made.types
    .struct('maple_tree', { ma_flags: 'u32', ma_root: 'ptr' })
    .struct('maple_node', { parent: 'ptr', slot: 'ptr[31]' }, 256)
    .struct('maple_range_64', { parent: 'ptr', pivot: 'u64[15]', slot: 'ptr[16]' }, 256)
    .struct('maple_arange_64', { parent: 'ptr', pivot: 'u64[9]', slot: 'ptr[10]', gap: 'u64[10]' }, 256)
    .enum({ maple_dense: 0, maple_leaf_64: 1, maple_range_64: 2, maple_arange_64: 3 });
  return made;
}

/** A node with these slots, encoded as its parent points to it (mt_mk_node). */
function node(made: SyntheticKernel, type: keyof typeof TYPE, ranges: readonly Range[]): bigint {
  const struct = STRUCT[type];
  const made_ = made.make(struct, {}, 256);
  const pivots = made.types.member(`${struct}.pivot`)?.count ?? 0;
  ranges.forEach(([last, entry], n) => {
    if (n < pivots) made.set(made_, `${struct}.pivot`, last, n);
    made.set(made_, `${struct}.slot`, entry, n);
  });
  return BigInt(made_) + BigInt(TYPE[type] * 8 + 4);
}

/** mte_mk_root sets bit 1 of a node; a single entry stands as it is. */
function tree(made: SyntheticKernel, root: number | bigint): Kva {
  return made.make('maple_tree', { ma_root: typeof root === 'bigint' ? root | 2n : root });
}

function walk(made: SyntheticKernel, at: Kva, limit?: number) {
  const dead = made.kernel();
  const found: [number, number, Kva][] = [];
  forEachMapleEntry(dead, at, (...entry) => found.push(entry), limit);
  return { found, kinds: dead.faults.records.map((fault) => fault.kind) };
}

describe('a maple tree', () => {
  test('may be empty, or one entry at 0', () => {
    const made = kernel();
    const thing = made.alloc(8);
    const [empty, one] = [tree(made, 0), tree(made, thing)];
    expect(walk(made, empty)).toEqual({ found: [], kinds: [] });
    expect(walk(made, one)).toEqual({ found: [[0, 0, thing]], kinds: [] });
    expect([0, 1].map((index) => loadMaple(made.kernel(), one, index))).toEqual([thing, 0]);
  });

  test('of one leaf has gaps, reservations, and a last slot without a pivot', () => {
    const made = kernel();
    const [a, b] = [made.alloc(8), made.alloc(8)];
    const reserved = 257 * 4 + 2;
    const leaf = node(made, 'leaf_64', [
      [0xfff, 0],
      [0x1fff, a],
      [0x2fff, reserved],
      [0x7fff_ffff_efffn, b],
      [MAX, 0],
    ]);
    const at = tree(made, leaf);
    expect(walk(made, at)).toEqual({
      found: [
        [0x1000, 0x1fff, a],
        [0x3000, 0x7fff_ffff_efff, b],
      ],
      kinds: [],
    });
    const dead = made.kernel();
    expect(
      [0, 0x1000, 0x1fff, 0x2000, 0x3000, 0x7fff_ffff_f000].map((index) => loadMaple(dead, at, index)),
    ).toEqual([0, a, a, 0, b, 0]);
  });

  test('of full nodes of each type, three levels, is walked in order', () => {
    const made = kernel();
    const things: Kva[] = [];
    const leaf = (first: number, last: bigint) =>
      node(
        made,
        'leaf_64',
        Array.from({ length: 16 }, (_, n): Range => {
          const thing = made.alloc(8);
          things.push(thing);
          return [n === 15 ? last : first + n, thing];
        }),
      );
    const middle = (first: number, last: bigint) =>
      node(
        made,
        'range_64',
        Array.from({ length: 16 }, (_, n): Range => {
          const end = n === 15 ? last : BigInt(first + n * 100 + 99);
          return [end, leaf(first + n * 100, end)];
        }),
      );
    const root = node(
      made,
      'arange_64',
      Array.from({ length: 10 }, (_, n): Range => {
        const end = n === 9 ? MAX : BigInt(n * 10_000 + 9_999);
        return [end, middle(n * 10_000, end)];
      }),
    );
    const at = tree(made, root);
    const { found, kinds } = walk(made, at);
    expect(kinds).toEqual([]);
    expect(found.map(([, , entry]) => entry)).toEqual(things);
    expect(found.every(([first], n) => n === 0 || first === (found[n - 1]?.[1] as number) + 1)).toBe(true);
    expect(found.at(-1)?.[1]).toBe(ULONG_MAX);
    const dead = made.kernel();
    for (const [first, last, entry] of found.slice(0, 300)) {
      expect([loadMaple(dead, at, first), loadMaple(dead, at, last)]).toEqual([entry, entry]);
    }
  });

  test('ends a node at its first zero pivot', () => {
    const made = kernel();
    const [a, b, junk] = [made.alloc(8), made.alloc(8), made.alloc(8)];
    const leaf = node(made, 'leaf_64', [
      [9, a],
      [0, b],
      [0, junk],
    ]);
    const root = node(made, 'arange_64', [
      [99, leaf],
      [MAX, 0],
    ]);
    expect(walk(made, tree(made, root))).toEqual({
      found: [
        [0, 9, a],
        [10, 99, b],
      ],
      kinds: [],
    });
  });

  test('has dense leaves', () => {
    const made = kernel();
    const [a, b] = [made.alloc(8), made.alloc(8)];
    const dense = node(made, 'dense', [
      [0, a],
      [0, 0],
      [0, b],
    ]);
    const at = tree(
      made,
      node(made, 'range_64', [
        [30, dense],
        [MAX, 0],
      ]),
    );
    expect(walk(made, at).found).toEqual([
      [0, 0, a],
      [2, 2, b],
    ]);
    expect([0, 1, 2].map((index) => loadMaple(made.kernel(), at, index))).toEqual([a, 0, b]);
  });

  test('with a node within itself ends', () => {
    const made = kernel();
    const thing = made.alloc(8);
    const leaf = node(made, 'leaf_64', [
      [9, thing],
      [MAX, 0],
    ]);
    const root = node(made, 'arange_64', [
      [9, leaf],
      [99, 0],
      [MAX, 0],
    ]);
    const at = (root - (root & 0xffn)) as unknown;
    made.set(Number(at) as Kva, 'maple_arange_64.slot', root, 1);
    const { found, kinds } = walk(made, tree(made, root));
    expect(found).toEqual([[0, 9, thing]]);
    expect(kinds.length).toBeGreaterThan(0);
  });

  test('with one wild child keeps the others', () => {
    const made = kernel();
    const [a, b] = [made.alloc(8), made.alloc(8)];
    const root = node(made, 'arange_64', [
      [9, node(made, 'leaf_64', [[9, a]])],
      [19, 0xffff_8880_0000_200cn],
      [29, 0xdead_0000_0000_0100n],
      [39, made.alloc(256, 256) + 0x7c],
      [
        MAX,
        node(made, 'leaf_64', [
          [50, b],
          [MAX, 0],
        ]),
      ],
    ]);
    const { found, kinds } = walk(made, tree(made, root));
    expect(found).toEqual([
      [0, 9, a],
      [40, 50, b],
    ]);
    expect(kinds).toEqual(['hole', 'bad-pointer', 'corrupt']);
  });

  test('with a pivot beyond its node keeps what came before', () => {
    const made = kernel();
    const [a, b] = [made.alloc(8), made.alloc(8)];
    const bad = node(made, 'leaf_64', [
      [5, a],
      [1000, b],
    ]);
    const { found, kinds } = walk(
      made,
      tree(
        made,
        node(made, 'range_64', [
          [9, bad],
          [MAX, 0],
        ]),
      ),
    );
    expect(found).toEqual([[0, 5, a]]);
    expect(kinds).toEqual(['corrupt']);
  });

  test('says that a node is dead, and reads it', () => {
    const made = kernel();
    const thing = made.alloc(8);
    const leaf = node(made, 'leaf_64', [
      [5, thing],
      [MAX, 0],
    ]);
    const at = Number(leaf - (leaf & 0xffn)) as Kva;
    made.set(at, 'maple_range_64.parent', at);
    expect(walk(made, tree(made, leaf))).toEqual({ found: [[0, 5, thing]], kinds: ['corrupt'] });
  });

  test('is bounded, and left when the visitor says so', () => {
    const made = kernel();
    const leaf = (first: number) =>
      node(made, 'leaf_64', [
        [first, made.alloc(8)],
        [first + 9, made.alloc(8)],
      ]);
    const root = node(made, 'range_64', [
      [9, leaf(0)],
      [19, leaf(10)],
      [MAX, 0],
    ]);
    const at = tree(made, root);
    expect(walk(made, at, 2)).toMatchObject({ found: [{}, {}], kinds: ['bound'] });
    let seen = 0;
    forEachMapleEntry(made.kernel(), at, () => ++seen < 3);
    expect(seen).toBe(3);
  });
});
