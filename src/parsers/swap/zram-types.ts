// The structures of zram and zsmalloc: in the kernel's own BTF where they are built in, in the module's where it has
// some, and else as the headers of 5.10 declare them (drivers/block/zram/zram_drv.h, mm/zsmalloc.c).

import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import type { TypeSource } from '../types/types.js';
import { moduleTypes } from '../walks/module-types.js';
import { type Declaration, DeclaredTypes } from './declared-types.js';

export const zramTypes = perKernel((kernel): TypeSource => typesOf(kernel, 'zram', 'zram'));
export const zsmallocTypes = perKernel((kernel): TypeSource => typesOf(kernel, 'zsmalloc', 'zspage'));

function typesOf(kernel: Kernel, module: string, struct: string): TypeSource {
  if (kernel.types.sizeOf(struct) !== undefined) return kernel.types;
  const own = moduleTypes(kernel, module);
  if (own !== undefined) return own;
  if (kernel.types.sizeOf('btf_module') === undefined) return withoutModuleTypes(kernel);
  throw new Fault('unknown', `the types of module ${module} are not in memory`);
}

/** Before 36e68442d1af (5.11). Parts that depend on the configuration are told by functions that it brings. */
function withoutModuleTypes(kernel: Kernel): TypeSource {
  const has = (symbol: string) => kernel.symbols.addressInModules?.(symbol) !== undefined;
  const tracked: Declaration = has('read_block_state') ? { ac_time: 'u64' } : {}; // CONFIG_ZRAM_MEMORY_TRACKING
  const writeback: Declaration = has('backing_dev_store')
    ? { bd_count: 'u64', bd_reads: 'u64', bd_writes: 'u64' } // CONFIG_ZRAM_WRITEBACK
    : {};
  const structs = {
    zram_table_entry: { handle: 'u64', flags: 'u64', ...tracked },
    zram_stats: { ...STATS, ...writeback },
    ...STRUCTS,
  };
  return new DeclaredTypes(kernel.types, structs, FLAGS);
}

const STATS: Declaration = {
  compr_data_size: 'u64',
  num_reads: 'u64',
  num_writes: 'u64',
  failed_reads: 'u64',
  failed_writes: 'u64',
  invalid_io: 'u64',
  notify_free: 'u64',
  same_pages: 'u64',
  huge_pages: 'u64',
  pages_stored: 'u64',
  max_used_pages: 'u64',
  writestall: 'u64',
  miss_free: 'u64',
};

/** What is read, and what stands before it. */
const STRUCTS: Readonly<Record<string, Declaration>> = {
  zram: {
    table: 'ptr',
    mem_pool: 'ptr',
    comp: 'ptr',
    disk: 'ptr',
    init_lock: 'rw_semaphore',
    limit_pages: 'u64',
    stats: 'zram_stats',
    disksize: 'u64',
    compressor: 'u8[128]',
  },
  zs_pool: {
    name: 'ptr',
    size_class: 'ptr[255]',
    handle_cachep: 'ptr',
    zspage_cachep: 'ptr',
    pages_allocated: 'u64',
  },
  size_class: {
    lock: 'spinlock_t',
    fullness_list: 'list_head[4]',
    size: 'u32',
    objs_per_zspage: 'u32',
    pages_per_zspage: 'u32',
    index: 'u32',
  },
  zspage: { fullness: 'u32:2', class: 'u32:9', isolated: 'u32:3', magic: 'u32:8' },
};

/** enum zram_pageflags. */
const FLAGS = { ZRAM_LOCK: 24, ZRAM_SAME: 25, ZRAM_WB: 26, ZRAM_UNDER_WB: 27, ZRAM_HUGE: 28 } as const;
