import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { forEachListEntry } from '../../../../src/parsers/walks/list.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const NODE = 8;

function ring(length: number) {
  const made = new SyntheticKernel();
  made.types.struct('list_head', { next: 'ptr', prev: 'ptr' });
  made.types.struct('thing', { id: 'u64', node: 'list_head' });
  const head = made.make('list_head');
  const things = Array.from({ length }, (_, id) => made.make('thing', { id }));
  const nodes = things.map((thing) => (thing + NODE) as Kva);
  made.list(head, nodes);
  return { made, head, nodes };
}

function walk(made: SyntheticKernel, head: Kva, limit?: number): { ids: number[]; kinds: string[] } {
  const kernel = made.kernel();
  const ids: number[] = [];
  forEachListEntry(kernel, head, NODE, (thing) => ids.push(kernel.mem.nat(thing)), limit);
  return { ids, kinds: kernel.faults.records.map((fault) => fault.kind) };
}

describe('a list', () => {
  test('is walked in order', () => {
    const { made, head } = ring(5);
    expect(walk(made, head)).toEqual({ ids: [0, 1, 2, 3, 4], kinds: [] });
  });

  test('may be empty, or never initialised', () => {
    expect(walk(ring(0).made, ring(0).head).ids).toEqual([]);
    const made = new SyntheticKernel();
    made.types.struct('list_head', { next: 'ptr', prev: 'ptr' });
    expect(walk(made, made.make('list_head'))).toEqual({ ids: [], kinds: [] });
  });

  test('is left when the visitor says so', () => {
    const { made, head } = ring(5);
    const seen: Kva[] = [];
    forEachListEntry(made.kernel(), head, NODE, (thing) => seen.push(thing) < 2);
    expect(seen).toHaveLength(2);
  });

  test('that loops gives each entry once, those behind the loop too', () => {
    const { made, head, nodes } = ring(8);
    made.set(nodes[4] as Kva, 'list_head.next', nodes[2] as Kva);
    expect(walk(made, head)).toEqual({ ids: [0, 1, 2, 3, 4, 5, 6, 7], kinds: ['loop'] });
  });

  test('that leads into another ring, where every prev is right, goes round it once', () => {
    const { made, head, nodes } = ring(6);
    const others = [10, 11, 12].map((id) => (made.make('thing', { id }) + NODE) as Kva);
    for (const [n, node] of others.entries()) {
      made.set(node, 'list_head.next', others[(n + 1) % 3] as Kva);
      made.set(node, 'list_head.prev', others[(n + 2) % 3] as Kva);
    }
    made.set(nodes[2] as Kva, 'list_head.next', others[1] as Kva);
    expect(walk(made, head)).toEqual({ ids: [0, 1, 2, 11, 12, 10, 3, 4, 5], kinds: ['corrupt', 'loop'] });
  });

  test('whose node points to itself ends', () => {
    const { made, head, nodes } = ring(3);
    made.set(nodes[1] as Kva, 'list_head.next', nodes[1] as Kva);
    expect(walk(made, head)).toEqual({ ids: [0, 1, 2], kinds: ['loop'] });
  });

  test.each([
    ['NULL', 0n],
    ['a user address', 0x7fff_0000_1000n],
    ['poison', 0xdead_0000_0000_0100n],
    ['a hole', 0xffff_8880_0000_2000n],
  ])('with %s as a pointer is read from both ends', (_name, wild) => {
    const { made, head, nodes } = ring(6);
    made.set(nodes[2] as Kva, 'list_head.next', wild);
    const { ids, kinds } = walk(made, head);
    expect(ids).toEqual([0, 1, 2, 3, 4, 5]);
    expect(kinds).toHaveLength(1);
  });

  test('with one node gone loses that one only', () => {
    const made = new SyntheticKernel();
    made.types.struct('list_head', { next: 'ptr', prev: 'ptr' });
    made.types.struct('thing', { id: 'u64', node: 'list_head' });
    const head = made.make('list_head');
    const things = Array.from({ length: 5 }, (_, id) => made.make('thing', { id }, 4096));
    made.list(
      head,
      things.map((thing) => (thing + NODE) as Kva),
    );
    made.hole(things[2] as Kva);
    expect(walk(made, head)).toEqual({ ids: [0, 1, 3, 4], kinds: ['hole'] });
  });

  test('caught in __list_add goes on', () => {
    const { made, head, nodes } = ring(4);
    const added = made.make('thing', { id: 99 });
    made.set(nodes[2] as Kva, 'list_head.prev', (added + NODE) as Kva);
    expect(walk(made, head)).toEqual({ ids: [0, 1, 2, 3], kinds: ['corrupt'] });
  });

  test('whose prev is no address goes on', () => {
    const { made, head, nodes } = ring(4);
    made.set(nodes[2] as Kva, 'list_head.prev', 0xdead_0000_0000_0122n);
    expect(walk(made, head)).toEqual({ ids: [0, 1, 2, 3], kinds: ['corrupt'] });
  });

  test('is bounded', () => {
    const { made, head } = ring(10);
    expect(walk(made, head, 4)).toEqual({ ids: [0, 1, 2, 3], kinds: ['bound'] });
  });

  test('goes on behind an entry that cannot be read', () => {
    const { made, head } = ring(3);
    const kernel = made.kernel();
    let seen = 0;
    forEachListEntry(kernel, head, NODE, () => {
      seen++;
      kernel.mem.ptr(0 as Kva);
    });
    expect([seen, kernel.faults.count]).toEqual([3, 3]);
  });
});
