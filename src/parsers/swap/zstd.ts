// One Zstandard frame (RFC 8878) that holds one page, as zram writes them. The decoding is the package fzstd's; before
// it is asked, the frame is held to what a page can need, for the package believes what headers say of sizes and counts.

import { loadFzstd } from '../image/lazy.js';

const MAGIC = 0xfd2fb528;
const BLOCK = { raw: 0, rle: 1, compressed: 2 } as const;
/** A sequence copies three bytes at least. */
const MIN_MATCH = 3;
const SINGLE_SEGMENT = 0x20;
const WINDOW_DESCRIPTOR_AT = 5;
/** A window of 4 KiB: no page looks back further, though headers say a megabyte, which would be allocated. */
const PAGE_WINDOW = 2 << 3;

/** Decodes `packed` into `page`; how many bytes that gave, or -1 where it is damaged or more than a page. */
export function decodeZstd(packed: Uint8Array, page: Uint8Array): number {
  if (!isOnePage(packed, page.length)) return -1;
  const { Decompress } = loadFzstd();
  let written = 0;
  const stream = new Decompress((chunk) => {
    if (written + chunk.length > page.length) throw new RangeError('more than a page');
    page.set(chunk, written);
    written += chunk.length;
  });
  try {
    stream.push(withSmallWindow(packed), true);
    return written;
  } catch {
    // It throws errors of its own, and TypeErrors and RangeErrors where it reads beyond its tables.
    return -1;
  }
}

function withSmallWindow(packed: Uint8Array): Uint8Array {
  const frame = Uint8Array.from(packed);
  if (((frame[4] as number) & SINGLE_SEGMENT) === 0) frame[WINDOW_DESCRIPTOR_AT] = PAGE_WINDOW;
  return frame;
}

/** Whether this is one frame, to its end, of blocks that none claims more than a page holds. */
function isOnePage(packed: Uint8Array, pageBytes: number): boolean {
  if (packed.length < 9) return false;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return false;
  const flags = packed[4] as number;
  const isSingle = (flags & SINGLE_SEGMENT) !== 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] as number;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] as number;
  if (dictionaryBytes > 0 || (flags & 8) !== 0) return false;
  const sizeAt = WINDOW_DESCRIPTOR_AT + (isSingle ? 0 : 1);
  if (sizeAt + sizeBytes > packed.length) return false;
  if (sizeBytes > 0 && contentBytes(view, sizeAt, sizeBytes) !== pageBytes) return false;
  const checksumBytes = (flags & 4) !== 0 ? 4 : 0;
  return blocksEnd(packed, sizeAt + sizeBytes, pageBytes) === packed.length - checksumBytes;
}

function contentBytes(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

/** Where the last block ends; -1 where one cannot be. */
function blocksEnd(packed: Uint8Array, start: number, pageBytes: number): number {
  for (let at = start; at + 3 <= packed.length; ) {
    const header =
      (packed[at] as number) | ((packed[at + 1] as number) << 8) | ((packed[at + 2] as number) << 16);
    const [isLast, type, size] = [(header & 1) !== 0, (header >> 1) & 3, header >> 3];
    const body = at + 3;
    const end = body + (type === BLOCK.rle ? 1 : size);
    if (size > pageBytes || type > BLOCK.compressed || end > packed.length) return -1;
    if (type === BLOCK.compressed && !isBounded(packed.subarray(body, end), pageBytes)) return -1;
    if (isLast) return end;
    at = end;
  }
  return -1;
}

/** Whether a compressed block has no more literals and sequences than a page can be made of. */
function isBounded(block: Uint8Array, pageBytes: number): boolean {
  const byte = (at: number) => block[at] ?? 0;
  const [type, format] = [byte(0) & 3, (byte(0) >> 2) & 3];
  const word = byte(0) + byte(1) * 2 ** 8 + byte(2) * 2 ** 16 + byte(3) * 2 ** 24 + byte(4) * 2 ** 32;
  // Raw and RLE literals tell one size, in 5, 12 or 20 bits; compressed ones two, in 10, 14 or 18 bits each.
  const isRaw = type < 2;
  const bits = isRaw ? ([5, 12, 5, 20][format] as number) : ([10, 10, 14, 18][format] as number);
  const shift = isRaw ? (format & 1 ? 4 : 3) : 4;
  const field = (number: number) => Math.floor(word / 2 ** (shift + number * bits)) % 2 ** bits;
  const regenerated = field(0);
  const stored = isRaw ? (type === 1 ? 1 : regenerated) : field(1);
  const at = Math.ceil((shift + bits * (isRaw ? 1 : 2)) / 8) + stored;
  if (regenerated > pageBytes || at >= block.length) return false;
  return sequences(byte, at) <= pageBytes / MIN_MATCH;
}

/** Number_of_Sequences: one to three bytes. */
function sequences(byte: (at: number) => number, at: number): number {
  const first = byte(at);
  if (first < 128) return first;
  if (first < 255) return (first - 128) * 256 + byte(at + 1);
  return byte(at + 1) + byte(at + 2) * 256 + 0x7f00;
}
