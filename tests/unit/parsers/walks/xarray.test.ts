import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { forEachIdrEntry, loadIdr } from '../../../../src/parsers/walks/idr.js';
import { forEachXArrayEntry, loadXArray } from '../../../../src/parsers/walks/xarray.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

function kernel() {
  const made = new SyntheticKernel();
  made.types
    .struct('xarray', { xa_lock: 'u32', xa_flags: 'u32', xa_head: 'ptr' })
    .struct(
      'xa_node',
      { shift: 'u8', offset: 'u8', count: 'u8', parent: '@8 ptr', slots: '@40 ptr[64]' },
      576,
    )
    .struct('idr', { idr_rt: 'xarray', idr_base: 'u32', idr_next: 'u32' });
  return made;
}

/** A node as an internal entry; the nodes below it learn their parent. */
function node(made: SyntheticKernel, shift: number, slots: Record<number, number | bigint>): bigint {
  const parent = made.make('xa_node', { shift });
  for (const [slot, entry] of Object.entries(slots)) {
    made.set(parent, 'xa_node.slots', entry, Number(slot));
    if (typeof entry === 'bigint' && entry < 0n) adopt(made, parent, Number(slot), entry);
  }
  return BigInt(parent) + 2n;
}

function adopt(made: SyntheticKernel, parent: Kva, slot: number, child: bigint): void {
  made.set(Number(child - 2n) as Kva, 'xa_node.parent', parent);
  made.set(Number(child - 2n) as Kva, 'xa_node.offset', slot);
}

const sibling = (slot: number) => slot * 4 + 2;
const value = (number: bigint) => number * 2n + 1n;

function walk(made: SyntheticKernel, array: Kva, limit?: number) {
  const found: [number, Kva | bigint, number][] = [];
  const dead = made.kernel();
  forEachXArrayEntry(dead, array, (index, entry, order) => found.push([index, entry, order]), {
    values: (...entry) => found.push(entry),
    ...(limit === undefined ? {} : { limit }),
  });
  return { found, kinds: dead.faults.records.map((fault) => fault.kind) };
}

describe('an xarray', () => {
  test('may be empty, or one entry', () => {
    const made = kernel();
    const [thing] = [made.alloc(8)];
    const empty = made.make('xarray');
    const one = made.make('xarray', { xa_head: thing });
    expect(walk(made, empty).found).toEqual([]);
    expect(walk(made, one).found).toEqual([[0, thing, 0]]);
    const dead = made.kernel();
    expect([loadXArray(dead, one, 0), loadXArray(dead, one, 1), loadXArray(dead, empty, 0)]).toEqual([
      thing,
      0,
      0,
    ]);
  });

  test('of three levels is walked in order, and each entry found by its index', () => {
    const made = kernel();
    const [a, b, c] = [made.alloc(8), made.alloc(8), made.alloc(8)];
    const low = node(made, 0, { 0: a, 63: b });
    const high = () => node(made, 0, { 5: c });
    const middle = node(made, 6, { 0: low, 2: high() });
    const array = made.make('xarray', {
      xa_head: node(made, 12, { 0: middle, 3: node(made, 6, { 1: high() }) }),
    });
    const entries = [
      [0, a, 0],
      [63, b, 0],
      [2 * 64 + 5, c, 0],
      [3 * 4096 + 64 + 5, c, 0],
    ];
    expect(walk(made, array)).toEqual({ found: entries, kinds: [] });
    const dead = made.kernel();
    for (const [index, entry] of entries) expect(loadXArray(dead, array, index as number)).toBe(entry);
    expect(loadXArray(dead, array, 1)).toBe(0);
    expect(loadXArray(dead, array, 64 ** 3)).toBe(0);
  });

  test('has entries of several indexes: by siblings, and by standing high in the tree', () => {
    const made = kernel();
    const [a, b] = [made.alloc(8), made.alloc(8)];
    const low = node(made, 0, { 8: a, 9: sibling(8), 10: sibling(8), 11: sibling(8) });
    const array = made.make('xarray', { xa_head: node(made, 6, { 0: low, 8: b, 9: sibling(8) }) });
    expect(walk(made, array).found).toEqual([
      [8, a, 2],
      [512, b, 7],
    ]);
    const dead = made.kernel();
    expect([8, 11, 12, 512, 639, 640].map((index) => loadXArray(dead, array, index))).toEqual([
      a,
      a,
      0,
      b,
      b,
      0,
    ]);
  });

  test('delivers values, of any width, to who asks; reservations to nobody', () => {
    const made = kernel();
    const wide = 0x3800_0000_0000_1234n;
    const array = made.make('xarray', {
      xa_head: node(made, 0, { 1: value(7n), 2: 257 * 4 + 2, 3: value(wide) }),
    });
    expect(walk(made, array)).toEqual({
      found: [
        [1, 7n, 0],
        [3, wide, 0],
      ],
      kinds: [],
    });
    const dead = made.kernel();
    expect([loadXArray(dead, array, 1), loadXArray(dead, array, 2)]).toEqual([0, 0]);
  });

  test('with a node that leads back up is cut there', () => {
    const made = kernel();
    const thing = made.alloc(8);
    const top = made.make('xa_node', { shift: 6 });
    const low = node(made, 0, { 1: thing });
    made.set(top, 'xa_node.slots', BigInt(top) + 2n, 0);
    made.set(top, 'xa_node.parent', top);
    made.set(top, 'xa_node.slots', low, 1);
    adopt(made, top, 1, low);
    const array = made.make('xarray', { xa_head: BigInt(top) + 2n });
    expect(walk(made, array)).toEqual({ found: [[65, thing, 0]], kinds: ['corrupt'] });
    expect(() => loadXArray(made.kernel(), array, 0)).toThrow('shift');
  });

  test('with wild slots keeps the others', () => {
    const made = kernel();
    const thing = made.alloc(8);
    const head = node(made, 6, {
      0: 0xffff_8880_0000_2002n,
      1: 0xdead_0000_0000_0100n,
      2: node(made, 0, { 0: thing }),
    });
    const { found, kinds } = walk(made, made.make('xarray', { xa_head: head }));
    expect(found).toEqual([[128, thing, 0]]);
    expect(kinds).toEqual(['hole', 'bad-pointer']);
  });

  test('enters no node twice, however many slots lead to it', () => {
    const made = kernel();
    const thing = made.alloc(8);
    let entry = node(made, 0, { 0: thing });
    for (let shift = 6; shift <= 60; shift += 6) {
      entry = node(made, shift, Object.fromEntries(Array.from({ length: 64 }, (_, slot) => [slot, entry])));
    }
    const { found, kinds } = walk(made, made.make('xarray', { xa_head: entry }));
    expect(found).toHaveLength(1);
    expect(kinds).toHaveLength(63 * 10);
  });

  test('is bounded', () => {
    const made = kernel();
    const children = Array.from({ length: 64 }, (_, slot) => [slot, node(made, 0, {})]);
    const array = made.make('xarray', { xa_head: node(made, 6, Object.fromEntries(children)) });
    expect(walk(made, array, 10).kinds).toEqual(['bound']);
  });
});

describe('an idr', () => {
  test('counts from its base', () => {
    const made = kernel();
    const [a, b] = [made.alloc(8), made.alloc(8)];
    const idr = made.make('idr', { 'idr_rt.xa_head': node(made, 0, { 0: a, 9: b }), idr_base: 1 });
    const dead = made.kernel();
    const found: [number, Kva][] = [];
    forEachIdrEntry(dead, idr, (...entry) => found.push(entry));
    expect(found).toEqual([
      [1, a],
      [10, b],
    ]);
    expect([loadIdr(dead, idr, 10), loadIdr(dead, idr, 0), loadIdr(dead, idr, 2)]).toEqual([b, 0, 0]);
  });
});
