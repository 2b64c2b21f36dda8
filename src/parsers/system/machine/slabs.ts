// Slab caches as /proc/slabinfo counts them. Mirrors get_slabinfo() and count_partial() of mm/slub.c. From 6.10 on the
// kernel estimates the free objects of a node with more than 10000 partial slabs (046f4c69090c); here all are counted.

import { type Kva, NULL } from '../../../base/address.js';
import { Fault } from '../../../base/fault.js';
import type { SlabCache } from '../../../snapshot/machine.js';
import type { Kernel } from '../../kernel/kernel.js';
import { hasMember, type Trait } from '../../kernel/trait.js';
import { forEachListEntry } from '../../walks/list.js';

const CACHE = { list: 'list', name: 'name', size: 'size', objectSize: 'object_size', order: 'oo' } as const;
/** The first three need CONFIG_SLUB_DEBUG, without which there is no /proc/slabinfo. */
const NODE = {
  slabs: 'nr_slabs',
  objects: 'total_objects',
  partialCount: 'nr_partial',
  partial: 'partial',
} as const;
/** oo_order() and oo_objects(). */
const ORDER_SHIFT = 16;
const OBJECTS_MASK = 0xffff;
const MAX_ORDER = 15;
/** Within the word of counters: inuse:16, objects:15, frozen:1. */
const IN_USE_MASK = 0xffff;
const IN_USE_BITS = 16;
const SLAB_OBJECTS_MASK = 0x7fff;
const MAX_CACHES = 1 << 16;
const MAX_PARTIAL = 1 << 24;
const MAX_NODES = 1024;
const MAX_NAME = 256;

/** Where a cache has the pointer to its struct kmem_cache_node of each NUMA node: the first one's, and their distance. */
interface NodePointers {
  readonly first: number;
  readonly step: number;
}

export const slabNodes: Trait<(kernel: Kernel) => NodePointers> = {
  name: 'nodes of a slab cache',
  eras: [
    {
      name: 'beside its barn',
      since: '7.1',
      commit: null,
      evidence: 'kmem_cache.per_node',
      probe: hasMember('kmem_cache.per_node'),
      reader: (kernel) => ({
        first:
          need(kernel, 'kmem_cache.per_node').offset + need(kernel, 'kmem_cache_per_node_ptrs.node').offset,
        step: kernel.sizeOf('kmem_cache_per_node_ptrs'),
      }),
    },
    {
      name: 'pointers',
      since: '2.6.24',
      commit: null,
      evidence: 'kmem_cache.node',
      probe: hasMember('kmem_cache.node'),
      reader: (kernel) => ({ first: need(kernel, 'kmem_cache.node').offset, step: 8 }),
    },
  ],
};

/** Where a slab has its link on a partial list and its word of counters. */
interface SlabLayout {
  readonly link: number;
  readonly counters: number;
}

export const slabLayout: Trait<(kernel: Kernel) => SlabLayout> = {
  name: 'struct slab',
  eras: [
    {
      name: 'of its own',
      since: '5.17',
      commit: 'd122019bf061',
      evidence: 'slab.slab_list',
      probe: hasMember('slab.slab_list'),
      reader: (kernel) => slabOf(kernel, 'slab'),
    },
    {
      name: 'struct page',
      since: '2.6.22',
      commit: null,
      evidence: 'page.slab_list',
      probe: hasMember('page.slab_list'),
      reader: (kernel) => slabOf(kernel, 'page'),
    },
  ],
};

function slabOf(kernel: Kernel, struct: 'slab' | 'page'): SlabLayout {
  return {
    link: need(kernel, `${struct}.slab_list`).offset,
    counters: need(kernel, `${struct}.inuse`).offset,
  };
}

function need(kernel: Kernel, path: string) {
  const member = kernel.types.member(path);
  if (member === undefined) throw new Fault('unknown', `this kernel has no ${path}`);
  return member;
}

export function readSlabCaches(kernel: Kernel): SlabCache[] {
  const { mem, faults } = kernel;
  const caches: SlabCache[] = [];
  const { list } = kernel.layout('kmem_cache', CACHE);
  const visit = (cache: Kva) => {
    const found = faults.guard(`kmem_cache ${mem.hex(cache)}`, () => readCache(kernel, cache), null);
    if (found !== null) caches.push(found);
  };
  forEachListEntry(kernel, kernel.symbol('slab_caches'), list, visit, MAX_CACHES);
  return caches;
}

function readCache(kernel: Kernel, cache: Kva): SlabCache {
  const { mem, faults } = kernel;
  const at = kernel.layout('kmem_cache', CACHE);
  const order = mem.u32(cache, at.order);
  if (order >>> ORDER_SHIFT > MAX_ORDER)
    throw mem.fault('corrupt', `slabs of order ${order >>> ORDER_SHIFT}`, cache, at.order);
  const total = { slabs: 0, objects: 0, free: 0, partialSlabs: 0 };
  for (const node of nodesOf(kernel, cache)) {
    const { slabs, objects, partialCount } = kernel.layout('kmem_cache_node', NODE);
    total.slabs += mem.nat(node, slabs);
    total.objects += mem.nat(node, objects);
    total.partialSlabs += mem.nat(node, partialCount);
    total.free += faults.guard('partial slabs', () => freeInPartial(kernel, node), 0);
  }
  const { slabs, objects, free, partialSlabs } = total;
  return {
    address: mem.hex(cache),
    name: mem.cstr(mem.ptr(cache, at.name), 0, MAX_NAME),
    size: mem.u32(cache, at.size),
    objectSize: mem.u32(cache, at.objectSize),
    objectsPerSlab: order & OBJECTS_MASK,
    pagesPerSlab: 2 ** (order >>> ORDER_SHIFT),
    slabs,
    objects,
    active: objects - free,
    partialSlabs,
  };
}

function nodesOf(kernel: Kernel, cache: Kva): Kva[] {
  const { mem, symbols } = kernel;
  const { first, step } = kernel.trait(slabNodes)(kernel);
  const limit = symbols.address('nr_node_ids');
  const count = limit === undefined ? 1 : Math.min(MAX_NODES, mem.u32(limit));
  return Array.from({ length: count }, (_, n) => mem.ptr(cache, first + n * step)).filter(
    (node) => node !== NULL,
  );
}

/** Free objects of the slabs on a node's partial list. */
function freeInPartial(kernel: Kernel, node: Kva): number {
  const { mem } = kernel;
  const { link, counters } = kernel.trait(slabLayout)(kernel);
  let free = 0;
  const visit = (slab: Kva) => {
    const word = mem.u32(slab, counters);
    free += ((word >>> IN_USE_BITS) & SLAB_OBJECTS_MASK) - (word & IN_USE_MASK);
  };
  const { partial } = kernel.layout('kmem_cache_node', NODE);
  forEachListEntry(kernel, (node + partial) as Kva, link, visit, MAX_PARTIAL);
  return free;
}
