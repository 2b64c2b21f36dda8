import { afterAll, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { InputError } from '../../../../src/base/error.js';
import { openImage } from '../../../../src/parsers/image/open.js';
import {
  elf,
  lime,
  lz4Frame,
  PAGE,
  PT_LOAD,
  pages,
  Scratch,
  skippableFrame,
  u32,
} from '../../helpers/image-files.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const at = (address: number) => address as Phys;
const open = (contents: Buffer) => openImage(scratch.file(contents));
/** Nine full blocks and a part of one. */
const memory = pages(0, 150);

/** Bytes that do not compress. */
function noise(bytes: number): Buffer {
  const out = Buffer.alloc(bytes);
  for (let i = 0, x = 1; i < bytes; i++) {
    x = (Math.imul(x, 1103515245) + 12345) | 0;
    out[i] = x >>> 16;
  }
  return out;
}

function expectMemory(image: ReturnType<typeof open>, contents = memory): void {
  const all = Buffer.alloc(contents.length);
  expect(image.read(at(0), all)).toBe(contents.length);
  expect(all.equals(contents)).toBe(true);
  for (const from of [contents.length - 5, 65530, 3, 131072, 70000]) {
    const part = Buffer.alloc(Math.min(90_000, contents.length - from));
    expect(image.read(at(from), part)).toBe(part.length);
    expect(part.equals(contents.subarray(from, from + part.length))).toBe(true);
  }
}

test.each([{}, { contentSize: true }, { blockChecksums: true }, { contentSize: true, blockChecksums: true }])(
  'raw in LZ4, any byte of it: %j',
  (options) => {
    const image = open(lz4Frame(memory, options));
    expect(image.format).toBe('raw in LZ4');
    expect(image.ranges).toEqual([{ start: 0, end: memory.length }]);
    expectMemory(image);
    expect(image.faults).toEqual([]);
    expect(image.read(at(memory.length), Buffer.alloc(1))).toBe(0);
  },
);

test('ELF and LiME in LZ4', () => {
  const core = open(lz4Frame(elf([{ type: PT_LOAD, paddr: 0x5000n, bytes: pages(5, 40) }])));
  expect(core.format).toBe('ELF vmcore in LZ4');
  const page = Buffer.alloc(PAGE);
  expect(core.read(at(0x5000 + 39 * PAGE), page)).toBe(PAGE);
  expect(page.readUInt32LE(0)).toBe(44);
  const ranges = [
    { start: 0, bytes: pages(0, 30) },
    { start: 0x1_0000_0000, bytes: pages(7, 30) },
  ];
  const image = open(lz4Frame(lime(ranges), { contentSize: true }));
  expect(image.format).toBe('LiME in LZ4');
  expect(image.read(at(0x1_0000_0000 + 29 * PAGE), page)).toBe(PAGE);
  expect(page.readUInt32LE(0)).toBe(36);
});

test('several frames, with skippable ones before and between, are one file', () => {
  const image = open(
    Buffer.concat([
      skippableFrame(Buffer.from('made by a test')),
      lz4Frame(memory.subarray(0, 100_000)),
      skippableFrame(Buffer.alloc(0)),
      lz4Frame(memory.subarray(100_000, 100_001), { contentSize: true }),
      lz4Frame(Buffer.alloc(0)),
      lz4Frame(memory.subarray(100_001), { blockChecksums: true }),
    ]),
  );
  expectMemory(image);
  expect(image.faults).toEqual([]);
});

test('blocks that a writer flushed early', () => {
  expectMemory(open(lz4Frame(memory, { sizes: [5, 60_000, 1] })));
  expectMemory(open(lz4Frame(memory, { sizes: [65536, 60_000, 1], contentSize: true })));
});

test('a short block amid full ones of unsaid size is found when it is read, and said', () => {
  const image = open(lz4Frame(memory, { sizes: [65536, 60_000] }));
  expect(image.read(at(65536), Buffer.alloc(100))).toBe(0);
  expect(image.faults).toMatchObject([
    { kind: 'corrupt', detail: expect.stringContaining('60000 bytes instead') },
  ]);
});

test('blocks that did not shrink are stored', () => {
  const contents = noise(200_000);
  expectMemory(open(lz4Frame(contents, { blockChecksums: true })), contents);
});

test('a damaged block costs its own contents only', () => {
  for (const blockChecksums of [true, false]) {
    const file = lz4Frame(noise(65536 * 3), { blockChecksums: true, contentSize: true });
    const second = 15 + (4 + 65536 + 4) + 4;
    file.fill(blockChecksums ? 0x55 : 0, second + 100, second + 120);
    const image = open(file);
    const part = Buffer.alloc(65536 * 3);
    expect(image.read(at(0), part)).toBe(65536);
    expect(image.read(at(65536 * 2), part)).toBe(65536);
    expect(image.absence(at(65536 + 7))).toBe('corrupt');
    expect(image.faults).toHaveLength(1);
    expect(image.faults[0]).toMatchObject({ kind: 'corrupt', detail: expect.stringContaining('checksum') });
    expect(image.read(at(65536), Buffer.alloc(8))).toBe(0);
    expect(image.faults).toHaveLength(1);
  }
});

test('damage without checksums is found where it does not decode', () => {
  const file = lz4Frame(memory, { contentSize: true });
  file.fill(0xff, 15 + 4 + 8, 15 + 4 + 60);
  const image = open(Buffer.concat([file]));
  image.read(at(0), Buffer.alloc(10));
  expect(image.faults[0]).toMatchObject({ kind: 'corrupt', space: 'file' });
});

test('cut inside a block: what is before it stays', () => {
  const file = lz4Frame(noise(65536 * 3), { contentSize: true });
  const image = open(file.subarray(0, file.length - 4 - 1000));
  expect(image.ranges).toEqual([{ start: 0, end: 65536 * 2 }]);
  expect(image.faults).toMatchObject([
    { kind: 'truncated', detail: expect.stringContaining('inside a block') },
  ]);
  expect(image.absence(at(65536 * 2))).toBe('truncated');
});

test('cut between blocks, and in the header of the next frame', () => {
  const open_ = open(lz4Frame(memory, { open: true }));
  expectMemory(open_);
  expect(open_.faults).toMatchObject([{ kind: 'truncated' }]);
  const two = Buffer.concat([lz4Frame(memory), lz4Frame(memory).subarray(0, 6)]);
  expect(open(two).faults).toMatchObject([
    { kind: 'truncated', address: `0x${(two.length - 6).toString(16)}` },
  ]);
});

test('LiME cut by a cut LZ4', () => {
  const inner = lime([
    { start: 0, bytes: noise(100_000) },
    { start: 0x100000, bytes: noise(100_000) },
  ]);
  const file = lz4Frame(inner, { contentSize: true });
  const image = open(file.subarray(0, file.length - 30_000));
  expect(image.ranges).toHaveLength(2);
  expect(image.ranges[1]?.end).toBe(0x100000 + 2 * 65536 - 100_000 - 64);
  expect(image.absence(at(0x100000 + 99_000))).toBe('truncated');
  expect(image.faults.map(({ kind }) => kind)).toEqual(['truncated', 'truncated']);
});

test('bytes behind the last frame are ignored, and said', () => {
  const image = open(Buffer.concat([lz4Frame(memory), Buffer.alloc(512, 0x42)]));
  expectMemory(image);
  expect(image.faults).toMatchObject([{ kind: 'corrupt', detail: expect.stringContaining('512 bytes') }]);
});

test.each([
  ['dependent blocks', lz4Frame(memory, { dependent: true }), /depend on each other/],
  ['the legacy format', Buffer.concat([u32(0x184c_2102), u32(100), noise(8192)]), /legacy format/],
  ['LZ4 in LZ4', lz4Frame(lz4Frame(memory)), /LZ4 in LZ4/],
  ['nothing inside', lz4Frame(Buffer.alloc(0)), /without contents/],
  ['text inside', lz4Frame(Buffer.from('dmesg\n'.repeat(2000))), /text file/],
])('refused with what to do: %s', (_name, contents, message) => {
  try {
    open(contents);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(message);
    expect((error as InputError).hint).toBeTruthy();
  }
});

test('one dependent block depends on nothing', () => {
  const image = open(lz4Frame(memory.subarray(0, 65536), { dependent: true }));
  const all = Buffer.alloc(65536);
  expect(image.read(at(0), all)).toBe(65536);
  expect(all.equals(memory.subarray(0, 65536))).toBe(true);
});

test('a damaged frame header is refused', () => {
  const file = lz4Frame(memory);
  file[6] = (file[6] as number) ^ 1;
  expect(() => open(file)).toThrow(/damaged frame header/);
});
