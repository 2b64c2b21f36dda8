// What a module exports without the GPL mark: /proc/kallsyms shows those in capitals (is_exported() looks only in
// `syms`; GPL symbols were in `gpl_syms` until they became flags of the same table).

import type { Kva } from '../../base/address.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import { offsets, sizeOf, type TypeSource } from '../types/types.js';

const MODULE = { syms: 'syms?', count: 'num_syms?' } as const;
/** 7290d5809571 (4.19): 32-bit references relative to their own place. */
const SYMBOL = { value: 'value_offset?', name: 'name_offset?' } as const;
const MAX_EXPORTS = 1 << 16;

export class ExportedSymbols {
  private readonly addresses = new Map<number, Set<string>>();

  constructor(mem: KernelMemory, types: TypeSource, module: Kva) {
    const { syms, count } = offsets(types, 'module', MODULE);
    const { value, name } = offsets(types, 'kernel_symbol', SYMBOL);
    if (syms === undefined || count === undefined || value === undefined || name === undefined) return;
    const total = mem.u32(module, count);
    if (total > MAX_EXPORTS) throw mem.fault('corrupt', `module exports ${total} symbols`, module, count);
    const each = sizeOf(types, 'kernel_symbol');
    const first = total === 0 ? (0 as Kva) : mem.ptr(module, syms);
    for (let i = 0; i < total; i++) {
      const at = (first + i * each) as Kva;
      const text = mem.cstr((at + name + mem.i32(at, name)) as Kva, 0, 512);
      this.add(text, at + value + mem.i32(at, value));
    }
  }

  has(name: string, address: Kva): boolean {
    return this.addresses.get(address)?.has(name) ?? false;
  }

  private add(name: string, address: number): void {
    const names = this.addresses.get(address);
    if (names) names.add(name);
    else this.addresses.set(address, new Set([name]));
  }
}
