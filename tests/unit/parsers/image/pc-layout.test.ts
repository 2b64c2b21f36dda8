import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { openImage } from '../../../../src/parsers/image/open.js';
import { splitAt } from '../../../../src/parsers/image/pc-layout.js';
import { pages, Scratch } from '../../helpers/image-files.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const FOUR_GIB = 4 * GIB;

/** A sparse file of RAM with a memory map entry {4 GiB, high bytes, RAM} at each of `maps`. */
function ram(size: number, high: number, maps: readonly number[]): string {
  const path = scratch.file(Buffer.alloc(0));
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, size);
  const entry = Buffer.alloc(20);
  entry.writeBigUInt64LE(BigInt(FOUR_GIB), 0);
  entry.writeBigUInt64LE(BigInt(high), 8);
  entry.writeUInt32LE(1, 16);
  for (const at of maps) writeSync(fd, entry, 0, entry.length, at);
  writeSync(fd, pages(7, 1), 0, 4096, size - 4096);
  closeSync(fd);
  return path;
}

function lastPage(path: string, address: number): number {
  const word = Buffer.alloc(4);
  const image = openImage(path);
  expect(image.read((address - 4096) as Phys, word)).toBe(4);
  return word.readUInt32LE(0);
}

test('q35 with 4 GiB: the map of the firmware tells 2 GiB', () => {
  const path = ram(4 * GIB, 2 * GIB, [0xf5de0]);
  const image = openImage(path);
  expect(image.format).toBe('raw (q35 hole at 2 GiB)');
  expect(image.layout?.evidence).toBe('memory map in the image at offset 0xf5de0');
  expect(image.ranges).toEqual([
    { start: 0, end: 2 * GIB },
    { start: FOUR_GIB, end: 6 * GIB },
  ]);
  expect(lastPage(path, 6 * GIB)).toBe(7);
  expect(image.absence((3 * GIB) as Phys)).toBe('hole');
});

test('i440fx with 4 GiB: 3 GiB', () => {
  const path = ram(4 * GIB, GIB, [0x14ad8]);
  expect(openImage(path).format).toBe('raw (i440fx hole at 3 GiB)');
  expect(lastPage(path, 5 * GIB)).toBe(7);
});

test('any split of the firmware is believed, as max-ram-below-4g sets it', () => {
  expect(openImage(ram(2 * GIB, GIB, [0x9ed14])).layout).toMatchObject({
    split: GIB,
    name: 'hole at 1 GiB',
  });
});

test('without the firmware’s map the kernel’s copies tell, by majority', () => {
  const path = ram(4 * GIB, GIB, [700 * MIB, 800 * MIB, 900 * MIB]);
  const fd = openSync(path, 'r+');
  const stray = Buffer.alloc(20);
  stray.writeBigUInt64LE(BigInt(FOUR_GIB), 0);
  stray.writeBigUInt64LE(BigInt(2 * GIB), 8);
  stray.writeUInt32LE(1, 16);
  writeSync(fd, stray, 0, 20, 600 * MIB);
  expect(openImage(path).layout).toMatchObject({ split: 3 * GIB });
  // An entry that fits no machine we know is a lookalike there.
  stray.writeBigUInt64LE(BigInt(2 * MIB), 8);
  for (let n = 0; n < 9; n++) writeSync(fd, stray, 0, 20, 1000 * MIB + n * 64);
  expect(openImage(path).layout).toMatchObject({ split: 3 * GIB });
});

test('without any map all layouts are candidates, and can be tried on the same file', () => {
  const path = ram(4 * GIB, 0, []);
  const image = openImage(path);
  expect(image.layouts.map(({ split }) => split)).toEqual([
    2 * GIB,
    3 * GIB,
    3.5 * GIB,
    2.75 * GIB,
    Number.POSITIVE_INFINITY,
  ]);
  expect(image.layout?.evidence).toBeNull();
  const flat = image.withLayout(image.layouts.at(-1)!);
  expect(flat.format).toBe('raw');
  expect(flat.ranges).toEqual([{ start: 0, end: FOUR_GIB }]);
  const old = image.withLayout(image.layouts[2]!);
  expect(old.ranges.at(-1)).toEqual({ start: FOUR_GIB, end: 4.5 * GIB });
  expect(old.layouts).toBe(image.layouts);
});

test('2.5 GiB fit below the hole of either machine', () => {
  const image = openImage(ram(2.5 * GIB, 0, []));
  expect(image.ranges).toEqual([{ start: 0, end: 2.5 * GIB }]);
  expect(image.layouts).toHaveLength(1);
});

test('3 GiB are split by q35 only', () => {
  const splits = openImage(ram(3 * GIB, 0, [])).layouts.map(({ name }) => name);
  expect(splits).toEqual(['q35 hole at 2 GiB', 'old q35 hole at 2.75 GiB', 'no hole']);
});

test('a dump that has the hole as zeroes stays unmoved', () => {
  expect(openImage(ram(6 * GIB, 2 * GIB, [0xf5de0])).layout).toMatchObject({ name: 'no hole' });
});

test('the user’s word counts', () => {
  const image = openImage(ram(4 * GIB, 2 * GIB, [0xf5de0]), { layout: splitAt(3 * GIB) });
  expect(image.format).toBe('raw (hole at 3 GiB)');
  expect(image.ranges[1]).toEqual({ start: FOUR_GIB, end: 5 * GIB });
});
