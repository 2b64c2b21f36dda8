import { execFileSync } from 'node:child_process';
import { ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { InputError, SystemError } from '../../../../src/base/error.js';
import { openImage } from '../../../../src/parsers/image/open.js';
import { PAGE, pages, Scratch } from '../../helpers/image-files.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const at = (address: number) => address as Phys;
const MIB = 2 ** 20;

test('offset is address', () => {
  const image = openImage(scratch.file(pages(0, 8)));
  expect(image.format).toBe('raw');
  expect(image.ranges).toEqual([{ start: 0, end: 8 * PAGE }]);
  const page = Buffer.alloc(PAGE);
  expect(image.read(at(5 * PAGE), page)).toBe(PAGE);
  expect(page.equals(pages(5, 1))).toBe(true);
  expect(image.read(at(8 * PAGE), page)).toBe(0);
  expect(image.absence(at(8 * PAGE))).toBe('hole');
  expect(image.faults).toEqual([]);
  expect(image.layout?.name).toBe('no hole');
});

test('every read sees the file as it is now', () => {
  const path = scratch.file(pages(0, 2));
  const image = openImage(path);
  const fd = openSync(path, 'r+');
  const word = Buffer.alloc(4);
  image.read(at(PAGE), word);
  expect(word.readUInt32LE(0)).toBe(1);
  writeSync(fd, Buffer.from([0xee, 0xee, 0, 0]), 0, 4, PAGE);
  image.read(at(PAGE), word);
  expect(word.readUInt32LE(0)).toBe(0xeeee);
  ftruncateSync(fd, PAGE);
  expect(image.read(at(PAGE), word)).toBe(0);
  expect(image.absence(at(PAGE))).toBe('corrupt');
});

test('RAM is whole MiB: another size is a file cut short', () => {
  const path = scratch.file(Buffer.alloc(0));
  const fd = openSync(path, 'r+');
  const size = 20 * MIB - 1000;
  ftruncateSync(fd, size);
  const image = openImage(path);
  expect(image.faults).toHaveLength(1);
  expect(image.faults[0]).toMatchObject({
    kind: 'truncated',
    space: 'file',
    address: `0x${size.toString(16)}`,
  });
  expect(image.absence(at(20 * MIB))).toBe('truncated');
  const page = Buffer.alloc(PAGE);
  expect(image.read(at(20 * MIB - PAGE), page)).toBe(PAGE - 1000);
});

test('holes of a sparse file are no data', () => {
  const path = scratch.file(Buffer.alloc(0));
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, 64 * MIB);
  writeSync(fd, pages(1, 1), 0, PAGE, 16 * MIB);
  writeSync(fd, pages(2, 1), 0, PAGE, 48 * MIB);
  const image = openImage(path);
  const found = [...image.data(at(0), at(64 * MIB))];
  // Where the platform does not tell, all of it is data; here the test runs with fs-ext or without.
  for (const place of [16 * MIB, 48 * MIB]) {
    expect(found.some(({ start, end }) => start <= place && end >= place + PAGE)).toBe(true);
  }
  if (found.length > 1) {
    expect(found.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThan(8 * MIB);
    expect([...image.data(at(20 * MIB), at(40 * MIB))]).toEqual([]);
    const part = [...image.data(at(16 * MIB + 100), at(16 * MIB + 200))];
    expect(part).toEqual([{ start: 16 * MIB + 100, end: 16 * MIB + 200 }]);
  }
});

test('what is not there, or no file', () => {
  expect(() => openImage(join(scratch.dir, 'absent'))).toThrow(SystemError);
  expect(() => openImage(scratch.dir)).toThrow(/a directory, not a dump/);
  expect(() => openImage(scratch.file(Buffer.alloc(0)))).toThrow(/empty file/);
  expect(() => openImage('/dev/null')).toThrow(/a character device/);
});

test('a pipe without a writer does not hang', () => {
  const path = join(scratch.dir, 'pipe');
  execFileSync('mkfifo', [path]);
  expect(() => openImage(path)).toThrow(InputError);
});

test('less than a page, and text, are no memory', () => {
  mkdirSync(join(scratch.dir, 'd'));
  const path = join(scratch.dir, 'd', 'x');
  writeFileSync(path, Buffer.from([1, 2, 3]));
  expect(() => openImage(path)).toThrow(/less than one page/);
  writeFileSync(path, 'Kernel panic – not syncing\n'.repeat(1000));
  expect(() => openImage(path)).toThrow(/text file/);
});
