// What each kind of BPF map says that it takes: the map_mem_usage() of kernel/bpf/*.c (90a5527d7686, 6.4).

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { symbolAt } from './symbol-at.js';

type Usage = (kernel: Kernel, map: Kva) => number;

const MAP = {
  operations: 'ops',
  type: 'map_type',
  valueSize: 'value_size',
  maxEntries: 'max_entries',
  flags: 'map_flags',
} as const;
const OPERATIONS = { memory: 'map_mem_usage' } as const;
const ARRAY = { element: 'elem_size' } as const;
const HASH = {
  buckets: 'n_buckets',
  element: 'elem_size',
  spare: 'extra_elems',
  isPerCpu: 'use_percpu_counter',
  perCpu: 'pcount',
  count: 'count',
} as const;
const PER_CPU_COUNTER = { count: 'count', counters: 'counters' } as const;
const RING = { ring: 'rb' } as const;
const RING_PAGES = { pages: 'nr_pages', shared: 'consumer_pos' } as const;
const TRIE = { entries: 'n_entries', data: 'data_size' } as const;
const BLOOM = { mask: 'bitset_mask' } as const;
const BUCKETS = { buckets: 'n_buckets' } as const;
const DEVICES = { buckets: 'n_buckets', items: 'items' } as const;
const STORAGE = { bucketBits: 'bucket_log' } as const;
const XDP = { count: 'count' } as const;
const SOCKETS = { buckets: 'buckets_num', element: 'elem_size', count: 'count' } as const;
const GROWING = { count: 'ht.nelems', element: 'elem_size' } as const;
const PAGE = 4096;
const POINTER = 8;
/** BPF_F_NO_PREALLOC and BPF_F_MMAPABLE. */
const [NO_PREALLOC, MMAPABLE] = [1, 0x400];
/** HASHTAB_MAP_LOCK_COUNT, counters for each CPU until 6.1x. */
const LOCK_COUNT = 8;
/** PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH, PERCPU_CGROUP_STORAGE: a value for each CPU. */
export const PER_CPU_MAPS: ReadonlySet<number> = new Set([5, 6, 10, 21]);
/** LRU_HASH, LRU_PERCPU_HASH. */
const LRU = new Set([9, 10]);
const DEVMAP_HASH = 25;

/** By the function that the kernel would ask. */
const USAGES: Readonly<Record<string, Usage>> = {
  array_map_mem_usage: arrayUsage,
  htab_map_mem_usage: hashUsage,
  ringbuf_map_mem_usage: ringUsage,
  queue_stack_map_mem_usage: (kernel, map) => {
    const { maxEntries, valueSize } = sizesOf(kernel, map);
    return kernel.sizeOf('bpf_queue_stack') + (maxEntries + 1) * valueSize;
  },
  trie_mem_usage: (kernel, map) => {
    const at = kernel.layout('lpm_trie', TRIE);
    const each =
      kernel.sizeOf('lpm_trie_node') + kernel.mem.nat(map, at.data) + sizesOf(kernel, map).valueSize;
    return each * kernel.mem.nat(map, at.entries);
  },
  bloom_map_mem_usage: (kernel, map) => {
    const bits = kernel.mem.u32(map, kernel.layout('bpf_bloom_filter', BLOOM).mask) + 1;
    return kernel.sizeOf('bpf_bloom_filter') + roundUp(Math.ceil(bits / 8), POINTER);
  },
  stack_map_mem_usage: (kernel, map) => {
    const { maxEntries, valueSize } = sizesOf(kernel, map);
    const buckets = kernel.mem.u32(map, kernel.layout('bpf_stack_map', BUCKETS).buckets) * POINTER;
    const each = kernel.sizeOf('stack_map_bucket') + valueSize;
    return kernel.sizeOf('bpf_stack_map') + buckets + maxEntries * each;
  },
  cpu_map_mem_usage: (kernel, map) =>
    kernel.sizeOf('bpf_cpu_map') + sizesOf(kernel, map).maxEntries * POINTER,
  dev_map_mem_usage: (kernel, map) => {
    const { mem } = kernel;
    const { type, maxEntries } = sizesOf(kernel, map);
    const at = kernel.layout('bpf_dtab', DEVICES);
    const slots = type === DEVMAP_HASH ? mem.u32(map, at.buckets) : maxEntries;
    const items = mem.u32(map, at.items) * kernel.sizeOf('bpf_dtab_netdev');
    return kernel.sizeOf('bpf_dtab') + slots * POINTER + items;
  },
  reuseport_array_mem_usage: (kernel, map) =>
    kernel.sizeOf('reuseport_array') + sizesOf(kernel, map).maxEntries * POINTER,
  bpf_local_storage_map_mem_usage: (kernel, map) => {
    const bits = kernel.mem.u32(map, kernel.layout('bpf_local_storage_map', STORAGE).bucketBits);
    return kernel.sizeOf('bpf_local_storage_map') + kernel.sizeOf('bpf_local_storage_map_bucket') * 2 ** bits;
  },
  arena_map_mem_usage: () => 0,
  cgroup_storage_map_usage: (kernel) => kernel.sizeOf('bpf_cgroup_storage_map'),
  xsk_map_mem_usage: (kernel, map) => {
    const nodes = kernel.mem.u32(map, kernel.layout('xsk_map', XDP).count) * kernel.sizeOf('xsk_map_node');
    return kernel.sizeOf('xsk_map') + sizesOf(kernel, map).maxEntries * POINTER + nodes;
  },
  sock_map_mem_usage: (kernel, map) => kernel.sizeOf('bpf_stab') + sizesOf(kernel, map).maxEntries * POINTER,
  sock_hash_mem_usage: (kernel, map) => {
    const { mem } = kernel;
    const at = kernel.layout('bpf_shtab', SOCKETS);
    const buckets = mem.u32(map, at.buckets) * kernel.sizeOf('bpf_shtab_bucket');
    return kernel.sizeOf('bpf_shtab') + buckets + mem.u32(map, at.count) * mem.u32(map, at.element);
  },
  insn_array_mem_usage: (kernel, map) => {
    const each = kernel.sizeOf('bpf_insn_array_value') + POINTER;
    return kernel.sizeOf('bpf_insn_array') + sizesOf(kernel, map).maxEntries * each;
  },
  rhtab_map_mem_usage: (kernel, map) => {
    const at = kernel.layout('bpf_rhtab', GROWING);
    return kernel.sizeOf('bpf_rhtab') + kernel.mem.u32(map, at.count) * kernel.mem.u32(map, at.element);
  },
};

/** Null for a kind of map whose formula is not among these. */
export function usageOfMap(kernel: Kernel, map: Kva): number | null {
  const operations = kernel.mem.ptr(map, kernel.layout('bpf_map', MAP).operations);
  const usage = kernel.mem.ptr(operations, kernel.layout('bpf_map_ops', OPERATIONS).memory);
  return USAGES[symbolAt(kernel, usage) ?? '']?.(kernel, map) ?? null;
}

function sizesOf(kernel: Kernel, map: Kva) {
  const { mem } = kernel;
  const at = kernel.layout('bpf_map', MAP);
  return {
    type: mem.u32(map, at.type),
    valueSize: mem.u32(map, at.valueSize),
    maxEntries: mem.u32(map, at.maxEntries),
    flags: mem.u32(map, at.flags),
  };
}

function arrayUsage(kernel: Kernel, map: Kva): number {
  const { type, flags, maxEntries } = sizesOf(kernel, map);
  const values = maxEntries * kernel.mem.u32(map, kernel.layout('bpf_array', ARRAY).element);
  const fixed = kernel.sizeOf('bpf_array');
  if (PER_CPU_MAPS.has(type)) return fixed + maxEntries * POINTER + values * kernel.cpus.possible().length;
  return flags & MMAPABLE ? roundUp(fixed, PAGE) + roundUp(values, PAGE) : fixed + values;
}

function hashUsage(kernel: Kernel, map: Kva): number {
  const { mem } = kernel;
  const { type, flags, valueSize, maxEntries } = sizesOf(kernel, map);
  const at = kernel.layout('bpf_htab', HASH);
  const cpus = kernel.cpus.possible().length;
  const locks = kernel.types.member('bpf_htab.map_locked') === undefined ? 0 : 4 * cpus * LOCK_COUNT;
  const buckets = kernel.sizeOf('bucket') * mem.u32(map, at.buckets);
  const fixed = kernel.sizeOf('bpf_htab') + buckets + locks;
  const element = mem.u32(map, at.element);
  const [isPerCpu, isLru] = [PER_CPU_MAPS.has(type), LRU.has(type)];
  const values = isPerCpu ? roundUp(valueSize, 8) * cpus : 0;
  if (flags & NO_PREALLOC) {
    const perElement = element + POINTER + (isPerCpu ? 2 * POINTER : 0) + values;
    return fixed + perElement * elementsOf(kernel, map);
  }
  // One for each processor, to put a new value into; those of kinds that need none have none.
  const spare = mem.u64(map, at.spare) === 0n ? 0 : cpus;
  return fixed + (element + values) * (maxEntries + spare) + (isPerCpu || isLru ? 0 : POINTER * cpus);
}

/** How many are in a hash map that allocates them one by one. */
function elementsOf(kernel: Kernel, map: Kva): number {
  const { mem, cpus } = kernel;
  const at = kernel.layout('bpf_htab', HASH);
  if (mem.u8(map, at.isPerCpu) === 0) return mem.u32(map, at.count);
  const counter = kernel.layout('percpu_counter', PER_CPU_COUNTER);
  const shared = Number(mem.i64(map, at.perCpu + counter.count));
  const each = mem.u64(map, at.perCpu + counter.counters);
  return cpus.possible().reduce((sum, cpu) => sum + mem.i32(cpus.pointer(each, cpu)), shared);
}

function ringUsage(kernel: Kernel, map: Kva): number {
  const { mem } = kernel;
  const ring = mem.ptr(map, kernel.layout('bpf_ringbuf_map', RING).ring);
  const at = kernel.layout('bpf_ringbuf', RING_PAGES);
  // The ring's own pages, then one for each position; its data are mapped twice, one mapping behind the other.
  const meta = Math.floor(at.shared / PAGE) + 2;
  const data = Math.floor(sizesOf(kernel, map).maxEntries / PAGE);
  const pointers = (meta + 2 * data) * POINTER;
  return kernel.sizeOf('bpf_ringbuf_map') + mem.u32(ring, at.pages) * PAGE + pointers;
}

export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
