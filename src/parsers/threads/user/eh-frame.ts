// Call frame information of a mapped file: which entry of .eh_frame covers an address (LSB 5.0, 10.6). By the sorted
// table of PT_GNU_EH_FRAME; in files without one (static programs) it is searched.

import { Fault } from '../../../base/fault.js';
import { PT } from '../../symbols/elf-format.js';
import type { CachedFile } from './cached-file.js';
import { DwarfReader, OMIT } from './dwarf-reader.js';
import type { MappedElf } from './mapped-elf.js';

export interface Cie {
  readonly codeAlign: number;
  readonly dataAlign: number;
  readonly returnRegister: number;
  readonly pointerEncoding: number;
  /** The entries describe the frame of a signal handler: its address is the interrupted one, not behind a call. */
  readonly signal: boolean;
  readonly augmented: boolean;
  readonly instructions: Uint8Array;
  readonly address: number;
}

export interface Fde {
  readonly cie: Cie;
  /** Run-time addresses, [start, end). */
  readonly start: number;
  readonly end: number;
  readonly instructions: Uint8Array;
}

const MAX_RECORD = 1 << 16;
/** Constants of a static program, all segments together. */
const MAX_SEARCHED = 8 << 20;
/** Of an entry: its length, its CIE, where its function begins, how long it is. */
const FIRST = 8;
const ENTRY_BYTES = 16;
const EXTENDED = 0xffff_ffff;
const TABLE_PCREL = 0x3b;
const TABLE_ENTRY = 8;
const MAX_TABLE = 1 << 24;
const FORMAT = 0x0f;

/** The entry for a run-time address; undefined where there is none. Throws a fault where it is not in memory. */
export function findFde(elf: MappedElf, pc: number): Fde | undefined {
  const header = elf.segment(PT.ehFrameHeader);
  if (header === undefined) return bySearch(elf, pc);
  const entry = tableEntry(elf, header.vaddr + elf.bias, pc);
  const fde = entry === undefined ? undefined : readRecord(elf, entry);
  return fde !== undefined && pc >= fde.start && pc < fde.end ? fde : undefined;
}

/** Link-time addresses of entries, by that of the code: processes that share a file are often in the same place of it. */
const tableEntries = new WeakMap<CachedFile, Map<number, number | undefined>>();

function tableEntry(elf: MappedElf, start: number, pc: number): number | undefined {
  const { file, bias } = elf;
  if (file === null) return searchTable(elf, start, pc);
  let known = tableEntries.get(file);
  if (known === undefined) tableEntries.set(file, (known = new Map()));
  if (!known.has(pc - bias)) {
    const found = searchTable(elf, start, pc);
    known.set(pc - bias, found === undefined ? undefined : found - bias);
  }
  const found = known.get(pc - bias);
  return found === undefined ? undefined : found + bias;
}

/** Address of the last entry whose function begins at `pc` or before. */
function searchTable(elf: MappedElf, start: number, pc: number): number | undefined {
  const reader = new DwarfReader(elf.memory.readUpTo(start, 32), start);
  const version = reader.u8();
  const [frameEncoding, countEncoding, tableEncoding] = [reader.u8(), reader.u8(), reader.u8()];
  if (version !== 1 || countEncoding === OMIT || tableEncoding !== TABLE_PCREL) return undefined;
  reader.pointer(frameEncoding, start);
  const count = Math.min(reader.pointer(countEncoding, start), MAX_TABLE);
  const table = reader.address + reader.at;
  const entry = (n: number) => {
    const bytes = elf.memory.read(table + n * TABLE_ENTRY, TABLE_ENTRY);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return { first: start + view.getInt32(0, true), fde: start + view.getInt32(4, true) };
  };
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entry(middle).first <= pc) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : entry(low - 1).fde;
}

/** What may be an entry: known by where its function begins, relative to that word, its length, and its CIE. */
interface Candidate {
  /** Link-time addresses: of the entry, and of the code that it covers, [start, end). */
  readonly entry: number;
  readonly start: number;
  readonly end: number;
}

/** What was found in a file once serves every address in it, and every process that maps it. */
const candidates = new WeakMap<CachedFile, readonly Candidate[]>();

/** As the table would have it. */
function bySearch(elf: MappedElf, pc: number): Fde | undefined {
  const { file, bias } = elf;
  if (file === null) return undefined;
  let known = candidates.get(file);
  if (known === undefined) candidates.set(file, (known = [...search(elf)]));
  for (const { entry, start, end } of known) {
    if (pc - bias < start || pc - bias >= end) continue;
    const fde = attempt(() => readRecord(elf, entry + bias));
    if (fde !== undefined && fde.start === start + bias && pc < fde.end) return fde;
  }
  return undefined;
}

/** Every place in the file's constants where an entry may stand. */
function* search(elf: MappedElf): Generator<Candidate> {
  let left = MAX_SEARCHED;
  for (const segment of elf.header.segments) {
    if (segment.type !== PT.load || segment.executable || segment.fileSize > left) continue;
    left -= segment.fileSize;
    const bytes = elf.at(segment.vaddr, segment.fileSize);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = (4 - (segment.vaddr % 4)) % 4; at + ENTRY_BYTES <= bytes.length; at += 4) {
      if (!isEntry(view, at)) continue;
      const entry = segment.vaddr + at;
      const start = entry + FIRST + view.getInt32(at + FIRST, true);
      yield { entry, start, end: start + view.getUint32(at + FIRST + 4, true) };
    }
  }
}

/** Has a length, and its second word leads back to a CIE: an id of 0, then version 1. */
function isEntry(view: DataView, at: number): boolean {
  const length = view.getUint32(at, true);
  const cie = at + 4 - view.getUint32(at + 4, true);
  if (length < ENTRY_BYTES - 4 || length > MAX_RECORD || cie < 0 || cie >= at) return false;
  return view.getUint32(cie + 4, true) === 0 && view.getUint8(cie + 8) === 1;
}

/** What only looks like an entry. */
function attempt(read: () => Fde | undefined): Fde | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** The entry at an address; undefined for a CIE, and for the end of the section. */
function readRecord(elf: MappedElf, address: number): Fde | undefined {
  const body = recordBody(elf, address);
  if (body === null) return undefined;
  const idAt = body.address + body.at;
  const id = body.u32();
  if (id === 0) return undefined;
  const cie = readCie(elf, idAt - id);
  const start = body.pointer(cie.pointerEncoding);
  const length = body.value(cie.pointerEncoding & FORMAT);
  if (cie.augmented) body.block();
  return { cie, start, end: start + length, instructions: body.bytes.subarray(body.at) };
}

/** A reader that stands behind a record's length; null at the end of the section. */
function recordBody(elf: MappedElf, address: number): DwarfReader | null {
  const head = new DwarfReader(elf.memory.read(address, 4), address).u32();
  if (head === 0) return null;
  if (head === EXTENDED || head > MAX_RECORD) throw new Fault('corrupt', 'a record of .eh_frame is too long');
  const reader = new DwarfReader(elf.memory.read(address, 4 + head), address);
  reader.u32();
  return reader;
}

function readCie(elf: MappedElf, address: number): Cie {
  const reader = recordBody(elf, address);
  if (reader === null || reader.u32() !== 0)
    throw new Fault('corrupt', 'no CIE in .eh_frame', 'user', address);
  const version = reader.u8();
  const augmentation = reader.cstr();
  const codeAlign = reader.uleb();
  const dataAlign = reader.sleb();
  const returnRegister = version === 1 ? reader.u8() : reader.uleb();
  const augmented = augmentation.startsWith('z');
  const encoding = augmented ? augmentationEncoding(reader, augmentation) : 0;
  const instructions = reader.bytes.subarray(reader.at);
  const signal = augmentation.includes('S');
  return {
    ...{ codeAlign, dataAlign, returnRegister, signal, augmented, instructions, address },
    pointerEncoding: encoding,
  };
}

/** Leaves the reader behind the augmentation data. */
function augmentationEncoding(reader: DwarfReader, augmentation: string): number {
  const end = reader.uleb() + reader.at;
  let encoding = 0;
  for (const letter of augmentation.slice(1)) {
    if (letter === 'R') encoding = reader.u8();
    else if (letter === 'L') reader.u8();
    else if (letter === 'P') reader.pointer(reader.u8() & ~0x70 & 0x7f);
    else if (letter !== 'S' && letter !== 'B') break;
  }
  reader.at = end;
  return encoding;
}
