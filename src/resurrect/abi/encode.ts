// From a plan to its file. The same plan always gives the same bytes; docs/plan-format.md tells the order.

import { crc32 } from 'node:zlib';
import { align8 } from './align.js';
import type { Plan } from './plan.js';
import { HEADER_BYTES, SECTION_ENTRY_BYTES, writeHeader, writeSectionEntry } from './records/container.js';
import { type ObjectKind, SECTION_KINDS, writeObjects } from './records/plan.js';
import { FORMAT_VERSION, MAGIC, SECTION_DATA, SECTION_STRINGS } from './schema/container.js';
import { Sink } from './sink.js';

/** Of the header's checksum, the last of its fields. */
const CHECKSUM_AT = HEADER_BYTES - 4;

interface Section {
  readonly section: number;
  readonly recordBytes: number;
  readonly count: number;
  /** Size in the file. */
  readonly bytes: number;
  readonly copyTo: (file: Uint8Array, offset: number) => void;
}

export function encodePlan(plan: Plan): Uint8Array {
  const sink = new Sink(SECTION_KINDS, objectCounts(plan));
  writeObjects(sink, plan);
  const sections = sectionsOf(sink);
  const offsets: number[] = [];
  let end = HEADER_BYTES + sections.length * SECTION_ENTRY_BYTES;
  for (const { bytes } of sections) {
    offsets.push(align8(end));
    end = align8(end) + bytes;
  }
  const file = new Uint8Array(align8(end));
  sections.forEach((section, index) => {
    section.copyTo(file, offsets[index] as number);
  });
  writeTable(file, sections, offsets);
  writeHead(file, plan, sections.length);
  return file;
}

function objectCounts(plan: Plan): Map<number, number> {
  const objects = SECTION_KINDS.filter(({ role }) => role === 'object');
  return new Map(objects.map(({ section, key }) => [section, plan[key as ObjectKind].length]));
}

/** Those that are not empty, in the order of their numbers. */
function sectionsOf(sink: Sink): Section[] {
  const { strings, data } = sink;
  const copy = (bytes: Uint8Array) => (file: Uint8Array, offset: number) => file.set(bytes, offset);
  const copyData = (file: Uint8Array, offset: number) => {
    for (const part of data.parts) file.set(part.bytes, offset + part.offset);
  };
  const bytesOnly = { recordBytes: 1 };
  const sections: Section[] = [
    {
      ...bytesOnly,
      section: SECTION_STRINGS,
      count: strings.length,
      bytes: strings.length,
      copyTo: copy(strings),
    },
    { ...bytesOnly, section: SECTION_DATA, count: data.bytes, bytes: data.bytes, copyTo: copyData },
  ];
  for (const { section, recordBytes } of SECTION_KINDS) {
    const { bytes, count } = sink.section(section);
    if (count === 0) continue;
    sections.push({ section, recordBytes, count, bytes: bytes.length, copyTo: copy(bytes) });
  }
  return sections.filter(({ count }) => count > 0);
}

const viewOf = (file: Uint8Array): DataView => new DataView(file.buffer, file.byteOffset, file.byteLength);

function writeTable(file: Uint8Array, sections: readonly Section[], offsets: readonly number[]): void {
  const sink = new Sink([], null);
  sections.forEach(({ section, recordBytes, count, bytes }, index) => {
    const offset = offsets[index] as number;
    const checksum = crc32(file.subarray(offset, offset + bytes));
    const at = HEADER_BYTES + index * SECTION_ENTRY_BYTES;
    writeSectionEntry(sink, viewOf(file), at, { section, recordBytes, count, offset, checksum });
  });
}

function writeHead(file: Uint8Array, plan: Plan, sections: number): void {
  writeHeader(new Sink([], null), viewOf(file), 0, {
    ...plan.header,
    magic: Buffer.from(MAGIC),
    version: FORMAT_VERSION,
    headerBytes: HEADER_BYTES,
    fileBytes: file.length,
    sectionsOffset: HEADER_BYTES,
    sections,
    sectionEntryBytes: SECTION_ENTRY_BYTES,
    checksum: 0,
  });
  const covered = file.subarray(0, HEADER_BYTES + sections * SECTION_ENTRY_BYTES);
  viewOf(file).setUint32(CHECKSUM_AT, crc32(covered), true);
}
