// A sequence of bytes that containers are read from: a file, or what an LZ4 file decodes to.

import type { FaultRecord } from '../../base/fault.js';

/** Bytes [start, end) of a source. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ByteSource {
  readonly path: string;
  /** What stands behind the container's name in `Image.format`: nothing, or ` in LZ4`. */
  readonly layer: string;
  /** Bytes, as far as they can be read: a source that was cut ends at the cut. */
  readonly size: number;
  /** True when the source should go on behind `size`. */
  readonly cut: boolean;
  /** What was found damaged, so far. */
  readonly faults: readonly FaultRecord[];
  /** Copies bytes from `offset` on; returns how many there were before the end or the first damage. */
  read(offset: number, into: Uint8Array): number;
  /** Parts of [start, end) that may hold anything but zeroes, in order. */
  data(start: number, end: number): Iterable<ByteRange>;
  close(): void;
}

/** Bytes [offset, offset + length), or fewer where the source ends. */
export function readUpTo(source: ByteSource, offset: number, length: number): Buffer {
  const room = Math.max(0, Math.min(length, source.size - offset));
  const buffer = Buffer.alloc(room);
  return buffer.subarray(0, source.read(offset, buffer));
}
