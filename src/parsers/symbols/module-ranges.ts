// Which addresses are a module's: two layouts of struct module (include/linux/module.h).

import type { Kva } from '../../base/address.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { TypeSource } from '../types/types.js';
import { offsets, sizeOf } from '../types/types.js';

export interface ModuleRanges {
  contains(address: Kva): boolean;
}

interface Range {
  readonly start: number;
  readonly bytes: number;
}

const MEMORY = { base: 'base', size: 'size' } as const;
const LAYOUT = { base: 'core_layout.base', size: 'core_layout.size' } as const;

export function moduleRanges(mem: KernelMemory, types: TypeSource, module: Kva): ModuleRanges {
  const ranges = [...(rangesInArray(mem, types, module) ?? coreLayout(mem, types, module))];
  return {
    contains: (address) => ranges.some(({ start, bytes }) => address >= start && address < start + bytes),
  };
}

/** ac3b43283923 (6.4): one struct module_memory for each kind of memory, in `mem[]`. */
function rangesInArray(mem: KernelMemory, types: TypeSource, module: Kva): Range[] | undefined {
  const array = types.member('module.mem');
  if (array?.count == null) return undefined;
  const layout = offsets(types, 'module_memory', MEMORY);
  const each = sizeOf(types, 'module_memory');
  return Array.from({ length: array.count }, (_, i) => {
    const at = array.offset + i * each;
    return { start: mem.ptr(module, at + layout.base), bytes: mem.u32(module, at + layout.size) };
  });
}

/** Before: `core_layout`. (init_layout is freed once the module has been initialised.) */
function coreLayout(mem: KernelMemory, types: TypeSource, module: Kva): Range[] {
  const layout = offsets(types, 'module', LAYOUT);
  return [{ start: mem.ptr(module, layout.base), bytes: mem.u32(module, layout.size) }];
}
