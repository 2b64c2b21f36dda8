// Physical memory through a block cache. Owner of the one buffer that every read in the program goes through.
//
// Blocks live in a pool with one DataView over it, so that a read in a hot loop is a table look-up and a getUint32:
// no allocation, no copy. A block can be evicted by any later read, so nobody keeps an offset across reads.

import type { Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import { firstIndex } from '../../base/search.js';
import type { Absence, Image, PhysicalRange } from './image.js';

export interface CacheOptions {
  /** Power of two, 4 to 64 KiB. One-page blocks record exactly which pages were touched. */
  readonly blockBytes?: number;
  readonly poolBytes?: number;
  /** Called with the block's physical address whenever one is loaded. */
  readonly onLoad?: (block: Phys) => void;
}

const PAGE = 4096;
const BLOCK_BYTES = 32 << 10;
/**
 * Memory that is touched for the first time costs more than to read a block again into memory that is there; so it is less
 * than a plan of a whole machine reads. Pages of it that are never touched cost nothing.
 */
const POOL_BYTES = 24 << 20;
const PHYS_LIMIT = 2 ** 52;
const ABSENCE: Record<Absence, string> = {
  hole: 'is not in the image',
  truncated: 'lies behind the end of the truncated image',
  corrupt: 'is in a part of the image that cannot be read',
  outside: 'lies outside the part of the image that may be read (--within, --without)',
};

export class PhysicalMemory {
  readonly ranges: readonly PhysicalRange[];
  private readonly blockBytes: number;
  private readonly mask: number;
  /** `validOf` of a block that was read whole: a bit for each page. */
  private readonly allPages: number;
  private readonly maxSlots: number;
  private readonly onLoad: ((block: Phys) => void) | undefined;
  private readonly pool: Uint8Array;
  private readonly view: DataView;
  /** Slot of each block, by block number. */
  private readonly slots = new Map<number, number>();
  private readonly blockOf: number[] = [];
  private readonly validOf: number[] = [];
  private readonly usedOf: number[] = [];
  private hand = 0;
  private lastBlock = -1;
  private lastBase = 0;
  private lastValid = 0;
  /** The two words that `pair` read last. */
  low = 0;
  high = 0;

  constructor(
    readonly image: Image,
    private readonly options: CacheOptions = {},
  ) {
    this.ranges = image.ranges;
    this.blockBytes = options.blockBytes ?? BLOCK_BYTES;
    this.mask = this.blockBytes - 1;
    this.allPages = 2 ** (this.blockBytes / PAGE) - 1;
    const poolBytes = Math.min(options.poolBytes ?? POOL_BYTES, this.end);
    this.maxSlots = Math.max(2, Math.ceil(poolBytes / this.blockBytes));
    this.onLoad = options.onLoad;
    this.pool = new Uint8Array(this.maxSlots * this.blockBytes);
    this.view = new DataView(this.pool.buffer);
  }

  /** Another image, or another layout of this one, through an empty cache of the same kind. */
  withImage(image: Image): PhysicalMemory {
    return new PhysicalMemory(image, this.options);
  }

  /** Lowest address behind the last range. */
  get end(): Phys {
    return (this.ranges.at(-1)?.end ?? 0) as Phys;
  }

  has(at: number): boolean {
    const range = this.ranges[this.rangeBehind(at)];
    return range !== undefined && at >= range.start;
  }

  u8(at: number): number {
    const offset = this.locate(at, 1);
    return this.view.getUint8(offset);
  }

  u16(at: number): number {
    if ((at & this.mask) + 2 > this.blockBytes) return this.u8(at) + this.u8(at + 1) * 0x100;
    const offset = this.locate(at, 2);
    return this.view.getUint16(offset, true);
  }

  u32(at: number): number {
    if ((at & this.mask) + 4 > this.blockBytes) return this.u16(at) + this.u16(at + 2) * 0x1_0000;
    const offset = this.locate(at, 4);
    return this.view.getUint32(offset, true);
  }

  u64(at: number): bigint {
    this.pair(at);
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** Reads 64 bits into `low` and `high`: without a bigint or an object, for what is read by the million. */
  pair(at: number): void {
    if ((at & this.mask) + 8 > this.blockBytes) {
      const low = this.u32(at);
      this.high = this.u32(at + 4);
      this.low = low;
    } else {
      const offset = this.locate(at, 8);
      this.low = this.view.getUint32(offset, true);
      this.high = this.view.getUint32(offset + 4, true);
    }
  }

  /** A page-table or xarray entry as a number: exact below 2^53, which physical-address fields are after masking. */
  low53(at: number): number {
    this.pair(at);
    return (this.high & 0x1f_ffff) * 0x1_0000_0000 + this.low;
  }

  /** Bytes before the first NUL in [at, at + length), which lies within one page. */
  lengthOfText(at: number, length: number): number {
    const start = this.locate(at, length);
    const { pool } = this;
    let end = start;
    while (end < start + length && pool[end] !== 0) end++;
    return end - start;
  }

  /** A copy of [at, at + length). Throws a fault where any byte of it is missing. */
  bytes(at: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    this.copy(at, out, 0, length);
    return out;
  }

  copy(at: number, into: Uint8Array, offset: number, length: number): void {
    let done = 0;
    while (done < length) {
      const here = at + done;
      const part = Math.min(length - done, this.blockBytes - (here & this.mask));
      const from = this.locate(here, part);
      into.set(this.pool.subarray(from, from + part), offset + done);
      done += part;
    }
  }

  /**
   * Reads straight from the image, past the cache: for tables of megabytes that are read once. What is missing stays
   * as it was (zero); returns how many bytes were there. Whoever uses a part of it says so with `touch`.
   */
  bulk(at: number, into: Uint8Array): number {
    let found = 0;
    for (let done = 0; done < into.length; ) {
      const got = this.image.read((at + done) as Phys, into.subarray(done));
      found += got;
      done += got;
      if (done < into.length) done = this.nextPresent(at + done, at + into.length) - at;
    }
    return found;
  }

  /** Reports pages that were read with `bulk` and mattered. */
  touch(at: number, length: number): void {
    if (this.onLoad === undefined) return;
    const first = Math.floor(at / this.blockBytes) * this.blockBytes;
    for (let block = first; block < at + length; block += this.blockBytes) this.onLoad(block as Phys);
  }

  /** Where reading may go on after a miss at `at`: the next page or the next range, at most `end`. */
  private nextPresent(at: number, end: number): number {
    const page = Math.floor(at / PAGE + 1) * PAGE;
    const range = this.ranges[this.rangeBehind(page)];
    return range === undefined ? end : Math.min(end, Math.max(page, range.start));
  }

  /** Index of the first range that ends behind `at`. */
  private rangeBehind(at: number): number {
    const { ranges } = this;
    return firstIndex(ranges.length, (index) => (ranges[index] as PhysicalRange).end > at);
  }

  /** Drops all that is cached: for the memory of a machine that is running. */
  forget(): void {
    this.slots.clear();
    this.blockOf.length = 0;
    this.usedOf.length = 0;
    this.hand = 0;
    this.lastBlock = -1;
    this.lastValid = 0;
  }

  /** Offset of `at` in the pool, loading its block; valid until the next call. [at, at + length) is in one block. */
  private locate(at: number, length: number): number {
    const block = Math.floor(at / this.blockBytes);
    if (block !== this.lastBlock) this.select(block);
    const within = at & this.mask;
    if (this.lastValid !== this.allPages) this.check(at, within, length);
    return this.lastBase + within;
  }

  /** Throws unless every page of [at, at + length) was read; `within` is the offset in the selected block. */
  private check(at: number, within: number, length: number): void {
    if (!(at >= 0 && at < PHYS_LIMIT)) {
      throw new Fault('bad-pointer', `${at} is no physical address`, 'physical');
    }
    for (let page = within >>> 12; page <= (within + length - 1) >>> 12; page++) {
      if ((this.lastValid >>> page) & 1) continue;
      const start = at - within + page * PAGE;
      const kind = this.image.absence(start as Phys);
      const fault = kind === 'outside' ? 'hole' : kind;
      throw new Fault(fault, `physical page ${ABSENCE[kind]}`, 'physical', Math.max(at, start));
    }
  }

  private select(block: number): void {
    let slot = this.slots.get(block);
    if (slot === undefined) slot = this.load(block);
    this.usedOf[slot] = 1;
    this.lastBlock = block;
    this.lastBase = slot * this.blockBytes;
    this.lastValid = this.validOf[slot] as number;
  }

  private load(block: number): number {
    const slot = this.free();
    // Should reading fail, the slot may hold half a block: it must not pass for the one before.
    this.lastBlock = -1;
    this.lastValid = 0;
    const base = slot * this.blockBytes;
    const start = (block * this.blockBytes) as Phys;
    const valid = this.fill(start, this.pool.subarray(base, base + this.blockBytes));
    this.blockOf[slot] = block;
    this.validOf[slot] = valid;
    this.slots.set(block, slot);
    if (valid !== 0) this.onLoad?.(start);
    return slot;
  }

  /** An unused slot, else the clock algorithm's victim. */
  private free(): number {
    const used = this.blockOf.length;
    if (used < this.maxSlots) return used;
    while (this.usedOf[this.hand]) {
      this.usedOf[this.hand] = 0;
      this.hand = (this.hand + 1) % this.maxSlots;
    }
    const slot = this.hand;
    this.hand = (this.hand + 1) % this.maxSlots;
    this.slots.delete(this.blockOf[slot] as number);
    return slot;
  }

  /** Reads one block; returns the bit mask of its pages that are there. A page cut short counts as missing. */
  private fill(start: Phys, into: Uint8Array): number {
    if (!(start >= 0 && start < this.end)) return 0;
    if (this.image.read(start, into) === into.length) return this.allPages;
    let pages = 0;
    for (let offset = 0; offset < into.length; ) {
      const got = this.image.read((start + offset) as Phys, into.subarray(offset));
      const stop = offset + got;
      for (; offset + PAGE <= stop; offset += PAGE) pages |= 1 << (offset / PAGE);
      // On behind the page that is missing, in part or all of it.
      offset += PAGE;
    }
    return pages;
  }
}
