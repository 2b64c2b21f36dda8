// The parts of a 64-bit ELF file that unwinding, symbols and build ids need (System V ABI, elf.h). Offsets in it are numbers: what
// is beyond 2^53 is no offset, and taken for none.

export interface Segment {
  readonly type: number;
  readonly executable: boolean;
  readonly offset: number;
  readonly vaddr: number;
  readonly fileSize: number;
}

export interface ElfHeader {
  readonly segments: readonly Segment[];
  readonly sectionOffset: number;
  readonly sectionCount: number;
  /** Where the program begins: `_start`. */
  readonly entry: number;
}

export interface Section {
  readonly type: number;
  readonly vaddr: number;
  readonly offset: number;
  readonly size: number;
  /** Index of the string table that belongs to it. */
  readonly link: number;
}

export const PT = { load: 1, dynamic: 2, note: 4, ehFrameHeader: 0x6474_e550 } as const;
export const SHT = { symtab: 2 } as const;

/** The header, with room for all segments that a linker makes. */
export const HEADER_BYTES = 64 + 32 * 56;
const MAGIC = 0x464c_457f;
const CLASS_64 = 2;
const SEGMENT_BYTES = 56;
export const SECTION_BYTES = 64;
const MAX_SEGMENTS = 64;
const MAX_SECTIONS = 512;
const PF_X = 1;

/** Undefined for what is no 64-bit ELF file. */
export function readHeader(bytes: Uint8Array): ElfHeader | undefined {
  if (bytes.length < 64) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC || view.getUint8(4) !== CLASS_64) return undefined;
  const start = word(view, 32);
  const count = Math.min(view.getUint16(56, true), MAX_SEGMENTS);
  const segments: Segment[] = [];
  for (let at = start; segments.length < count && at + SEGMENT_BYTES <= bytes.length; at += SEGMENT_BYTES) {
    segments.push({
      type: view.getUint32(at, true),
      executable: (view.getUint32(at + 4, true) & PF_X) !== 0,
      offset: word(view, at + 8),
      vaddr: word(view, at + 16),
      fileSize: word(view, at + 32),
    });
  }
  return {
    segments,
    sectionOffset: word(view, 40),
    sectionCount: Math.min(view.getUint16(60, true), MAX_SECTIONS),
    entry: word(view, 24),
  };
}

export function readSections(bytes: Uint8Array): Section[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sections: Section[] = [];
  for (let at = 0; at + SECTION_BYTES <= bytes.length; at += SECTION_BYTES) {
    sections.push({
      type: view.getUint32(at + 4, true),
      vaddr: word(view, at + 16),
      offset: word(view, at + 24),
      size: word(view, at + 32),
      link: view.getUint32(at + 40, true),
    });
  }
  return sections;
}

const WORD = 2 ** 32;
/** Above it, a word is no safe integer. */
const MAX_HIGH = 1 << 21;

/** A 64-bit word that is an offset or an address; 0 for what can be none. */
export function word(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true);
  return high < MAX_HIGH ? high * WORD + view.getUint32(at, true) : 0;
}
