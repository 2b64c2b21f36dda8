// Where the ranges of a LiME file in LZ4 are, listed in a skippable LZ4 frame behind it. Without the list, each range
// header is found by decoding what is before it: thousands of small ranges mean decoding the whole file to open it.
//
// lz4 and all other readers skip such a frame, and a file without one opens all the same: it is a hint, believed only
// when it accounts for every byte of the contents. All fields are u32, little-endian:
// name (8 bytes), xxHash32 of the rest, then for each range its first page frame and its number of pages.

import { loadLz4 } from './lazy.js';

export const LIME_INDEX_MAGIC = 0x184d_2a5d;
const NAME = Buffer.from('LiMEidx1', 'latin1');
const HEAD_BYTES = 12;
const ENTRY_BYTES = 8;
const PAGE = 4096;

/** A range of whole pages. */
export interface ListedRange {
  readonly first: number;
  /** Page frame number behind the last. */
  readonly end: number;
}

export function encodeLimeIndex(ranges: readonly ListedRange[]): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + ranges.length * ENTRY_BYTES);
  NAME.copy(bytes);
  ranges.forEach(({ first, end }, index) => {
    bytes.writeUInt32LE(first, HEAD_BYTES + index * ENTRY_BYTES);
    bytes.writeUInt32LE(end - first, HEAD_BYTES + index * ENTRY_BYTES + 4);
  });
  bytes.writeUInt32LE(loadLz4().blockChecksum(bytes.subarray(HEAD_BYTES)) >>> 0, NAME.length);
  return bytes;
}

/** The segments of a LiME file of `size` bytes; null where `bytes` is no list, or not that of such a file. */
export function decodeLimeIndex(bytes: Buffer, size: number, headerBytes: number) {
  const list = bytes.subarray(HEAD_BYTES);
  if (!bytes.subarray(0, NAME.length).equals(NAME) || list.length % ENTRY_BYTES !== 0) return null;
  if (bytes.readUInt32LE(NAME.length) !== loadLz4().blockChecksum(list) >>> 0) return null;
  const segments: { start: number; bytes: number; offset: number }[] = [];
  let offset = 0;
  for (let at = 0; at < list.length; at += ENTRY_BYTES) {
    const length = list.readUInt32LE(at + 4) * PAGE;
    offset += headerBytes;
    segments.push({ start: list.readUInt32LE(at) * PAGE, bytes: length, offset });
    offset += length;
  }
  return offset === size && segments.every((segment) => segment.bytes > 0) ? segments : null;
}
