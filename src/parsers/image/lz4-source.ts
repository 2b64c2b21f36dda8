// What an LZ4 file decodes to, as a byte source with random access. Owner of the cache of decoded blocks.
//
// The format does not say how much a block decodes to: all but a frame's last are full, unless its writer flushed in
// between. The size of the contents in the frame header proves it; without that, the first and last block are tried.
// Checksums of blocks are verified as they are decoded; the one of the whole contents is not, it would take a full read.

import { hex } from '../../base/address.js';
import { InputError } from '../../base/error.js';
import type { FaultRecord } from '../../base/fault.js';
import { firstIndex } from '../../base/search.js';
import { BlockCache } from './block-cache.js';
import type { ByteRange, ByteSource } from './byte-source.js';
import { loadLz4 } from './lazy.js';
import { type Block, type Frame, indexLz4, type Lz4Index } from './lz4-index.js';

const CACHE_BYTES = 16 << 20;
const KEPT_FAULTS = 100;

export class Lz4Source implements ByteSource {
  readonly path: string;
  readonly layer = ' in LZ4';
  readonly size: number;
  readonly cut: boolean;
  readonly faults: FaultRecord[];
  /** What a writer of LiME left for us beside the contents; see lime-index. */
  readonly limeIndex: Buffer | null;
  private readonly lz4 = loadLz4();
  private readonly blocks: readonly Block[];
  /** Where each block's contents start, and behind them all the size. */
  private readonly starts: Float64Array;
  private readonly packed: Buffer;
  private readonly cache: BlockCache;
  private readonly bad = new Set<number>();

  constructor(private readonly file: ByteSource) {
    const index = indexLz4(file);
    this.path = file.path;
    this.faults = index.faults;
    this.limeIndex = index.limeIndexes.at(-1) ?? null;
    this.blocks = index.frames.flatMap((frame) => frame.blocks);
    if (this.blocks.length === 0) {
      throw new InputError(`${file.path}: LZ4 file without contents`, 'Copy or capture it again.');
    }
    const max = this.blocks.reduce((most, block) => Math.max(most, block.max), 0);
    this.packed = Buffer.allocUnsafeSlow(max + 4);
    this.cache = new BlockCache(max, Math.max(2, Math.floor(CACHE_BYTES / max)));
    this.starts = this.layOut(index);
    this.size = this.starts[this.blocks.length] as number;
    this.cut = index.cut;
  }

  read(offset: number, into: Uint8Array): number {
    let done = 0;
    while (done < into.length && offset + done < this.size) {
      const block = this.blockAt(offset + done);
      const start = this.starts[block] as number;
      const length = (this.starts[block + 1] as number) - start;
      const within = offset + done - start;
      const part = Math.min(length - within, into.length - done);
      if (part === length && !this.cache.has(block)) {
        // All of it is wanted: no detour through the cache.
        if (!this.decode(block, into.subarray(done, done + part))) break;
      } else {
        const bytes = this.cached(block, length);
        if (bytes === null) break;
        bytes.copy(into, done, within, within + part);
      }
      done += part;
    }
    return done;
  }

  *data(start: number, end: number): Generator<ByteRange> {
    const stop = Math.min(end, this.size);
    if (start < stop) yield { start, end: stop };
  }

  close(): void {
    this.file.close();
  }

  private cached(block: number, length: number): Buffer | null {
    const found = this.cache.get(block);
    if (found !== undefined) return found;
    if (this.bad.has(block)) return null;
    const slot = this.cache.take(block).subarray(0, length);
    if (this.decode(block, slot)) return slot;
    this.cache.drop(block);
    return null;
  }

  /** Fills `into` with a block's contents; false, and a fault on record, where it is damaged. */
  private decode(block: number, into: Uint8Array): boolean {
    if (this.bad.has(block)) return false;
    const why = this.tryDecode(this.blocks[block] as Block, into);
    if (typeof why === 'number' && why === into.length) return true;
    this.bad.add(block);
    if (this.faults.length < KEPT_FAULTS) {
      const { offset } = this.blocks[block] as Block;
      const what = typeof why === 'number' ? `decodes to ${why} bytes instead of ${into.length}` : why;
      const detail = `${this.path}: LZ4 block ${block} ${what}`;
      this.faults.push({ kind: 'corrupt', space: 'file', address: hex(offset), detail, path: [] });
    }
    return false;
  }

  /** Decodes a block; returns how many bytes it gave, or what is wrong with it. */
  private tryDecode(block: Block, into: Uint8Array): number | string {
    const { packed, stored, checksum, offset } = block;
    const length = packed + (checksum ? 4 : 0);
    if (this.file.read(offset, this.packed.subarray(0, length)) < length) return 'cannot be read';
    if (checksum) {
      const hash = this.lz4.blockChecksum(this.packed.subarray(0, packed)) >>> 0;
      if (hash !== this.packed.readUInt32LE(packed)) return 'does not match its checksum';
    }
    if (stored) {
      into.set(this.packed.subarray(0, Math.min(packed, into.length)));
      return packed;
    }
    const got = this.lz4.bindings.uncompress(this.packed, into, 0, packed);
    return got < 0 ? 'is damaged' : got;
  }

  private blockAt(offset: number): number {
    const { starts } = this;
    return firstIndex(this.blocks.length, (block) => (starts[block + 1] as number) > offset);
  }

  /** Decoded start of every block. */
  private layOut(index: Lz4Index): Float64Array {
    const starts = new Float64Array(this.blocks.length + 1);
    let at = 0;
    let block = 0;
    for (const frame of index.frames) {
      for (const bytes of this.sizes(frame, index.cut && frame === index.frames.at(-1))) {
        at += bytes;
        starts[++block] = at;
      }
    }
    return starts;
  }

  /** Decoded size of each of a frame's blocks. */
  private sizes(frame: Frame, cut: boolean): number[] {
    const { blocks, contentBytes } = frame;
    if (blocks.length === 0) return [];
    const full = blocks.map((block) => block.max);
    const last = blocks.length - 1;
    const before = last * (full[0] as number);
    if (contentBytes !== null && !cut) {
      // Each block has at most `max`: if the sum leaves at most one block for the last, the others must be full.
      const rest = contentBytes - before;
      if (rest > 0 && rest <= (full[last] as number)) return [...full.slice(0, last), rest];
      return blocks.map((block) => this.measure(block));
    }
    const first = this.measure(blocks[0] as Block);
    if (last > 0 && first < (full[0] as number)) return blocks.map((block) => this.measure(block));
    full[last] = last === 0 ? first : this.measure(blocks[last] as Block);
    return full;
  }

  private measure(block: Block): number {
    if (block.stored) return block.packed;
    const got = this.tryDecode(block, this.cache.scratch().subarray(0, block.max));
    // A damaged block takes its full room, so that what follows keeps its place.
    return typeof got === 'number' ? got : block.max;
  }
}
