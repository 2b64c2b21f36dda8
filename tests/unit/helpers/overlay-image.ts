// A memory image with some bytes changed, as a crash might have left them; the image below is not copied.

import type { Phys } from '../../../src/base/address.js';
import type { Absence, Image, Layout, PhysicalRange } from '../../../src/parsers/image/image.js';

const PAGE = 4096;

export class OverlayImage implements Image {
  /** Changed pages, by number. */
  private readonly pages = new Map<number, Uint8Array>();

  constructor(private readonly below: Image) {}

  get format(): string {
    return this.below.format;
  }
  get path(): string {
    return this.below.path;
  }
  get ranges(): readonly PhysicalRange[] {
    return this.below.ranges;
  }
  get notes() {
    return this.below.notes;
  }
  get faults() {
    return this.below.faults;
  }
  get layouts() {
    return this.below.layouts;
  }
  get layout() {
    return this.below.layout;
  }

  withLayout(layout: Layout): Image {
    const other = new OverlayImage(this.below.withLayout(layout));
    for (const [number, page] of this.pages) other.pages.set(number, page);
    return other;
  }

  write(at: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const within = (at + done) % PAGE;
      const part = bytes.subarray(done, done + PAGE - within);
      this.page(Math.floor((at + done) / PAGE)).set(part, within);
      done += part.length;
    }
  }

  u32(at: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    this.write(at, bytes);
  }

  u64(at: number, value: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    this.write(at, bytes);
  }

  private page(number: number): Uint8Array {
    let page = this.pages.get(number);
    if (page === undefined) {
      page = new Uint8Array(PAGE);
      this.below.read((number * PAGE) as Phys, page);
      this.pages.set(number, page);
    }
    return page;
  }

  read(at: Phys, into: Uint8Array): number {
    const got = this.below.read(at, into);
    const last = Math.floor((at + got - 1) / PAGE);
    for (const [number, page] of this.touched(at, last)) {
      const start = Math.max(at, number * PAGE);
      const end = Math.min(at + got, (number + 1) * PAGE);
      into.set(page.subarray(start - number * PAGE, end - number * PAGE), start - at);
    }
    return got;
  }

  private *touched(at: number, last: number): Generator<[number, Uint8Array]> {
    const first = Math.floor(at / PAGE);
    if (last - first > this.pages.size) {
      for (const each of this.pages) if (each[0] >= first && each[0] <= last) yield each;
      return;
    }
    for (let number = first; number <= last; number++) {
      const page = this.pages.get(number);
      if (page !== undefined) yield [number, page];
    }
  }

  absence(at: Phys): Absence {
    return this.below.absence(at);
  }

  /** All of it: what was a hole of a sparse file may have been written. */
  data(start: Phys, end: Phys): Iterable<PhysicalRange> {
    return this.pages.size === 0 ? this.below.data(start, end) : [{ start, end }];
  }

  /** The image below stays open: it may have other overlays. */
  close(): void {}
}
