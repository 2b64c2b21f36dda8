// A raw dump as an ELF vmcore, which is what drgn and crash open: the same bytes behind a header.
//
//   tsx bench/vmcore/wrap.ts DUMP.RAW OUT.ELF [--low BYTES]
//
// The file is as sparse as memory is empty. NT_PRSTATUS notes are in it where they are given: a raw dump has none, and
// tasks that were not on a processor are found without them.

import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { BenchError, fail } from '../error.js';
import { findDirectMap } from './direct-map.js';
import { RawDump } from './raw.js';
import { findVmcoreInfo, type VmcoreInfo } from './vmcoreinfo.js';

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const DATA_OFFSET = 16 << 10;
const CHUNK = 1 << 20;
const NO_NOTES = new Uint8Array();

const ET_CORE = 4;
const EM_X86_64 = 62;
const PT_LOAD = 1;
const PT_NOTE = 4;
const READ_WRITE_EXECUTE = 7;

export interface Kernel {
  readonly info: VmcoreInfo;
  /** Virtual address of the linear map. */
  readonly directMap: bigint;
}

/** Finds VMCOREINFO and the linear map, which prove each other right. */
export function findKernel(dump: RawDump): Kernel {
  for (const info of findVmcoreInfo(dump)) {
    const directMap = findDirectMap(dump, info);
    if (directMap !== undefined) return { info, directMap };
  }
  throw new BenchError(
    `${dump.path}: no VMCOREINFO page whose page tables map memory; is it a raw x86-64 Linux dump?`,
  );
}

/** `processors`: NT_PRSTATUS notes as they stand in another file. */
export function wrapDump(
  dump: RawDump,
  kernel: Kernel,
  out: string,
  processors: Uint8Array = NO_NOTES,
): void {
  const fd = openSync(out, 'w');
  try {
    writeSync(fd, header(dump, kernel, processors), 0, undefined, 0);
    copySparse(dump, fd);
    ftruncateSync(fd, DATA_OFFSET + dump.bytes);
  } finally {
    closeSync(fd);
  }
}

function header(dump: RawDump, kernel: Kernel, processors: Uint8Array): Buffer {
  const segments = dump.ranges.length + 1;
  const note = Buffer.concat([processors, vmcoreInfoNote(kernel.info.text)]);
  const noteOffset = HEADER_BYTES + segments * PROGRAM_HEADER_BYTES;
  const bytes = Buffer.alloc(DATA_OFFSET);
  if (noteOffset + note.length > DATA_OFFSET) throw new BenchError('more notes than there is room for');
  bytes.set(elfHeader(segments));
  bytes.set(segment({ type: PT_NOTE, offset: noteOffset, bytes: note.length }), HEADER_BYTES);
  bytes.set(note, noteOffset);
  dump.ranges.forEach((range, i) => {
    const load = segment({
      type: PT_LOAD,
      offset: DATA_OFFSET + range.offset,
      virtual: kernel.directMap + BigInt(range.phys),
      physical: BigInt(range.phys),
      bytes: range.bytes,
    });
    bytes.set(load, HEADER_BYTES + (i + 1) * PROGRAM_HEADER_BYTES);
  });
  return bytes;
}

function elfHeader(segments: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // \x7fELF, 64 bits, little-endian, version 1
  bytes.writeUInt16LE(ET_CORE, 16);
  bytes.writeUInt16LE(EM_X86_64, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  bytes.writeUInt16LE(HEADER_BYTES, 52);
  bytes.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  bytes.writeUInt16LE(segments, 56);
  return bytes;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly bytes: number;
  readonly virtual?: bigint;
  readonly physical?: bigint;
}

function segment({ type, offset, bytes: size, virtual = 0n, physical = 0n }: Segment): Buffer {
  const bytes = Buffer.alloc(PROGRAM_HEADER_BYTES);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(READ_WRITE_EXECUTE, 4);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeBigUInt64LE(virtual, 16);
  bytes.writeBigUInt64LE(physical, 24);
  bytes.writeBigUInt64LE(BigInt(size), 32);
  bytes.writeBigUInt64LE(BigInt(size), 40);
  return bytes;
}

function vmcoreInfoNote(text: string): Buffer {
  const name = Buffer.from('VMCOREINFO\0\0'); // 11 bytes with its NUL, padded to 12
  const description = Buffer.from(text, 'latin1');
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE(11, 0);
  sizes.writeUInt32LE(description.length, 4);
  return Buffer.concat([sizes, name, description, Buffer.alloc(-description.length & 3)]);
}

function copySparse(dump: RawDump, fd: number): void {
  const chunk = Buffer.alloc(CHUNK);
  const zeroes = Buffer.alloc(CHUNK);
  for (let offset = 0; offset < dump.bytes; offset += CHUNK) {
    dump.readAt(offset, chunk);
    const length = Math.min(CHUNK, dump.bytes - offset);
    if (!chunk.equals(zeroes)) writeSync(fd, chunk, 0, length, DATA_OFFSET + offset);
  }
}

function main(): void {
  const { values, positionals } = parseArgs({ options: { low: { type: 'string' } }, allowPositionals: true });
  const [raw, out] = positionals;
  if (raw === undefined || out === undefined)
    throw new BenchError('usage: wrap.ts DUMP.RAW OUT.ELF [--low BYTES]');
  const dump = new RawDump(raw, values.low === undefined ? undefined : Number(values.low));
  const kernel = findKernel(dump);
  wrapDump(dump, kernel, out);
  console.log(
    `${kernel.info.release} build-id ${kernel.info.buildId} linear map at 0x${kernel.directMap.toString(16)}`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    main();
  } catch (error) {
    fail(error);
  }
}
