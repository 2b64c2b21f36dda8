// From how many dirty pages on the kernel writes back, and makes writers wait. Mirrors domain_dirty_limits() and
// global_dirtyable_memory() of mm/page-writeback.c, for a task of no real-time class.

import type { Kernel } from '../../kernel/kernel.js';

const PAGE = 4096;

export interface DirtyLimits {
  /** Pages. */
  readonly background: number;
  readonly dirty: number;
}

export function dirtyLimits(kernel: Kernel): DirtyLimits {
  const { mem } = kernel;
  const available = dirtyableMemory(kernel);
  const limit = (bytesAt: string, ratioAt: string) => {
    const bytes = mem.nat(kernel.symbol(bytesAt));
    if (bytes > 0) return Math.ceil(bytes / PAGE);
    // The ratio of a hundred, in 4096ths, rounded down before it is used.
    const ratio = Math.floor((mem.u32(kernel.symbol(ratioAt)) * PAGE) / 100);
    return Math.floor((ratio * available) / PAGE);
  };
  const dirty = limit('vm_dirty_bytes', 'vm_dirty_ratio');
  const background = limit('dirty_background_bytes', 'dirty_background_ratio');
  return { dirty, background: background >= dirty ? Math.floor(dirty / 2) : background };
}

/** Free memory above the reserves, and what files have. */
function dirtyableMemory(kernel: Kernel): number {
  const { mem, types } = kernel;
  const counter = (array: string, name: string) => {
    const item = types.enumerator(name);
    return item === undefined ? 0 : Math.max(0, mem.int(kernel.symbol(array), 8 * item));
  };
  const free = counter('vm_zone_stat', 'NR_FREE_PAGES');
  const reserve = mem.nat(kernel.symbol('totalreserve_pages'));
  const files = counter('vm_node_stat', 'NR_INACTIVE_FILE') + counter('vm_node_stat', 'NR_ACTIVE_FILE');
  return Math.max(0, free - reserve) + files + 1;
}
