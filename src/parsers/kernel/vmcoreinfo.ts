// VMCOREINFO: what the kernel writes down for dump readers (kernel/crash_core.c, Documentation/admin-guide/kdump/
// vmcoreinfo.rst). In an ELF dump it is a note; else it lies in memory, behind vmcoreinfo_note or vmcoreinfo_data.

import { type Kva, NULL } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Note } from '../image/image.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from '../symbols/symbols.js';

export interface Vmcoreinfo {
  readonly values: ReadonlyMap<string, string>;
  /** `ELF note`, `memory at 0x…`; null where there is none. */
  readonly from: string | null;
}

const NOTE_NAME = 'VMCOREINFO';
const FIRST_KEY = 'OSRELEASE=';
const MAX_BYTES = 64 << 10;
const NONE: Vmcoreinfo = { values: new Map(), from: null };

export function parseVmcoreinfo(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) values.set(line.slice(0, equals), line.slice(equals + 1));
  }
  return values;
}

/** From the image's notes: written by kdump, or by QEMU for a guest that has told it where the note is. */
export function vmcoreinfoNote(notes: readonly Note[]): Vmcoreinfo {
  const note = notes.find((one) => one.name === NOTE_NAME);
  return note ? { values: parseVmcoreinfo(text(note.desc)), from: 'ELF note' } : NONE;
}

/** From the kernel's memory: the note first, since it is complete from the start; then the text it was made of. */
export function vmcoreinfoInMemory(mem: KernelMemory, symbols: SymbolSource): Vmcoreinfo {
  try {
    return noteInMemory(mem, symbols) ?? dataInMemory(mem, symbols) ?? NONE;
  } catch (error) {
    if (error instanceof Fault) return NONE;
    throw error;
  }
}

function noteInMemory(mem: KernelMemory, symbols: SymbolSource): Vmcoreinfo | undefined {
  const symbol = symbols.address('vmcoreinfo_note');
  const note = symbol === undefined ? NULL : mem.ptr(symbol);
  if (note === NULL) return undefined;
  const [nameBytes, bytes] = [mem.u32(note), mem.u32(note, 4)];
  if (nameBytes !== NOTE_NAME.length + 1 || bytes === 0 || bytes > MAX_BYTES) return undefined;
  const start = 12 + Math.ceil(nameBytes / 4) * 4;
  return found(mem, mem.bytes(note, bytes, start), note + start);
}

function dataInMemory(mem: KernelMemory, symbols: SymbolSource): Vmcoreinfo | undefined {
  const [data, size] = [symbols.address('vmcoreinfo_data'), symbols.address('vmcoreinfo_size')];
  if (data === undefined || size === undefined) return undefined;
  const [start, bytes] = [mem.ptr(data), mem.nat(size)];
  if (start === 0 || bytes > MAX_BYTES) return undefined;
  return found(mem, mem.bytes(start, bytes), start);
}

function found(mem: KernelMemory, bytes: Uint8Array, at: number): Vmcoreinfo | undefined {
  const content = text(bytes);
  if (!content.startsWith(FIRST_KEY)) return undefined;
  return { values: parseVmcoreinfo(content), from: `memory at ${mem.hex(at as Kva)}` };
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('latin1');
}
