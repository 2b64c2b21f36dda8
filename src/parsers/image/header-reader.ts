// Reads headers that are scattered over a file, each before what it describes: those close together come from one read.

import type { ByteSource } from './byte-source.js';

const WINDOW_BYTES = 64 << 10;
/** Reading a window is worth it when it holds some headers more. */
const NEAR_BYTES = WINDOW_BYTES / 8;

export class HeaderReader {
  private readonly buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  private start = 0;
  private length = 0;
  private last = -NEAR_BYTES;

  constructor(
    private readonly source: ByteSource,
    private readonly headerBytes: number,
  ) {}

  /** The header at `offset`, null where the source ends before its end. Valid until the next call. */
  at(offset: number): Buffer | null {
    if (offset < this.start || offset + this.headerBytes > this.start + this.length) this.fill(offset);
    this.last = offset;
    const within = offset - this.start;
    if (within + this.headerBytes > this.length) return null;
    return this.buffer.subarray(within, within + this.headerBytes);
  }

  /** After a long way from the last header the next one is likely to be far too: then reads this one only. */
  private fill(offset: number): void {
    const near = offset - this.last < NEAR_BYTES;
    const want = Math.max(0, Math.min(near ? WINDOW_BYTES : this.headerBytes, this.source.size - offset));
    this.start = offset;
    this.length = this.source.read(offset, this.buffer.subarray(0, want));
  }
}
