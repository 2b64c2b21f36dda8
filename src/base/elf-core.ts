// The frame of an ELF core file: header, program headers, notes (elf(5), fs/binfmt_elf.c).

const EHDR = 64;
const PHDR = 56;
const SHDR = 64;
const ET_CORE = 4;
const EM_X86_64 = 62;
const PT_LOAD = 1;
const PT_NOTE = 4;
/** That many program headers or more: the first section header has their number. */
const PN_XNUM = 0xffff;
const NOTE_ALIGN = 4;
const PAGE_BYTES = 4096;

export interface Segment {
  /** User addresses, [start, end). */
  readonly start: number;
  readonly end: number;
  /** PF_X 1, PF_W 2, PF_R 4. */
  readonly flags: number;
  /** Only what is `known` has its bytes in the file; `untouched` is too large for its zeroes. */
  readonly content: 'known' | 'unknown' | 'untouched';
}

export interface PlacedSegment extends Segment {
  /** Of its first byte in the file. */
  readonly offset: number;
}

export function elfNote(name: 'CORE' | 'LINUX', type: number, desc: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length + 1, 0);
  head.writeUInt32LE(desc.length, 4);
  head.writeUInt32LE(type, 8);
  return Buffer.concat([head, padded(Buffer.from(`${name}\0`)), padded(desc)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & (NOTE_ALIGN - 1))]);
}

/** All that stands before the memory, and where each segment's memory goes. */
export function elfCore(
  segments: readonly Segment[],
  notes: Uint8Array,
): { head: Buffer; placed: PlacedSegment[]; bytes: number } {
  const count = segments.length + 1;
  const sections = count >= PN_XNUM ? SHDR : 0;
  const notesAt = EHDR + count * PHDR + sections;
  let offset = roundUp(notesAt + notes.length);
  const placed = segments.map((segment): PlacedSegment => {
    const at = offset;
    if (segment.content === 'known') offset += segment.end - segment.start;
    return { ...segment, offset: at };
  });
  const headers = [
    programHeader(PT_NOTE, 0, { offset: notesAt, start: 0, bytes: notes.length, size: 0, align: NOTE_ALIGN }),
    ...placed.map(loadHeader),
  ];
  const section = Buffer.alloc(sections);
  if (sections > 0) section.writeUInt32LE(count, 44);
  return { head: Buffer.concat([elfHeader(count), ...headers, section, notes]), placed, bytes: offset };
}

function roundUp(at: number): number {
  return Math.ceil(at / PAGE_BYTES) * PAGE_BYTES;
}

function elfHeader(count: number): Buffer {
  const many = count >= PN_XNUM;
  const out = Buffer.alloc(EHDR);
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  out.writeUInt16LE(ET_CORE, 16);
  out.writeUInt16LE(EM_X86_64, 18);
  out.writeUInt32LE(1, 20);
  out.writeBigUInt64LE(BigInt(EHDR), 32);
  if (many) out.writeBigUInt64LE(BigInt(EHDR + count * PHDR), 40);
  out.writeUInt16LE(EHDR, 52);
  out.writeUInt16LE(PHDR, 54);
  out.writeUInt16LE(many ? PN_XNUM : count, 56);
  out.writeUInt16LE(many ? SHDR : 0, 58);
  out.writeUInt16LE(many ? 1 : 0, 60);
  return out;
}

function loadHeader({ start, end, flags, content, offset }: PlacedSegment): Buffer {
  const size = end - start;
  return programHeader(PT_LOAD, flags, {
    offset,
    start,
    bytes: content === 'known' ? size : 0,
    size,
    align: PAGE_BYTES,
  });
}

interface Extent {
  readonly offset: number;
  readonly start: number;
  readonly bytes: number;
  readonly size: number;
  readonly align: number;
}

function programHeader(type: number, flags: number, { offset, start, bytes, size, align }: Extent): Buffer {
  const out = Buffer.alloc(PHDR);
  out.writeUInt32LE(type, 0);
  out.writeUInt32LE(flags, 4);
  for (const [at, value] of [
    [8, offset],
    [16, start],
    [32, bytes],
    [40, size],
    [48, align],
  ] as const) {
    out.writeBigUInt64LE(BigInt(value), at);
  }
  return out;
}
