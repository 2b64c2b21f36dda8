// The header and the table of sections of a plan's file, read and checked before any record is.
import { crc32 } from 'node:zlib';
import { align8 } from './align.js';
import { PlanFormatError, REBUILD } from './error.js';
import type { PlanHeader } from './plan.js';
import {
  HEADER_BYTES,
  type Header,
  readHeader,
  readSectionEntry,
  SECTION_ENTRY_BYTES,
  type SectionEntry,
} from './records/container.js';
import { SECTION_KINDS } from './records/plan.js';
import { FORMAT_VERSION, MAGIC, SECTION_DATA, SECTION_STRINGS } from './schema/container.js';
import { type SectionSpan, Source, type Spans } from './source.js';

const MAGIC_BYTES = Buffer.from(MAGIC);
/** Of the header's checksum, the last of its fields. */
const CHECKSUM_AT = HEADER_BYTES - 4;

interface Kind {
  readonly name: string;
  readonly recordBytes: number;
}

const KINDS: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [SECTION_STRINGS, { name: 'strings', recordBytes: 1 }],
  [SECTION_DATA, { name: 'data', recordBytes: 1 }],
  ...SECTION_KINDS.map((kind) => [kind.section, kind] as const),
]);

export interface Container {
  readonly header: PlanHeader;
  readonly spans: Spans;
}

/** What was otherwise in an older version: bytes of a record by section, 0 where it did not have that section. */
export type OlderRecords = ReadonlyMap<number, number>;

export function readContainer(bytes: Uint8Array, name: string, older: OlderRecords = new Map()): Container {
  const header = checkedHeader(bytes, name);
  const source = new Source(bytes, name, null);
  const tableEnd = HEADER_BYTES + header.sections * SECTION_ENTRY_BYTES;
  checkHeaderSum(bytes, tableEnd, name, header.checksum);
  const spans: SectionSpan[] = [];
  let end = tableEnd;
  for (let at = HEADER_BYTES; at < tableEnd; at += SECTION_ENTRY_BYTES) {
    const entry = readSectionEntry(source, at / 4);
    const kind = kindOf(name, entry.section, older);
    const span = checkedSection(bytes, name, entry, kind, spans.at(-1)?.section ?? 0, end);
    spans.push(span);
    end = span.offset + span.count * span.recordBytes;
  }
  checkEnd(bytes, name, end);
  return { header: planHeader(header), spans: byNumber(spans, end) };
}

function refuse(name: string, why: string, hint = REBUILD): never {
  throw new PlanFormatError(`${name}: ${why}`, hint);
}

function checkedHeader(bytes: Uint8Array, name: string): Header {
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(8, bytes.length));
  if (!magic.equals(MAGIC_BYTES)) {
    refuse(
      name,
      'not a restore plan: it does not begin with OWPLAN',
      'Plans are made by `ow plan build DUMP -o FILE`.',
    );
  }
  if (bytes.length < HEADER_BYTES) {
    refuse(name, `${bytes.length} bytes: cut short within the header of ${HEADER_BYTES} bytes`);
  }
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
  if (version > FORMAT_VERSION) {
    refuse(
      name,
      `format version ${version}; this is ${FORMAT_VERSION} at most`,
      'Use the release of Otherworld that wrote it.',
    );
  }
  const header = readHeader(new Source(bytes, name, null), 0);
  const expected = {
    headerBytes: HEADER_BYTES,
    fileBytes: bytes.length,
    sectionsOffset: HEADER_BYTES,
    sectionEntryBytes: SECTION_ENTRY_BYTES,
  };
  for (const [field, value] of Object.entries(expected)) {
    const found = header[field as keyof typeof expected];
    if (found !== value) refuse(name, `header, field ${field}: ${found}, not ${value}`);
  }
  const room = Math.floor((bytes.length - HEADER_BYTES) / SECTION_ENTRY_BYTES);
  if (header.sections > room)
    refuse(name, `header, field sections: ${header.sections}, but there is room for ${room}`);
  return header;
}

function checkHeaderSum(bytes: Uint8Array, tableEnd: number, name: string, checksum: number): void {
  let sum = crc32(bytes.subarray(0, CHECKSUM_AT));
  sum = crc32(new Uint8Array(4), sum);
  sum = crc32(bytes.subarray(HEADER_BYTES, tableEnd), sum);
  if (sum !== checksum)
    refuse(name, 'the checksum of the header and the table of sections does not fit: damaged');
}

function kindOf(file: string, section: number, older: OlderRecords): Kind {
  const kind = KINDS.get(section);
  const recordBytes = older.get(section) ?? kind?.recordBytes;
  if (kind === undefined || !recordBytes) refuse(file, `section ${section}: of no kind that is known`);
  return { name: kind.name, recordBytes };
}

/** `before`: number of the section before it, which ends at `end`. */
function checkedSection(
  bytes: Uint8Array,
  file: string,
  entry: SectionEntry,
  kind: Kind,
  before: number,
  end: number,
): SectionSpan {
  const { section, recordBytes, count, offset } = entry;
  const wrong = (why: string): never => refuse(file, `section ${kind.name} (${section}): ${why}`);
  if (section <= before) wrong(`behind section ${before}: they are not in order`);
  if (recordBytes !== kind.recordBytes) wrong(`records of ${recordBytes} bytes, not ${kind.recordBytes}`);
  if (count === 0) wrong('empty: it should not be there');
  const expected = align8(end);
  if (offset !== expected) wrong(`at offset ${offset}, not ${expected}: they overlap, or there is a gap`);
  if (count > (bytes.length - offset) / recordBytes) {
    wrong(
      `${count} records of ${recordBytes} bytes at ${offset}: beyond the end of the file, at ${bytes.length}`,
    );
  }
  checkZero(bytes, file, end, offset);
  const content = bytes.subarray(offset, offset + count * recordBytes);
  if (crc32(content) !== entry.checksum) wrong('its checksum does not fit: damaged');
  return { section, name: kind.name, recordBytes, offset, count };
}

function checkZero(bytes: Uint8Array, name: string, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    if (bytes[index] !== 0) refuse(name, `offset ${index}: a gap between sections that is not zero`);
  }
}

function checkEnd(bytes: Uint8Array, name: string, end: number): void {
  const expected = align8(end);
  if (bytes.length !== expected) refuse(name, `${bytes.length} bytes, but its sections end at ${expected}`);
  checkZero(bytes, name, end, expected);
}

function byNumber(sections: readonly SectionSpan[], end: number): Spans {
  const records = new Map(sections.map((span) => [span.section, span]));
  const absent = (section: number, name: string): SectionSpan => ({
    section,
    name,
    recordBytes: 1,
    offset: end,
    count: 0,
  });
  return {
    strings: records.get(SECTION_STRINGS) ?? absent(SECTION_STRINGS, 'strings'),
    data: records.get(SECTION_DATA) ?? absent(SECTION_DATA, 'data'),
    records,
  };
}

function planHeader(header: Header): PlanHeader {
  const {
    magic,
    version,
    headerBytes,
    fileBytes,
    sectionsOffset,
    sections,
    sectionEntryBytes,
    checksum,
    ...rest
  } = header;
  return rest;
}
