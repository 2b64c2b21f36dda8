// From version 1 of the format to 2: files have times since, the header's identity its pages, and message queues their last
// users and whom they tell, VMAs their guards; pages may be carried by the plan, and it tells of vDSOs. None of it is known of an
// older plan: its records grow by zeroes at their end, an empty list or nobody's PIDs, and what is new stays away.
import { crc32 } from 'node:zlib';
import { align8 } from './align.js';
import { type OlderRecords, readContainer } from './container.js';
import type { SectionSpan } from './source.js';

/** Of a message_queue: who sent and who received last, first and count of whom it tells. */
const QUEUE_GROWTH = 16;
const MESSAGE_QUEUE = 124;

/** Sections whose records grew, with the bytes that they had: writeback, inode, shared_memory, tmpfs_entry, message_queue, vma. */
const GREW: OlderRecords = new Map([
  [140, 56],
  [73, 64],
  [44, 64],
  [142, 48],
  [MESSAGE_QUEUE, 64],
  [41, 56],
]);
/** What each of them ends with now: first and count of its times or guards. */
const GROWTH = 8;
/** identity_page, file_times, guard_range, stored_page, vdso_image and message_notification. */
const NEW: OlderRecords = new Map([
  [48, 0],
  [49, 0],
  [50, 0],
  [51, 0],
  [52, 0],
  [126, 0],
]);

/** Of both versions. */
const HEADER = { bytes: 224, version: 8, fileBytes: 32, checksum: 220 } as const;
const ENTRY = { bytes: 32, recordBytes: 4, offset: 16, checksum: 28 } as const;

/** Throws PlanFormatError where it is not a sound file of version 1. */
export function fromVersion1(bytes: Uint8Array, name: string): Uint8Array {
  const { spans } = readContainer(bytes, name, new Map([...GREW, ...NEW]));
  const sections = [...spans.records.values()];
  const contents = sections.map((span) => grown(bytes, span));
  const table = HEADER.bytes + sections.length * ENTRY.bytes;
  const size = contents.reduce((end, content) => align8(end) + content.length, table);
  const file = new Uint8Array(align8(size));
  file.set(bytes.subarray(0, table));
  const view = new DataView(file.buffer);
  let end = table;
  for (const [index, content] of contents.entries()) {
    const entry = HEADER.bytes + index * ENTRY.bytes;
    const { count } = sections[index] as SectionSpan;
    view.setUint32(entry + ENTRY.recordBytes, content.length / count, true);
    view.setBigUint64(entry + ENTRY.offset, BigInt(align8(end)), true);
    view.setUint32(entry + ENTRY.checksum, crc32(content), true);
    file.set(content, align8(end));
    end = align8(end) + content.length;
  }
  view.setUint32(HEADER.version, 2, true);
  view.setBigUint64(HEADER.fileBytes, BigInt(file.length), true);
  view.setUint32(HEADER.checksum, 0, true);
  view.setUint32(HEADER.checksum, crc32(file.subarray(0, table)), true);
  return file;
}

/** The section's records, each with room behind it where it grew. */
function grown(bytes: Uint8Array, { section, offset, count, recordBytes }: SectionSpan): Uint8Array {
  const old = bytes.subarray(offset, offset + count * recordBytes);
  if (!GREW.has(section)) return old;
  const wide = recordBytes + (section === MESSAGE_QUEUE ? QUEUE_GROWTH : GROWTH);
  const found = new Uint8Array(count * wide);
  for (let index = 0; index < count; index++)
    found.set(old.subarray(index * recordBytes, (index + 1) * recordBytes), index * wide);
  return found;
}
