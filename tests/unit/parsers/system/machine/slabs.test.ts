import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../../src/base/address.js';
import { slabinfoLines } from '../../../../../src/parsers/system/machine/slabinfo-text.js';
import { readSlabCaches } from '../../../../../src/parsers/system/machine/slabs.js';
import { SyntheticKernel } from '../../../helpers/synthetic-memory.js';
import { text, variable } from './made.js';

type Era = 'slab' | 'page';

/** `partial` are the slabs of each node: objects in use, of 32. */
function withCache(era: Era, partial: readonly (readonly number[])[], order = 1) {
  const made = new SyntheticKernel();
  made.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct(era, {
      flags: 'u64',
      slab_list: 'list_head',
      inuse: 'u32:16',
      objects: 'u32:15',
      frozen: 'u32:1',
    })
    .struct('kmem_cache_node', {
      nr_partial: 'u64',
      partial: 'list_head',
      nr_slabs: 'u64',
      total_objects: 'u64',
    })
    .struct('kmem_cache_per_node_ptrs', { barn: 'ptr', node: 'ptr' });
  const table = era === 'slab' ? { per_node: 'kmem_cache_per_node_ptrs[4]' } : { node: 'ptr[4]' };
  made.types.struct('kmem_cache', {
    size: 'u32',
    object_size: 'u32',
    oo: 'u32',
    name: 'ptr',
    list: 'list_head',
    ...table,
  });
  const oo = (order << 16) | 32;
  const cache = made.make('kmem_cache', { size: 256, object_size: 250, oo, name: text(made, 'made') });
  const head = made.make('list_head');
  made.symbol('slab_caches', head);
  const link = (object: Kva, path: string) =>
    (object + (made.types.member(path)?.offset ?? Number.NaN)) as Kva;
  made.list(head, [link(cache, 'kmem_cache.list')]);
  variable(made, 'nr_node_ids', partial.length);
  const slabs: Kva[] = [];
  for (const [n, uses] of partial.entries()) {
    const node = made.make('kmem_cache_node', { nr_partial: uses.length, nr_slabs: 5, total_objects: 160 });
    const own = uses.map((inuse) => made.make(era, { inuse, objects: 32, frozen: 1 }));
    made.list(
      link(node, 'kmem_cache_node.partial'),
      own.map((slab) => link(slab, `${era}.slab_list`)),
    );
    slabs.push(...own);
    const at = made.types.member(era === 'slab' ? 'kmem_cache.per_node' : 'kmem_cache.node')?.offset ?? 0;
    made.poke((cache + at + (era === 'slab' ? 16 * n + 8 : 8 * n)) as Kva, made.fold.toBig(node));
  }
  return { made, slabs };
}

describe.each(['slab', 'page'] as const)('struct %s', (era) => {
  test('objects in use are all but the free ones of partial slabs, of every node', () => {
    const kernel = withCache(era, [
      [30, 1],
      [32, 10, 0],
    ]).made.kernel();
    expect(readSlabCaches(kernel)).toMatchObject([
      {
        name: 'made',
        size: 256,
        objectSize: 250,
        objectsPerSlab: 32,
        pagesPerSlab: 2,
        slabs: 10,
        objects: 320,
        active: 320 - (2 + 31 + 0 + 22 + 32),
        partialSlabs: 5,
      },
    ]);
    expect(kernel.faults.count).toBe(0);
  });
});

test('a slab that is gone costs the ones behind it, and is told', () => {
  const { made, slabs } = withCache('slab', [[30, 1]]);
  made.set(slabs[1] as Kva, 'slab.slab_list.next', 0);
  const kernel = made.kernel();
  expect(readSlabCaches(kernel)).toMatchObject([{ objects: 160, active: 160 - (2 + 31) }]);
  expect(kernel.faults.count).toBeGreaterThan(0);
});

test('an order that no slab has is a fault, and the cache is left out', () => {
  const kernel = withCache('slab', [[30]], 77).made.kernel();
  expect(readSlabCaches(kernel)).toEqual([]);
  expect(kernel.faults.records).toMatchObject([{ kind: 'corrupt', detail: 'slabs of order 77' }]);
});

test('the text of /proc/slabinfo', () => {
  const caches = readSlabCaches(withCache('page', [[30]]).made.kernel());
  expect([...slabinfoLines(caches)].at(-1)).toBe(
    'made                 158    160    256   32    2 : tunables    0    0    0 : slabdata      5      5      0',
  );
  expect([...slabinfoLines([])]).toHaveLength(2);
});
