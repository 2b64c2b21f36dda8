// Where the blocks of an LZ4 file are, found by walking the block headers without decoding
// (lz4_Frame_format.md: magic, descriptor, blocks, end mark, optional checksum of the contents).

import { hex } from '../../base/address.js';
import { InputError } from '../../base/error.js';
import type { FaultRecord } from '../../base/fault.js';
import { type ByteSource, readUpTo } from './byte-source.js';
import { HeaderReader } from './header-reader.js';
import { loadLz4 } from './lazy.js';
import { LIME_INDEX_MAGIC } from './lime-index.js';
import { truncated } from './segment-image.js';

export const LZ4_MAGIC = 0x184d_2204;
export const LZ4_LEGACY_MAGIC = 0x184c_2102;
/** 0x184d2a50 to 0x184d2a5f: frames for whoever knows what is in them. */
const SKIPPABLE_MAGIC = 0x184d_2a50;
const MAX_DESCRIPTOR_BYTES = 15;
/** In a block's size: it is stored as it is. */
const STORED = 0x8000_0000;
const WORD = 2 ** 32;

export interface Block {
  /** In the file, behind the block's size. */
  readonly offset: number;
  /** Bytes in the file, without the checksum. */
  readonly packed: number;
  readonly stored: boolean;
  readonly checksum: boolean;
  /** Most bytes that it can decode to. */
  readonly max: number;
}

export interface Frame {
  readonly blocks: readonly Block[];
  /** Decoded bytes, when the writer said so. */
  readonly contentBytes: number | null;
}

export interface Lz4Index {
  readonly frames: Frame[];
  readonly faults: FaultRecord[];
  /** Contents of the skippable frames of LIME_INDEX_MAGIC. */
  readonly limeIndexes: Buffer[];
  /** The file ended before its last frame did. */
  cut: boolean;
}

interface Descriptor {
  readonly bytes: number;
  readonly independent: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  readonly contentBytes: number | null;
  readonly max: number;
}

export function indexLz4(source: ByteSource): Lz4Index {
  const index: Lz4Index = { frames: [], faults: [], limeIndexes: [], cut: false };
  let offset = 0;
  while (offset < source.size && !index.cut) offset = readFrame(source, offset, index);
  return index;
}

/** Reads the frame at `offset`; returns the offset behind it. */
function readFrame(source: ByteSource, offset: number, index: Lz4Index): number {
  const head = readUpTo(source, offset, 4 + MAX_DESCRIPTOR_BYTES);
  if (head.length < 8) return cutAt(source, index, offset, 'inside a frame header');
  const magic = head.readUInt32LE(0);
  if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) return skipFrame(source, offset, magic, index);
  if (magic !== LZ4_MAGIC) {
    const rest = source.size - offset;
    const detail = `${source.path}: ${rest} bytes behind the last LZ4 frame are none (${hex(magic)}); ignored`;
    index.faults.push({ ...truncated(offset, detail), kind: 'corrupt' });
    return source.size;
  }
  const descriptor = readDescriptor(source, head.subarray(4), offset);
  if (descriptor === null) return cutAt(source, index, offset, 'inside a frame header');
  const blocks: Block[] = [];
  index.frames.push({ blocks, contentBytes: descriptor.contentBytes });
  const end = readBlocks(source, offset + 4 + descriptor.bytes, descriptor, blocks, index);
  refuseDependent(source, descriptor, blocks);
  return end;
}

function skipFrame(source: ByteSource, offset: number, magic: number, index: Lz4Index): number {
  const bytes = readUpTo(source, offset + 4, 4).readUInt32LE(0);
  const end = offset + 8 + bytes;
  if (magic === LIME_INDEX_MAGIC && end <= source.size) {
    index.limeIndexes.push(readUpTo(source, offset + 8, bytes));
  }
  return end;
}

function readBlocks(
  source: ByteSource,
  first: number,
  descriptor: Descriptor,
  blocks: Block[],
  index: Lz4Index,
): number {
  const { max, blockChecksum: checksum } = descriptor;
  const sizes = new HeaderReader(source, 4);
  let at = first;
  for (;;) {
    const word = sizes.at(at);
    if (word === null) return cutAt(source, index, at, 'between two blocks, without an end mark');
    const size = word.readUInt32LE(0);
    if (size === 0) return at + 4 + (descriptor.contentChecksum ? 4 : 0);
    const stored = size >= STORED;
    const packed = stored ? size - STORED : size;
    if (packed > max) {
      const detail = `${source.path}: LZ4 block of ${packed} bytes where at most ${max} are possible`;
      index.faults.push({ ...truncated(at, detail), kind: 'corrupt' });
      index.cut = true;
      return source.size;
    }
    const next = at + 4 + packed + (checksum ? 4 : 0);
    if (next > source.size) return cutAt(source, index, at, 'inside a block');
    blocks.push({ offset: at + 4, packed, stored, checksum, max });
    at = next;
  }
}

function cutAt(source: ByteSource, index: Lz4Index, offset: number, where: string): number {
  index.cut = true;
  index.faults.push(truncated(offset, `${source.path}: the file ends ${where} of LZ4; what follows is lost`));
  return source.size;
}

/** FLG: version (2 bits), independent, block checksum, content size, content checksum, -, dictionary. Null: cut. */
function readDescriptor(source: ByteSource, bytes: Buffer, offset: number): Descriptor | null {
  const flags = bytes[0] as number;
  const hasSize = (flags & 8) !== 0;
  const length = 2 + (hasSize ? 8 : 0) + (flags & 1 ? 4 : 0);
  if (bytes.length <= length) return null;
  const sizeCode = ((bytes[1] as number) >>> 4) & 7;
  const checksum = loadLz4().descriptorChecksum(bytes.subarray(0, length));
  const where = `${source.path}: LZ4 frame at offset ${hex(offset)}`;
  if (flags >>> 6 !== 1 || sizeCode < 4 || checksum !== bytes[length]) {
    throw new InputError(`${where}: damaged frame header`, 'Copy the file again; lz4 -t FILE checks it.');
  }
  if (flags & 1) throw new InputError(`${where}: needs a dictionary`, 'Recompress it without -D.');
  return {
    bytes: length + 1,
    independent: (flags & 0x20) !== 0,
    blockChecksum: (flags & 0x10) !== 0,
    contentChecksum: (flags & 4) !== 0,
    contentBytes: hasSize ? bytes.readUInt32LE(6) * WORD + bytes.readUInt32LE(2) : null,
    max: 2 ** (8 + 2 * sizeCode),
  };
}

/** Blocks that refer to the ones before can only be read from the start on: too slow for memory. */
function refuseDependent(source: ByteSource, descriptor: Descriptor, blocks: readonly Block[]): void {
  if (descriptor.independent || blocks.length < 2) return;
  throw new InputError(
    `${source.path}: LZ4 frame whose blocks depend on each other (lz4 -BD): no random access`,
    `Recompress it: lz4 -dc ${source.path} | lz4 -BI -B5 --content-size - OUT.lz4`,
  );
}
