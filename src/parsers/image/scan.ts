// Searches over all of physical memory: straight from the image in large pieces, past PhysicalMemory's cache, and
// without the holes of a sparse file.

import type { Phys } from '../../base/address.js';
import { progress } from '../../base/progress.js';
import type { Image, PhysicalRange } from './image.js';

export interface ScanOptions {
  /** Physical addresses to search, [start, end); all of the image by default. */
  readonly start?: number;
  readonly end?: number;
}

export interface SearchOptions extends ScanOptions {
  /** Only addresses that are multiples of this: 1 by default; 4096 for what starts a page. */
  readonly alignment?: number;
}

/** A piece of memory. `bytes` is overwritten by the next one. */
export interface Chunk {
  readonly at: Phys;
  readonly bytes: Buffer;
  /** Things that start in [0, fresh) belong to this chunk; what is behind is there again in the next one. */
  readonly fresh: number;
}

const PAGE = 4096;
/** Fits the second-level cache of today's processors, so that the search does not read main memory again. */
const CHUNK_BYTES = 1 << 20;
/** From this alignment on, comparing at each multiple beats searching every byte. */
const COARSE = 64;

/** Physical addresses, ascending, at which `needle` stands. It must hold a byte that is not zero. */
export function* scanMemory(
  image: Image,
  needle: Uint8Array,
  options: SearchOptions = {},
): Generator<Phys, void, void> {
  if (needle.every((byte) => byte === 0)) throw new RangeError('a needle of zeroes is everywhere');
  const alignment = options.alignment ?? 1;
  const find = alignment >= COARSE ? nextAligned : nextAnywhere;
  for (const chunk of scanChunks(image, needle.length - 1, options)) {
    let offset = find(chunk, needle, 0, alignment);
    while (offset >= 0) {
      yield (chunk.at + offset) as Phys;
      offset = find(chunk, needle, offset + 1, alignment);
    }
  }
}

/** The memory piece by piece; each piece goes on for `overlap` bytes into the next, where there is a next. */
export function* scanChunks(
  image: Image,
  overlap: number,
  options: ScanOptions = {},
): Generator<Chunk, void, void> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES + overlap);
  const end = options.end ?? Number.POSITIVE_INFINITY;
  const last = Math.min(end, image.ranges.at(-1)?.end ?? 0);
  for (const range of wanted(image, overlap, options.start ?? 0, end)) {
    let at: number = range.start;
    while (at < range.end) {
      progress('searching memory', at, last);
      // What starts before `end` may reach behind it.
      const fresh = Math.min(CHUNK_BYTES, range.end - at);
      const got = image.read(at as Phys, buffer.subarray(0, fresh + overlap));
      if (got > 0) yield { at: at as Phys, bytes: buffer.subarray(0, got), fresh: Math.min(fresh, got) };
      at = got < fresh ? Math.floor((at + got) / PAGE + 1) * PAGE : at + fresh;
    }
  }
}

/**
 * Ranges that may hold something. A sparse file's holes are zeroes that a needle may begin with: each range starts
 * `overlap` bytes earlier. Ranges that touch become one.
 */
function* wanted(image: Image, overlap: number, start: number, end: number): Generator<PhysicalRange> {
  let low = 0;
  let high = -1;
  for (const { start: from, end: to } of pieces(image, start, end)) {
    const early = Math.max(from.data - overlap, from.range, start);
    if (early > high) {
      if (high > low) yield { start: low as Phys, end: high as Phys };
      low = early;
    }
    high = Math.max(high, to);
  }
  if (high > low) yield { start: low as Phys, end: high as Phys };
}

/** Data of each range, with the start of the range that it is in. */
function* pieces(image: Image, start: number, end: number) {
  for (const range of image.ranges) {
    if (range.end <= start) continue;
    if (range.start >= end) return;
    const low = Math.max(range.start, start) as Phys;
    const high = Math.min(range.end, end) as Phys;
    for (const part of image.data(low, high)) {
      yield { start: { data: part.start, range: range.start }, end: part.end };
    }
  }
}

function nextAnywhere(chunk: Chunk, needle: Uint8Array, from: number, alignment: number): number {
  let offset = chunk.bytes.indexOf(needle, from);
  while (offset >= 0 && offset < chunk.fresh) {
    if ((chunk.at + offset) % alignment === 0) return offset;
    offset = chunk.bytes.indexOf(needle, offset + 1);
  }
  return -1;
}

function nextAligned(chunk: Chunk, needle: Uint8Array, from: number, alignment: number): number {
  const { at, bytes } = chunk;
  const first = needle[0] as number;
  const last = Math.min(chunk.fresh, bytes.length - needle.length + 1);
  for (let offset = Math.ceil((at + from) / alignment) * alignment - at; offset < last; offset += alignment) {
    if (bytes[offset] === first && startsWith(bytes, offset, needle)) return offset;
  }
  return -1;
}

function startsWith(bytes: Uint8Array, offset: number, needle: Uint8Array): boolean {
  for (let i = 1; i < needle.length; i++) {
    if (bytes[offset + i] !== needle[i]) return false;
  }
  return true;
}
