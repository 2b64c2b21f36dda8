import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { openImage } from '../../../../src/parsers/image/open.js';
import { scanChunks, scanMemory } from '../../../../src/parsers/image/scan.js';
import { lime, PAGE, Scratch } from '../../helpers/image-files.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const MIB = 2 ** 20;
const NEEDLE = Buffer.from('Linux version ');

/** A sparse file of 16 MiB with `bytes` at each of `places`. */
function sparse(places: readonly number[], bytes = NEEDLE): string {
  const path = scratch.file(Buffer.alloc(0));
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, 16 * MIB);
  for (const at of places) writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
  return path;
}

test('every place, once, in order; also across the borders of chunks', () => {
  // One more than a MiB before and behind: all ways to lie over the border of a chunk, which starts with the data.
  const places = [0, 5000, 16 * MIB - NEEDLE.length];
  for (let offset = 0; offset < NEEDLE.length + 2; offset++) places.push((2 + offset / 2) * MIB - offset);
  const bytes = Buffer.alloc(16 * MIB, 1);
  for (const at of places) NEEDLE.copy(bytes, at);
  const image = openImage(scratch.file(bytes));
  expect([...scanMemory(image, NEEDLE)]).toEqual([...new Set(places)].sort((a, b) => a - b));
});

test('in a sparse file', () => {
  const places = [4090, 3 * MIB + 7, 3 * MIB + 100, 9 * MIB - 5, 16 * MIB - NEEDLE.length];
  expect([...scanMemory(openImage(sparse(places)), NEEDLE)]).toEqual(places);
});

test('a needle may begin or end in a hole, where it is zero', () => {
  const path = sparse([8 * MIB], Buffer.concat([NEEDLE, Buffer.alloc(PAGE - NEEDLE.length, 1)]));
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.concat([Buffer.alloc(PAGE - 4, 1), Buffer.from('tail')]), 0, PAGE, 10 * MIB);
  closeSync(fd);
  const image = openImage(path);
  expect([...scanMemory(image, Buffer.concat([Buffer.alloc(6), NEEDLE]))]).toEqual([8 * MIB - 6]);
  expect([...scanMemory(image, Buffer.from('tail\0\0\0'))]).toEqual([10 * MIB + PAGE - 4]);
});

test('overlapping finds, and alignment', () => {
  const bytes = Buffer.alloc(4 * PAGE, 0);
  bytes.fill(0xab, 100, 108);
  for (const page of [1, 3]) bytes.set([0x9f, 0xeb, 1, 0], page * PAGE);
  bytes.set([0x9f, 0xeb, 1, 0], 2 * PAGE + 64);
  const image = openImage(scratch.file(bytes));
  const pair = Buffer.from([0xab, 0xab]);
  expect([...scanMemory(image, pair)]).toEqual([100, 101, 102, 103, 104, 105, 106]);
  expect([...scanMemory(image, pair, { alignment: 4 })]).toEqual([100, 104]);
  const btf = Buffer.from([0x9f, 0xeb, 1, 0]);
  expect([...scanMemory(image, btf, { alignment: PAGE })]).toEqual([PAGE, 3 * PAGE]);
  expect([...scanMemory(image, btf, { alignment: 64 })]).toEqual([PAGE, 2 * PAGE + 64, 3 * PAGE]);
  expect([...scanMemory(image, btf)]).toEqual([PAGE, 2 * PAGE + 64, 3 * PAGE]);
});

test('only from start, and what starts before end', () => {
  const places = [MIB, 2 * MIB, 3 * MIB];
  const image = openImage(sparse(places));
  const found = (start: number, end: number) => [...scanMemory(image, NEEDLE, { start, end })];
  expect(found(MIB, 3 * MIB)).toEqual([MIB, 2 * MIB]);
  expect(found(MIB + 1, 3 * MIB + 1)).toEqual([2 * MIB, 3 * MIB]);
  expect(found(5 * MIB, 6 * MIB)).toEqual([]);
});

test('not over the gap between two ranges, but over their seam', () => {
  const half = (text: string, end: boolean) => {
    const bytes = Buffer.alloc(PAGE, 1);
    bytes.write(text, end ? PAGE - text.length : 0, 'latin1');
    return bytes;
  };
  const seam = [
    { start: 0, bytes: half('Linux ', true) },
    { start: PAGE, bytes: half('version ', false) },
  ];
  const gap = [
    { start: 4 * PAGE, bytes: half('Linux ', true) },
    { start: 6 * PAGE, bytes: half('version ', false) },
  ];
  const image = openImage(scratch.file(lime([...seam, ...gap])));
  expect([...scanMemory(image, NEEDLE)]).toEqual([PAGE - 6]);
});

test('a needle of zeroes is refused', () => {
  expect(() => [...scanMemory(openImage(sparse([0])), Buffer.alloc(8))]).toThrow(RangeError);
});

test('chunks cover the data, each byte fresh once', () => {
  const image = openImage(sparse([0, 3 * MIB + 5, 7 * MIB]));
  let last = -1;
  let sum = 0;
  for (const { at, bytes, fresh } of scanChunks(image, 100)) {
    expect(at).toBeGreaterThan(last);
    expect(fresh).toBeLessThanOrEqual(bytes.length);
    expect(bytes.length).toBeLessThanOrEqual(fresh + 100);
    last = at + fresh - 1;
    sum += bytes.subarray(0, fresh).filter((byte) => byte !== 0).length;
  }
  expect(sum).toBe(3 * NEEDLE.length);
});
