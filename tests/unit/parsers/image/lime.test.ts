import { afterAll, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { InputError } from '../../../../src/base/error.js';
import { openImage } from '../../../../src/parsers/image/open.js';
import { lime, PAGE, pages, Scratch } from '../../helpers/image-files.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const at = (address: number) => address as Phys;
const HIGH = 0x1_4000_0000;

function open(contents: Buffer) {
  return openImage(scratch.file(contents));
}

test('ranges lie at their addresses, above 4 GiB too', () => {
  const image = open(
    lime([
      { start: 0x1000, bytes: pages(1, 2) },
      { start: HIGH, bytes: pages(9, 3) },
    ]),
  );
  expect(image.format).toBe('LiME');
  expect(image.ranges).toEqual([
    { start: 0x1000, end: 0x3000 },
    { start: HIGH, end: HIGH + 3 * PAGE },
  ]);
  const page = Buffer.alloc(PAGE);
  expect(image.read(at(HIGH + PAGE), page)).toBe(PAGE);
  expect(page.equals(pages(10, 1))).toBe(true);
  expect(image.read(at(0x2ffc), page)).toBe(4);
  expect(page.readUInt32LE(0)).toBe(0xffff_0002);
  expect(image.read(at(0), page)).toBe(0);
  expect(image.absence(at(0))).toBe('hole');
  expect(image.absence(at(0x3000))).toBe('hole');
  expect(image.faults).toEqual([]);
});

test('a read goes on from one range into the next where they touch', () => {
  const image = open(
    lime([
      { start: 0x4000, bytes: pages(4, 1) },
      { start: 0x5000, bytes: pages(5, 1) },
    ]),
  );
  const both = Buffer.alloc(2 * PAGE);
  expect(image.read(at(0x4000), both)).toBe(2 * PAGE);
  expect(both.equals(pages(4, 2))).toBe(true);
  expect(image.ranges).toEqual([{ start: 0x4000, end: 0x6000 }]);
});

test('thousands of ranges, each at its place', () => {
  const count = 5000;
  const image = open(
    lime(Array.from({ length: count }, (_, n) => ({ start: n * 3 * PAGE, bytes: pages(n, 1) }))),
  );
  expect(image.ranges.length).toBe(count);
  const page = Buffer.alloc(PAGE);
  for (const n of [0, 1, 2047, 2048, count - 1, 3]) {
    expect(image.read(at(n * 3 * PAGE), page)).toBe(PAGE);
    expect(page.readUInt32LE(0)).toBe(n);
    expect(image.read(at((n * 3 + 1) * PAGE), page)).toBe(0);
  }
});

test('a file cut inside a range keeps what is there', () => {
  const whole = lime([
    { start: 0, bytes: pages(0, 2) },
    { start: 0x10000, bytes: pages(16, 4) },
  ]);
  const image = open(whole.subarray(0, whole.length - PAGE - 100));
  expect(image.ranges.at(-1)).toEqual({ start: 0x10000, end: 0x14000 - PAGE - 100 });
  expect(image.faults).toHaveLength(1);
  expect(image.faults[0]).toMatchObject({ kind: 'truncated', space: 'file' });
  expect(image.absence(at(0x13000))).toBe('truncated');
  expect(image.absence(at(0x20000))).toBe('truncated');
  expect(image.absence(at(0x8000))).toBe('hole');
});

test('a file cut inside a header keeps the ranges before', () => {
  const whole = lime([
    { start: 0, bytes: pages(0, 1) },
    { start: 0x10000, bytes: pages(16, 1) },
  ]);
  const image = open(whole.subarray(0, 32 + PAGE + 20));
  expect(image.ranges).toEqual([{ start: 0, end: PAGE }]);
  expect(image.faults[0]?.kind).toBe('truncated');
  expect(image.absence(at(0x10000))).toBe('truncated');
});

test('what is no header ends the ranges as corrupt', () => {
  const image = open(Buffer.concat([lime([{ start: 0, bytes: pages(0, 1) }]), Buffer.alloc(64, 0x11)]));
  expect(image.faults[0]).toMatchObject({ kind: 'corrupt', address: `0x${(32 + PAGE).toString(16)}` });
});

test('a backward range and an address beyond 2^52 are corrupt', () => {
  for (const field of [8, 16]) {
    const bytes = lime([
      { start: 0, bytes: pages(0, 1) },
      { start: 0x10000, bytes: pages(1, 1) },
    ]);
    bytes.writeBigUInt64LE(field === 8 ? 0x20000n : 1n << 60n, 32 + PAGE + field);
    expect(open(bytes).faults[0]?.kind).toBe('corrupt');
  }
});

test('another version is refused', () => {
  const bytes = lime([{ start: 0, bytes: pages(0, 1), version: 2 }]);
  expect(() => open(bytes)).toThrow(InputError);
  expect(() => open(bytes)).toThrow(/version 2/);
});

test('overlapping ranges: the one that starts first holds', () => {
  const image = open(
    lime([
      { start: 0x2000, bytes: pages(50, 2) },
      { start: 0x1000, bytes: pages(1, 2) },
    ]),
  );
  expect(image.ranges).toEqual([{ start: 0x1000, end: 0x4000 }]);
  const all = Buffer.alloc(3 * PAGE);
  expect(image.read(at(0x1000), all)).toBe(all.length);
  expect([0, 1, 2].map((page) => all.readUInt32LE(page * PAGE))).toEqual([1, 2, 51]);
});
