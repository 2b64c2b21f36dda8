// Corrects the checksums of a plan's file that a test has changed, so that the change itself is met.
import { crc32 } from 'node:zlib';
import { HEADER_BYTES, SECTION_ENTRY_BYTES } from '../../src/resurrect/abi/records/container.js';

/** Offsets of header fields, by docs/plan-format.md. */
export const AT = {
  version: 8,
  headerBytes: 12,
  hints: 16,
  features: 24,
  fileBytes: 32,
  sectionsOffset: 40,
} as const;
export const SECTIONS_AT = 48;
/** Offsets of fields of an entry of the table of sections. */
export const ENTRY = {
  section: 0,
  recordBytes: 4,
  count: 8,
  offset: 16,
  reserved: 24,
  checksum: 28,
} as const;

/** Offset of the entry of `section` in the table. */
export function entryOf(file: Uint8Array, section: number): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let index = 0; index < view.getUint32(SECTIONS_AT, true); index++) {
    const at = HEADER_BYTES + index * SECTION_ENTRY_BYTES;
    if (view.getUint32(at + ENTRY.section, true) === section) return at;
  }
  throw new RangeError(`no section ${section}`);
}

/** Where the records of a section start, and how many there are. */
export function sectionOf(file: Uint8Array, section: number): { offset: number; count: number } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const at = entryOf(file, section);
  return {
    offset: Number(view.getBigUint64(at + ENTRY.offset, true)),
    count: Number(view.getBigUint64(at + ENTRY.count, true)),
  };
}

/** As far as the table leads to sections that are in the file. */
export function seal(file: Uint8Array): Uint8Array {
  if (file.length < HEADER_BYTES) return file;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const room = Math.floor((file.length - HEADER_BYTES) / SECTION_ENTRY_BYTES);
  const sections = Math.min(view.getUint32(SECTIONS_AT, true), room);
  for (let at = HEADER_BYTES; at < HEADER_BYTES + sections * SECTION_ENTRY_BYTES; at += SECTION_ENTRY_BYTES) {
    const bytes =
      view.getBigUint64(at + ENTRY.count, true) * BigInt(view.getUint32(at + ENTRY.recordBytes, true));
    const offset = view.getBigUint64(at + ENTRY.offset, true);
    if (offset + bytes > BigInt(file.length)) continue;
    const sum = crc32(file.subarray(Number(offset), Number(offset + bytes)));
    view.setUint32(at + ENTRY.checksum, sum, true);
  }
  view.setUint32(HEADER_BYTES - 4, 0, true);
  const end = HEADER_BYTES + sections * SECTION_ENTRY_BYTES;
  view.setUint32(HEADER_BYTES - 4, crc32(file.subarray(0, end)), true);
  return file;
}
