import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { forEachHlistEntry, forEachLinked } from '../../../../src/parsers/walks/hlist.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

function chain(length: number, last: number | bigint = 0) {
  const made = new SyntheticKernel();
  made.types.struct('hlist_head', { first: 'ptr' }).struct('hlist_node', { next: 'ptr', pprev: 'ptr' });
  const head = made.make('hlist_head');
  const nodes = Array.from({ length }, () => made.make('hlist_node'));
  nodes.forEach((node, n) => {
    made.set(node, 'hlist_node.next', nodes[n + 1] ?? last);
  });
  made.set(head, 'hlist_head.first', nodes[0] ?? last);
  return { made, head, nodes };
}

function walk(made: SyntheticKernel, head: Kva, limit?: number) {
  const kernel = made.kernel();
  const seen: Kva[] = [];
  forEachHlistEntry(kernel, head, 0, (node) => seen.push(node), limit);
  return { seen, kinds: kernel.faults.records.map((fault) => fault.kind) };
}

describe('a hash chain', () => {
  test('is walked in order', () => {
    const { made, head, nodes } = chain(4);
    expect(walk(made, head)).toEqual({ seen: nodes, kinds: [] });
    expect(walk(chain(0).made, chain(0).head).seen).toEqual([]);
  });

  test('of the nulls kind ends at its marker, even when it is empty', () => {
    const { made, head, nodes } = chain(2, 0x2a1);
    expect(walk(made, head)).toEqual({ seen: nodes, kinds: [] });
    const none = chain(0, 0x2a1);
    expect(walk(none.made, none.head)).toEqual({ seen: [], kinds: [] });
  });

  test('with a locked head (hlist_bl) is walked', () => {
    const { made, head, nodes } = chain(2);
    made.set(head, 'hlist_head.first', BigInt(nodes[0] as Kva) + 1n);
    expect(walk(made, head)).toEqual({ seen: nodes, kinds: [] });
  });

  test('that loops gives each entry once', () => {
    const { made, head, nodes } = chain(4);
    made.set(nodes[3] as Kva, 'hlist_node.next', nodes[1] as Kva);
    expect(walk(made, head)).toEqual({ seen: nodes, kinds: ['loop'] });
  });

  test('with a wild pointer keeps what came before', () => {
    const { made, head, nodes } = chain(4);
    made.set(nodes[1] as Kva, 'hlist_node.next', 0xdead_0000_0000_0100n);
    const { seen, kinds } = walk(made, head);
    expect(seen).toEqual(nodes.slice(0, 2));
    expect(kinds).toEqual(['bad-pointer']);
  });

  test('is bounded', () => {
    const { made, head, nodes } = chain(4);
    expect(walk(made, head, 2)).toEqual({ seen: nodes.slice(0, 2), kinds: ['bound'] });
  });

  test('linked by a plain pointer is walked alike', () => {
    const { made, nodes } = chain(3);
    const seen: Kva[] = [];
    forEachLinked(made.kernel(), nodes[0] as Kva, 0, (node) => seen.push(node));
    expect(seen).toEqual(nodes);
  });
});
