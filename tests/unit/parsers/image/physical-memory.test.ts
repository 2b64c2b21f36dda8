import { expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { Fault } from '../../../../src/base/fault.js';
import type { Absence, Image } from '../../../../src/parsers/image/image.js';
import { type CacheOptions, PhysicalMemory } from '../../../../src/parsers/image/physical-memory.js';
import { PAGE, pages } from '../../helpers/image-files.js';

const HIGH = 0x1_2345_0000;

/** An image in memory that counts its reads. */
class Fake implements Image {
  readonly format = 'fake';
  readonly path = 'fake';
  readonly notes = [];
  readonly faults = [];
  readonly layouts = [];
  readonly layout = null;
  reads = 0;
  why: Absence = 'hole';

  constructor(readonly parts: readonly { readonly at: number; readonly bytes: Buffer }[]) {}

  get ranges() {
    return this.parts.map(({ at, bytes }) => ({ start: at as Phys, end: (at + bytes.length) as Phys }));
  }

  read(at: Phys, into: Uint8Array): number {
    this.reads++;
    const part = this.parts.find((p) => at >= p.at && at < p.at + p.bytes.length);
    return part === undefined ? 0 : part.bytes.copy(into, 0, at - part.at);
  }

  absence(): Absence {
    return this.why;
  }

  withLayout(): Image {
    return this;
  }

  data() {
    return this.ranges;
  }

  close(): void {}
}

function faultOf(read: () => unknown): Fault {
  try {
    read();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('no fault');
}

function memoryOf(options?: CacheOptions) {
  const image = new Fake([
    { at: 0, bytes: pages(0, 40) },
    { at: HIGH, bytes: pages(200, 40) },
  ]);
  return { image, memory: new PhysicalMemory(image, options) };
}

test('little-endian reads of each width', () => {
  const bytes = Buffer.alloc(PAGE);
  bytes.set([0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0xf1], 16);
  const memory = new PhysicalMemory(new Fake([{ at: 0, bytes }]), { blockBytes: PAGE });
  expect(memory.u8(16)).toBe(0x88);
  expect(memory.u16(16)).toBe(0x7788);
  expect(memory.u32(16)).toBe(0x55667788);
  expect(memory.u64(16)).toBe(0xf122334455667788n);
  expect(memory.low53(16)).toBe(Number(0xf122334455667788n & ((1n << 53n) - 1n)));
  expect(memory.u32(19)).toBe(0x22334455);
});

test('above 4 GiB the low bits of the address are those of the page', () => {
  const { memory } = memoryOf();
  expect(memory.u32(HIGH)).toBe(200);
  expect(memory.u32(HIGH + 39 * PAGE)).toBe(239);
  expect(memory.u32(HIGH + 8 * PAGE - 4)).toBe(0xffff_0000 + 207);
});

test.each([PAGE, 16384, 65536])('reads across pages and blocks of %i bytes', (blockBytes) => {
  const { image, memory } = memoryOf({ blockBytes });
  const all = image.parts[0]!.bytes;
  const high = image.parts[1]!.bytes;
  for (const edge of [PAGE, 4 * PAGE, 16 * PAGE]) {
    for (let back = 0; back <= 8; back++) {
      const at = edge - back;
      expect(memory.u16(at)).toBe(all.readUInt16LE(at));
      expect(memory.u32(at)).toBe(all.readUInt32LE(at));
      expect(memory.u64(at)).toBe(all.readBigUInt64LE(at));
      expect(memory.u64(HIGH + at)).toBe(high.readBigUInt64LE(at));
    }
  }
  const some = memory.bytes(PAGE - 7, 20 * PAGE);
  expect(Buffer.from(some).equals(all.subarray(PAGE - 7, 21 * PAGE - 7))).toBe(true);
  expect(memory.bytes(5, 0)).toHaveLength(0);
});

test('a block is read once, and reported once', () => {
  const loaded: number[] = [];
  const { image, memory } = memoryOf({ blockBytes: PAGE, onLoad: (block) => loaded.push(block) });
  memory.u32(8);
  memory.u32(5 * PAGE + 8);
  memory.u32(16);
  memory.u64(2 * PAGE - 4);
  expect(image.reads).toBe(4);
  expect(loaded.sort((a, b) => a - b)).toEqual([0, PAGE, 2 * PAGE, 5 * PAGE]);
});

test('evicted blocks are read again, and the ones in use stay', () => {
  const { image, memory } = memoryOf({ blockBytes: PAGE, poolBytes: 4 * PAGE });
  for (let round = 0; round < 3; round++) {
    for (let page = 0; page < 40; page++) {
      expect(memory.u32(page * PAGE)).toBe(page);
      expect(memory.u32(HIGH + page * PAGE)).toBe(200 + page);
    }
  }
  expect(image.reads).toBeGreaterThanOrEqual(240);
  // Three blocks in turn fit into four slots: no more reads.
  for (const page of [1, 2, 3]) memory.u32(page * PAGE);
  const before = image.reads;
  for (let round = 0; round < 10; round++) for (const page of [1, 2, 3]) memory.u32(page * PAGE);
  expect(image.reads).toBe(before);
});

test('the pool grows while blocks come, and keeps what is in it', () => {
  const image = new Fake([{ at: 0, bytes: pages(0, 300) }]);
  const memory = new PhysicalMemory(image, { blockBytes: PAGE });
  // The read that makes the pool grow is right too.
  for (let page = 0; page < 300; page++) expect(memory.u8(page * PAGE)).toBe(page & 0xff);
  expect(image.reads).toBe(300);
  for (let page = 0; page < 300; page++) expect(memory.u32(page * PAGE)).toBe(page);
  expect(image.reads).toBe(300);
});

test('in a block with missing pages the others are good', () => {
  const image = new Fake([
    { at: PAGE, bytes: pages(1, 1) },
    { at: 3 * PAGE, bytes: pages(3, 1) },
    { at: 5 * PAGE, bytes: pages(5, 1).subarray(0, 4000) },
  ]);
  const memory = new PhysicalMemory(image, { blockBytes: 65536 });
  expect(memory.u32(PAGE)).toBe(1);
  expect(memory.u32(3 * PAGE)).toBe(3);
  for (const at of [0, 2 * PAGE, 4 * PAGE, 5 * PAGE, 6 * PAGE, 15 * PAGE]) {
    expect(faultOf(() => memory.u8(at))).toMatchObject({ kind: 'hole', space: 'physical', address: at });
  }
  // The fault names the first byte that is missing, not where the read began.
  expect(faultOf(() => memory.u64(2 * PAGE - 4)).address).toBe(2 * PAGE);
  expect(faultOf(() => memory.bytes(PAGE, 3 * PAGE)).address).toBe(2 * PAGE);
});

test('a missing page is no reported page', () => {
  const loaded: number[] = [];
  const memory = new PhysicalMemory(new Fake([{ at: PAGE, bytes: pages(1, 1) }]), {
    blockBytes: PAGE,
    onLoad: (block) => loaded.push(block),
  });
  faultOf(() => memory.u8(0));
  faultOf(() => memory.u8(9 * PAGE));
  expect(loaded).toEqual([]);
});

test.each(['hole', 'truncated', 'corrupt'] as const)(
  'a missing page is %s where the image says so',
  (why) => {
    const { image, memory } = memoryOf();
    image.why = why;
    expect(faultOf(() => memory.u32(60 * PAGE)).kind).toBe(why);
  },
);

test.each([-1, -8, Number.NaN, 2 ** 52, Number.POSITIVE_INFINITY])('%d is no physical address', (at) => {
  const { memory } = memoryOf();
  expect(faultOf(() => memory.u32(at)).kind).toBe('bad-pointer');
  memory.u32(0);
  expect(faultOf(() => memory.u32(at)).kind).toBe('bad-pointer');
});

test('has, and end', () => {
  const { memory } = memoryOf();
  expect(memory.end).toBe(HIGH + 40 * PAGE);
  expect([0, 40 * PAGE - 1, HIGH, HIGH + 40 * PAGE - 1].map((at) => memory.has(at))).not.toContain(false);
  expect([-1, 40 * PAGE, HIGH - 1, HIGH + 40 * PAGE].map((at) => memory.has(at))).not.toContain(true);
});

test('bulk reads past the cache and over holes; touch reports', () => {
  const loaded: number[] = [];
  const image = new Fake([
    { at: 0, bytes: pages(0, 2) },
    { at: 4 * PAGE, bytes: pages(4, 1) },
    { at: 6 * PAGE, bytes: pages(6, 1) },
  ]);
  const memory = new PhysicalMemory(image, { blockBytes: PAGE, onLoad: (block) => loaded.push(block) });
  const into = new Uint8Array(8 * PAGE);
  expect(memory.bulk(0, into)).toBe(4 * PAGE);
  const words = new Uint32Array(into.buffer);
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((page) => words[page * 1024])).toEqual([0, 1, 0, 0, 4, 0, 6, 0]);
  expect(loaded).toEqual([]);
  memory.touch(4 * PAGE + 10, PAGE);
  expect(loaded).toEqual([4 * PAGE, 5 * PAGE]);
});

test('forget: the next read sees the memory as it is now', () => {
  const { image, memory } = memoryOf();
  expect(memory.u32(PAGE)).toBe(1);
  image.parts[0]!.bytes.writeUInt32LE(77, PAGE);
  expect(memory.u32(PAGE)).toBe(1);
  memory.forget();
  expect(memory.u32(PAGE)).toBe(77);
  expect(memory.u32(2 * PAGE)).toBe(2);
});
