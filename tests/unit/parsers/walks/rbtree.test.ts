import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { forEachRbEntry } from '../../../../src/parsers/walks/rbtree.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

/** A balanced tree of the ids 0 … count - 1. */
function tree(count: number) {
  const made = new SyntheticKernel();
  made.types
    .struct('rb_node', { __rb_parent_color: 'u64', rb_right: 'ptr', rb_left: 'ptr' })
    .struct('rb_root', { rb_node: 'ptr' })
    .struct('thing', { id: 'u64', node: 'rb_node' });
  const things = Array.from({ length: count }, (_, id) => made.make('thing', { id }));
  const node = (n: number) => ((things[n] as Kva) + 8) as Kva;
  const build = (low: number, high: number): Kva | 0 => {
    if (low >= high) return 0;
    const middle = (low + high) >> 1;
    made.set(node(middle), 'rb_node.rb_left', build(low, middle));
    made.set(node(middle), 'rb_node.rb_right', build(middle + 1, high));
    return node(middle);
  };
  const root = made.make('rb_root', { rb_node: build(0, count) });
  return { made, root, node };
}

function walk(made: SyntheticKernel, root: Kva, limit?: number) {
  const kernel = made.kernel();
  const ids: number[] = [];
  forEachRbEntry(kernel, root, 8, (thing) => ids.push(kernel.mem.nat(thing)), limit);
  return { ids, kinds: kernel.faults.records.map((fault) => fault.kind) };
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('a red-black tree', () => {
  test.each([0, 1, 2, 100])('of %i nodes is walked in order', (count) => {
    const { made, root } = tree(count);
    expect(walk(made, root)).toEqual({ ids: upTo(count), kinds: [] });
  });

  test('is left when the visitor says so', () => {
    const { made, root } = tree(10);
    let seen = 0;
    forEachRbEntry(made.kernel(), root, 8, () => ++seen < 3);
    expect(seen).toBe(3);
  });

  test('with a cycle gives each node once', () => {
    const { made, root, node } = tree(15);
    made.set(node(4), 'rb_node.rb_left', node(7));
    const { ids, kinds } = walk(made, root);
    expect(ids).toEqual(upTo(15));
    expect(kinds).toEqual(['loop']);
  });

  test('with a wild pointer loses what hung there', () => {
    const { made, root, node } = tree(15);
    made.set(node(11), 'rb_node.rb_left', 0xffff_8880_0000_2000n);
    const { ids, kinds } = walk(made, root);
    expect(ids).toEqual([...upTo(8), 11, 12, 13, 14]);
    expect(kinds).toEqual(['hole']);
  });

  test('is bounded', () => {
    const { made, root } = tree(31);
    expect(walk(made, root, 10).kinds).toContain('bound');
  });
});
