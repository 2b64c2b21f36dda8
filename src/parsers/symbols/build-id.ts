// The build id: a GNU note that the linker puts between __start_notes and __stop_notes (.notes, in .rodata).

import { Fault } from '../../base/fault.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from './symbols.js';

const NT_GNU_BUILD_ID = 3;
const MAX_NOTES = 64 << 10;
const align4 = (n: number) => (n + 3) & ~3;

/** Hex digits of the build id in a series of ELF notes; null where there is none. */
export function buildIdOf(notes: Uint8Array): string | null {
  const view = new DataView(notes.buffer, notes.byteOffset, notes.length);
  for (let at = 0; at + 12 <= notes.length; ) {
    const [nameBytes, descBytes] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const name = at + 12;
    const desc = name + align4(nameBytes);
    if (descBytes > MAX_NOTES || desc + descBytes > notes.length) return null;
    const owner = Buffer.from(notes.subarray(name, name + nameBytes)).toString('latin1');
    if (owner === 'GNU\0' && view.getUint32(at + 8, true) === NT_GNU_BUILD_ID) {
      return Buffer.from(notes.subarray(desc, desc + descBytes)).toString('hex');
    }
    at = desc + align4(descBytes);
  }
  return null;
}

export function readBuildId(mem: KernelMemory, symbols: SymbolSource): string | null {
  const [start, stop] = [symbols.address('__start_notes'), symbols.address('__stop_notes')];
  if (start === undefined || stop === undefined || stop - start > MAX_NOTES) return null;
  try {
    return buildIdOf(mem.bytes(start, stop - start));
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
