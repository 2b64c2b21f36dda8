// The ELF header and program headers of a vmcore: elfy names things, binary-parser gives the 64-bit fields exactly.

import type { Parser as Elfy, ElfyHeader } from 'elfy';
import { InputError } from '../../base/error.js';
import { type ByteSource, readUpTo } from './byte-source.js';
import { loadBinaryParser, loadElfy } from './lazy.js';

export interface ProgramHeader {
  /** elfy's name: `load`, `note`; undefined for types that it does not know. */
  readonly type: string | undefined;
  readonly offset: bigint;
  readonly paddr: bigint;
  readonly filesz: bigint;
}

const HEADER_BYTES = 64;
const PROGRAM_BYTES = 56;
const SECTION_BYTES = 64;
/** e_phnum when there are too many for 16 bits; the number is then in the first section header's sh_info. */
const PN_XNUM = 0xffff;
/** A guest's memory has a handful of pieces, or a few thousand with paging; this is 11 MiB of headers. */
const MAX_PROGRAMS = 200_000;
const CAPTURE = 'Capture the memory of an x86-64 guest, for instance with QEMU: dump-guest-memory FILE';
const NOT_LONG_MODE =
  'Only x86-64 guests are read. QEMU also writes this of one that was reset: capture it before, or take its RAM file.';

export function readProgramHeaders(source: ByteSource): ProgramHeader[] {
  const bytes = readUpTo(source, 0, HEADER_BYTES);
  // It keeps the byte order and word size of the header it read.
  const elfy = new (loadElfy().Parser)();
  const header = checkedHeader(source, elfy, bytes);
  const { phoff, phentsize } = header;
  const count = programCount(source, bytes, header);
  const table = readUpTo(source, phoff, count * phentsize);
  // A table that is cut short gives what is there; its last, partial entry is lost.
  const phnum = Math.floor(table.length / phentsize);
  if (phnum === 0) {
    throw new InputError(
      `${source.path}: ELF file that ends before its program headers`,
      'The copy is incomplete: copy it again.',
    );
  }
  // elfy cannot read a table at offset 0 of a buffer: 0 means none to it.
  const headers = Buffer.concat([bytes, table]);
  const named = elfy.parsePrograms(headers, { class: '64', phoff: bytes.length, phnum, phentsize });
  const exact = exactParser();
  return named.map(({ type }, index) => {
    const start = bytes.length + index * phentsize;
    return { type, ...exact.parse(headers.subarray(start, start + PROGRAM_BYTES)) };
  });
}

function exactParser() {
  const { Parser } = loadBinaryParser();
  // struct elf64_phdr: p_type and p_flags, p_offset, p_vaddr, p_paddr, p_filesz; p_memsz and p_align follow.
  return new Parser()
    .endianness('little')
    .seek(8)
    .uint64('offset')
    .uint64('vaddr')
    .uint64('paddr')
    .uint64('filesz');
}

function checkedHeader(source: ByteSource, elfy: Elfy, bytes: Buffer): ElfyHeader {
  const header = parsedHeader(source, elfy, bytes);
  const { path } = source;
  if (header.endian !== 'lsb') throw new InputError(`${path}: ELF file of a big-endian machine`, CAPTURE);
  if (header.class !== '64') throw new InputError(`${path}: ELF file of a 32-bit machine`, NOT_LONG_MODE);
  if (header.type !== 'core') {
    throw new InputError(
      `${path}: ELF file, but no core: ${header.type ?? 'of an unknown type'}`,
      'A vmlinux or a module can be named with --vmlinux; the dump itself must be a memory image.',
    );
  }
  // QEMU says 386 when the first CPU is not in 64-bit mode, as after a reset; the dead kernel is there all the same.
  if (header.machine !== 'amd64' && header.machine !== '386') {
    throw new InputError(`${path}: vmcore of another architecture (${header.machine ?? 'unknown'})`, CAPTURE);
  }
  if (header.phentsize < PROGRAM_BYTES) {
    throw new InputError(
      `${path}: damaged ELF header: program headers of ${header.phentsize} bytes instead of ${PROGRAM_BYTES}`,
      'Copy or capture it again.',
    );
  }
  return header;
}

function parsedHeader(source: ByteSource, elfy: Elfy, bytes: Buffer): ElfyHeader {
  if (bytes.length < HEADER_BYTES) {
    throw new InputError(`${source.path}: ELF file that ends inside its header`, 'Copy it again.');
  }
  try {
    return elfy.parseHeader(bytes);
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'OwError') throw error;
    throw new InputError(`${source.path}: damaged ELF header: ${error.message}`, 'Copy or capture it again.');
  }
}

function programCount(source: ByteSource, bytes: Buffer, header: ElfyHeader): number {
  let count = header.phnum;
  if (count === PN_XNUM) {
    const section = readUpTo(source, Number(bytes.readBigUInt64LE(40)), SECTION_BYTES);
    if (section.length === SECTION_BYTES) count = section.readUInt32LE(44);
  }
  if (count > 0 && count <= MAX_PROGRAMS) return count;
  throw new InputError(
    `${source.path}: ELF core with ${count} program headers`,
    'The header is damaged: copy or capture it again.',
  );
}
