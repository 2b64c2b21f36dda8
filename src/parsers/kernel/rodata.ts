// Whether the kernel's constants hold a text. Some eras differ in nothing but what a printf says: no type and no symbol
// came with it, so the format string itself is looked for.

import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from '../symbols/symbols.js';
import type { TypeSource } from '../types/types.js';

const MAX_BYTES = 64 << 20;

interface Constants {
  readonly bytes: Buffer;
  readonly phys: number;
}

/** Read once for all texts; gone with the memory that they were read from. */
const known = new WeakMap<KernelMemory, Constants>();

/** Probe: .rodata has this text. Only the pages that it is found on count as read. */
export function hasText(text: string) {
  return (_types: TypeSource, symbols: SymbolSource, mem: KernelMemory): boolean => {
    const { bytes, phys } = constants(symbols, mem);
    const found = bytes.indexOf(text, 0, 'latin1');
    if (found >= 0) mem.physical.touch(phys + found, text.length);
    return found >= 0;
  };
}

function constants(symbols: SymbolSource, mem: KernelMemory): Constants {
  let read = known.get(mem);
  if (read === undefined) known.set(mem, (read = readConstants(symbols, mem)));
  return read;
}

function readConstants(symbols: SymbolSource, mem: KernelMemory): Constants {
  const [start, end] = [symbols.address('__start_rodata'), symbols.address('__end_rodata')];
  if (start === undefined || end === undefined || end <= start || end - start > MAX_BYTES)
    return { bytes: Buffer.alloc(0), phys: 0 };
  const bytes = Buffer.alloc(end - start);
  const phys = mem.translate(start);
  mem.physical.bulk(phys, bytes);
  return { bytes, phys };
}
