// RAM as the firmware told the kernel: e820_table (arch/x86/kernel/e820.c). Its layout is fixed by the boot protocol:
// a count, then packed entries of address, size and type.

import { type Kva, NULL } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from '../symbols/symbols.js';

export interface RamBlock {
  readonly start: number;
  readonly end: number;
}

const ENTRIES = 4;
const ENTRY_BYTES = 20;
const [ADDRESS, SIZE, TYPE] = [0, 8, 16];
const E820_TYPE_RAM = 1;
const MAX_ENTRIES = 4096;

/** Usable RAM; empty where the table cannot be read. */
export function ramBlocks(mem: KernelMemory, symbols: SymbolSource): RamBlock[] {
  try {
    return [...blocks(mem, symbols)];
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

function* blocks(mem: KernelMemory, symbols: SymbolSource): Generator<RamBlock> {
  const pointer = symbols.address('e820_table');
  const table = pointer === undefined ? NULL : mem.ptr(pointer);
  if (table === NULL) return;
  const count = Math.min(MAX_ENTRIES, mem.u32(table));
  for (let i = 0; i < count; i++) {
    const at = (table + ENTRIES + i * ENTRY_BYTES) as Kva;
    if (mem.u32(at, TYPE) !== E820_TYPE_RAM) continue;
    const start = mem.nat(at, ADDRESS);
    yield { start, end: start + mem.nat(at, SIZE) };
  }
}
