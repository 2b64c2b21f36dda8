// Physical memory made up for a test: pages appear where something is written, all else is a hole.

import type { Phys } from '../../../src/base/address.js';
import type { Image, Layout, Note } from '../../../src/parsers/image/image.js';
import { PhysicalMemory } from '../../../src/parsers/image/physical-memory.js';

const PAGE = 4096;

export class SparseMemory {
  private readonly pages = new Map<number, Uint8Array>();
  readonly notes: Note[] = [];

  constructor(private readonly bytes: number) {}

  write(at: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const within = (at + done) % PAGE;
      const part = bytes.subarray(done, done + PAGE - within);
      this.page(Math.floor((at + done) / PAGE)).set(part, within);
      done += part.length;
    }
  }

  text(at: number, text: string): void {
    this.write(at, Buffer.from(`${text}\0`, 'latin1'));
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

  /** Takes the pages of [at, at + length) out. */
  hole(at: number, length = PAGE): void {
    for (let page = Math.floor(at / PAGE); page * PAGE < at + length; page++) this.pages.delete(page);
  }

  image(): Image {
    const ranges = [{ start: 0 as Phys, end: this.bytes as Phys }];
    const image: Image = {
      format: 'raw',
      path: 'made.raw',
      ranges,
      notes: this.notes,
      faults: [],
      layouts: [],
      layout: null,
      withLayout: (_layout: Layout) => image,
      read: (at, into) => this.read(at, into),
      absence: () => 'hole',
      data: () => ranges,
      close: () => {},
    };
    return image;
  }

  memory(): PhysicalMemory {
    return new PhysicalMemory(this.image(), { blockBytes: PAGE });
  }

  private read(at: number, into: Uint8Array): number {
    for (let done = 0; done < into.length; ) {
      const page = this.pages.get(Math.floor((at + done) / PAGE));
      if (page === undefined || at + done >= this.bytes) return done;
      const within = (at + done) % PAGE;
      const part = page.subarray(within, within + into.length - done);
      into.set(part, done);
      done += part.length;
    }
    return into.length;
  }

  private page(number: number): Uint8Array {
    let page = this.pages.get(number);
    if (page === undefined) this.pages.set(number, (page = new Uint8Array(PAGE)));
    return page;
  }
}
