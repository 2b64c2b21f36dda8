// LiME: a header and the memory it describes, over and over (https://github.com/504ensicsLabs/LiME, "lime" format).
// Written by LiME on machines without a hypervisor, and by `ow lab trim`.
//
// A header is 32 bytes, little-endian: u32 magic, u32 version, u64 first and u64 last byte's address, 8 bytes reserved.
// There can be thousands: they are read by hand, which takes a hundredth of what a parser library takes.

import { hex, type Phys } from '../../base/address.js';
import { InputError } from '../../base/error.js';
import type { FaultRecord } from '../../base/fault.js';
import type { ByteSource } from './byte-source.js';
import { HeaderReader } from './header-reader.js';
import type { Image, PhysicalRange } from './image.js';
import { decodeLimeIndex } from './lime-index.js';
import { type Segment, SegmentImage, truncated } from './segment-image.js';

export const LIME_MAGIC = 0x4c69_4d45;
export const LIME_HEADER_BYTES = 32;
const VERSION = 1;
const ADDRESS_LIMIT = 2 ** 52;
const WORD = 2 ** 32;

interface Found {
  readonly segments: Segment[];
  readonly missing: PhysicalRange[];
  readonly faults: FaultRecord[];
}

/** By a list of the ranges that came with the file; null where there is none that fits it. */
export function openListedLime(source: ByteSource, index: Buffer | null): Image | null {
  const segments = index && !source.cut && decodeLimeIndex(index, source.size, LIME_HEADER_BYTES);
  return segments ? new SegmentImage(source, { format: 'LiME', segments }) : null;
}

export function openLime(source: ByteSource): Image {
  const found: Found = { segments: [], missing: [], faults: [] };
  const headers = new HeaderReader(source, LIME_HEADER_BYTES);
  let offset = 0;
  while (offset < source.size) offset = readRange(source, headers, offset, found);
  if (source.cut) missingFrom(found);
  if (found.segments.length === 0) {
    throw new InputError(`${source.path}: LiME file without a single range`, 'Copy or capture it again.');
  }
  return new SegmentImage(source, { format: 'LiME', ...found });
}

/** Reads the header at `offset` and adds its range; returns where the next header is. */
function readRange(source: ByteSource, headers: HeaderReader, offset: number, found: Found): number {
  const bytes = headers.at(offset);
  if (bytes === null) return stop(source, offset, found, 'truncated', 'the file ends inside a range header');
  const magic = bytes.readUInt32LE(0);
  const version = bytes.readUInt32LE(4);
  const first = bytes.readUInt32LE(12) * WORD + bytes.readUInt32LE(8);
  const last = bytes.readUInt32LE(20) * WORD + bytes.readUInt32LE(16);
  if (magic !== LIME_MAGIC) {
    return stop(source, offset, found, 'corrupt', `no LiME header where one should be, but ${hex(magic)}`);
  }
  if (version !== VERSION) {
    const text = `${source.path}: LiME header of version ${version} at offset ${hex(offset)}; only version 1 is known`;
    if (offset === 0) throw new InputError(text, 'Capture it with format=lime, or as a raw image.');
    return stop(source, offset, found, 'corrupt', text);
  }
  if (last < first || last >= ADDRESS_LIMIT) {
    return stop(source, offset, found, 'corrupt', `impossible range ${hex(first)}–${hex(last)}`);
  }
  return addRange(source, offset + LIME_HEADER_BYTES, first, last + 1, found);
}

function addRange(source: ByteSource, offset: number, start: number, end: number, found: Found): number {
  const bytes = end - start;
  const there = Math.min(bytes, Math.max(0, source.size - offset));
  if (there > 0) found.segments.push({ start, bytes: there, offset });
  if (there < bytes) {
    found.missing.push({ start: (start + there) as Phys, end: end as Phys });
    const range = `range ${hex(start)}–${hex(end - 1)}`;
    stop(
      source,
      source.size,
      found,
      'truncated',
      `the file ends ${bytes - there} bytes before ${range} does`,
    );
  }
  return offset + bytes;
}

/** Records why reading ends here; what was found so far is kept. */
function stop(
  source: ByteSource,
  offset: number,
  found: Found,
  kind: 'truncated' | 'corrupt',
  why: string,
): number {
  const detail = `${source.path}: ${why}; later ranges are lost`;
  found.faults.push({ ...truncated(offset, detail), kind });
  missingFrom(found);
  return Number.POSITIVE_INFINITY;
}

/** Ranges come in ascending order: what a cut file lost lies behind the last one. */
function missingFrom(found: Found): void {
  const last = found.segments.at(-1);
  const start = last === undefined ? 0 : last.start + last.bytes;
  found.missing.push({ start: start as Phys, end: Number.POSITIVE_INFINITY as Phys });
}
