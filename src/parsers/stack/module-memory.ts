// The memory of a loaded module, by what it holds (include/linux/module.h).

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';

export interface ModuleRegion {
  readonly start: Kva;
  readonly bytes: number;
}

export interface ModuleMemory {
  /** What /proc/modules shows as its address. */
  readonly base: Kva;
  /** What /proc/modules shows as its size. */
  readonly bytes: number;
  /** Every region; the first begins with the text. */
  readonly regions: readonly ModuleRegion[];
}

type MemoryReader = (kernel: Kernel, module: Kva) => ModuleMemory;

const MODULE = { mem: 'mem' } as const;
const MEMORY = { base: 'base', size: 'size' } as const;
/** enum mod_mem_type: text, data, rodata, ro-after-init, and three of init. */
const MEMORY_TYPES = 7;

function readMemories(kernel: Kernel, module: Kva): ModuleMemory {
  const { mem } = kernel;
  const start = module + kernel.layout('module', MODULE).mem;
  const at = kernel.layout('module_memory', MEMORY);
  const types = kernel.types.enumerator('MOD_MEM_NUM_TYPES') ?? MEMORY_TYPES;
  const regions: ModuleRegion[] = [];
  for (let type = 0; type < types; type++) {
    const memory = (start + type * kernel.sizeOf('module_memory')) as Kva;
    regions.push({ start: mem.ptr(memory, at.base), bytes: mem.u32(memory, at.size) });
  }
  const bytes = regions.reduce((sum, region) => sum + region.bytes, 0);
  const base = (regions[0] as ModuleRegion).start;
  return { base, bytes, regions: regions.filter((region) => region.bytes > 0 && region.start !== 0) };
}

const LAYOUTS = {
  base: 'core_layout.base',
  size: 'core_layout.size',
  initBase: 'init_layout.base',
  initSize: 'init_layout.size',
} as const;

function readLayouts(kernel: Kernel, module: Kva): ModuleMemory {
  const { mem } = kernel;
  const at = kernel.layout('module', LAYOUTS);
  const core = { start: mem.ptr(module, at.base), bytes: mem.u32(module, at.size) };
  const init = { start: mem.ptr(module, at.initBase), bytes: mem.u32(module, at.initSize) };
  const regions = init.start === 0 ? [core] : [core, init];
  return { base: core.start, bytes: core.bytes + init.bytes, regions };
}

export const moduleMemory: Trait<MemoryReader> = {
  name: 'module memory',
  eras: [
    {
      name: 'one region per kind',
      since: '6.4',
      commit: 'ac3b43283923',
      evidence: 'module.mem',
      probe: hasMember('module.mem'),
      reader: readMemories,
    },
    {
      name: 'core and init layout',
      since: '4.5',
      commit: '7523e4dc5057',
      evidence: 'module.core_layout',
      probe: hasMember('module.core_layout'),
      reader: readLayouts,
    },
  ],
};
