// Writes one LZ4 frame with independent blocks, their checksums, and the size of the contents in its header, so that a
// reader can go to any byte of it (lz4_Frame_format.md).

import { loadLz4 } from '../parsers/image/lazy.js';
import { LZ4_MAGIC } from '../parsers/image/lz4-index.js';

/** 64, 256, 1024 or 4096 KiB. The smallest cost 2 % of size, and save decoding what nobody asks for. */
const BLOCK_BYTES = 64 << 10;
/** Version 1, independent blocks, block checksums, size of the contents, checksum of the contents. */
const FLAGS = 0x40 | 0x20 | 0x10 | 0x08 | 0x04;
const STORED = 0x8000_0000;

export class Lz4Writer {
  private readonly lz4 = loadLz4();
  private readonly block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  private readonly packed = Buffer.allocUnsafeSlow(this.lz4.bindings.compressBound(BLOCK_BYTES));
  private filled = 0;
  private total = 0;
  private hash: Uint8Array | null = null;

  constructor(
    private readonly put: (part: Uint8Array) => void,
    /** All that will be written, in bytes. */
    private readonly contentBytes: number,
  ) {
    const header = Buffer.alloc(15);
    header.writeUInt32LE(LZ4_MAGIC, 0);
    header[4] = FLAGS;
    header[5] = ((Math.log2(BLOCK_BYTES) - 8) / 2) << 4;
    header.writeBigUInt64LE(BigInt(contentBytes), 6);
    header[14] = this.lz4.descriptorChecksum(header.subarray(4, 14));
    this.put(header);
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const part = Math.min(bytes.length - done, BLOCK_BYTES - this.filled);
      this.block.set(bytes.subarray(done, done + part), this.filled);
      this.filled += part;
      done += part;
      if (this.filled === BLOCK_BYTES) this.flush();
    }
  }

  end(): void {
    this.flush();
    if (this.total !== this.contentBytes) throw new RangeError('the frame is not as long as its header says');
    this.put(word(0));
    if (this.hash !== null) this.put(word(this.lz4.streamChecksum(null, this.hash)));
  }

  /** A frame that readers of the contents skip. */
  skippable(magic: number, bytes: Uint8Array): void {
    this.put(word(magic));
    this.put(word(bytes.length));
    this.put(bytes);
  }

  private flush(): void {
    if (this.filled === 0) return;
    const block = this.block.subarray(0, this.filled);
    const packed = this.lz4.bindings.compressHC(block, this.packed);
    // What does not shrink is stored.
    const stored = packed <= 0 || packed >= block.length;
    const body = stored ? block : this.packed.subarray(0, packed);
    this.put(word(stored ? STORED + body.length : body.length));
    this.put(body);
    this.put(word(this.lz4.blockChecksum(body)));
    this.hash = this.lz4.streamChecksum(block, this.hash);
    this.total += this.filled;
    this.filled = 0;
  }
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0, 0);
  return bytes;
}
