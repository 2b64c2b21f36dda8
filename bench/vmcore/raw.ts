// A raw dump as the peers' tools see it: bytes at physical addresses, in the two ranges that a PC splits them into.

import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { BenchError } from '../error.js';

/** Part of the raw file that is contiguous in physical memory too. */
export interface Range {
  readonly phys: number;
  readonly offset: number;
  readonly bytes: number;
}

const FOUR_GIB = 2 ** 32;
/** No QEMU PC type splits less memory than this (q35; i440fx from 3.5 GiB on). */
const SMALLEST_SPLIT = 0xb0000000;

export class RawDump {
  readonly bytes: number;
  readonly ranges: readonly Range[];
  private readonly fd: number;

  /** `low`: how much of the memory lies below the PC's hole; all of it in a guest of less than 2.75 GiB. */
  constructor(
    readonly path: string,
    low?: number,
  ) {
    if (!existsSync(path)) throw new BenchError(`${path}: no such file.`);
    this.fd = openSync(path, 'r');
    this.bytes = fstatSync(this.fd).size;
    if (low === undefined && this.bytes >= SMALLEST_SPLIT) {
      throw new BenchError(
        `${path}: ${this.bytes} bytes: part of so much memory lies above 4 GiB; say how much lies below with --low (q35: 0x80000000, i440fx: 0xc0000000)`,
      );
    }
    const below = Math.min(low ?? this.bytes, this.bytes);
    const ranges = [{ phys: 0, offset: 0, bytes: below }];
    if (below < this.bytes) ranges.push({ phys: FOUR_GIB, offset: below, bytes: this.bytes - below });
    this.ranges = ranges;
  }

  /** Reads from the file; what lies behind its end is zero. */
  readAt(offset: number, into: Uint8Array): void {
    const got = readSync(this.fd, into, 0, into.length, offset);
    into.fill(0, got);
  }

  /** The eight bytes at a physical address, or 0n (as an absent page-table entry) where there is no memory. */
  u64(phys: number): bigint {
    const range = this.ranges.find((r) => phys >= r.phys && phys + 8 <= r.phys + r.bytes);
    if (range === undefined) return 0n;
    const entry = new DataView(new ArrayBuffer(8));
    this.readAt(range.offset + (phys - range.phys), new Uint8Array(entry.buffer));
    return entry.getBigUint64(0, true);
  }

  close(): void {
    closeSync(this.fd);
  }
}
