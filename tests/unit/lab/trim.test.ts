import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Phys } from '../../../src/base/address.js';
import { InputError, SystemError } from '../../../src/base/error.js';
import { touchedPages, trim, writePages } from '../../../src/lab/trim.js';
import type { Image } from '../../../src/parsers/image/image.js';
import { openImage } from '../../../src/parsers/image/open.js';
import { lime, PAGE, pages, Scratch } from '../helpers/image-files.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const HIGH = 0x1_8000_0000;
const COUNT = 6000;
const dump = scratch.file(
  lime([
    { start: 0, bytes: pages(0, COUNT) },
    { start: HIGH, bytes: pages(COUNT, 100) },
  ]),
);
const hasLz4 = spawnSync('lz4', ['--version']).status === 0;

function target(): string {
  return join(scratch.dir, `fixture-${readdirSync(scratch.dir).length}`);
}

/** Asserts that `image` has exactly these pages, with what the dump has there. */
function expectPages(image: Image, wanted: ReadonlySet<number>): void {
  const page = Buffer.alloc(PAGE);
  const wrong = [...wanted].filter((pfn) => {
    const number = pfn < COUNT ? pfn : COUNT + pfn - HIGH / PAGE;
    return image.read((pfn * PAGE) as Phys, page) !== PAGE || !page.equals(pages(number, 1));
  });
  expect(wrong).toEqual([]);
  const held = image.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  expect(held).toBe(wanted.size * PAGE);
}

test('the pages that the inspection reads, and no others', async () => {
  const out = target();
  const report = await trim(dump, out, async (memory) => {
    memory.u32(8);
    memory.u64(5 * PAGE - 4);
    memory.bytes(100 * PAGE + 5, 3 * PAGE);
    memory.u8(HIGH + PAGE);
    expect(() => memory.u8(HIGH + 5000 * PAGE)).toThrow();
    memory.bulk(200 * PAGE, new Uint8Array(50 * PAGE));
    memory.touch(210 * PAGE, PAGE);
  });
  const wanted = new Set([0, 4, 5, 100, 101, 102, 103, 210, HIGH / PAGE + 1]);
  expect(report).toMatchObject({ pages: 9, ranges: 5, bytes: 9 * PAGE + 5 * 32 });
  expect(report.fileBytes).toBe(readFileSync(out).length);
  const image = openImage(out);
  expect(image.format).toBe('LiME in LZ4');
  expectPages(image, wanted);
  expect(image.read((2 * PAGE) as Phys, Buffer.alloc(1))).toBe(0);
  expect(image.faults).toEqual([]);
});

test('thousands of ranges over many blocks; the real lz4 agrees', () => {
  const image = openImage(dump);
  const wanted = new Set(Array.from({ length: COUNT }, (_, n) => n).filter((n) => n % 5 < 3));
  const out = target();
  const report = writePages(image, wanted, out);
  expect(report).toMatchObject({ pages: 3600, ranges: 1200 });
  expect(report.fileBytes).toBeLessThan(report.bytes / 20);
  expectPages(openImage(out), wanted);
  if (!hasLz4) return;
  const plain = `${out}.lime`;
  execFileSync('lz4', ['-dqf', out, plain]);
  const unpacked = openImage(plain);
  expect(unpacked.format).toBe('LiME');
  expectPages(unpacked, wanted);
  expect(readFileSync(plain).length).toBe(report.bytes);
});

test.skipIf(!hasLz4)('the real lz4 sees damage by the checksums', () => {
  const out = target();
  writePages(openImage(dump), [1, 2, 3, 9], out);
  expect(spawnSync('lz4', ['-t', out]).status).toBe(0);
  const bytes = readFileSync(out);
  const at = 60;
  bytes[at] = (bytes[at] as number) ^ 0xff;
  writeFileSync(out, bytes);
  expect(spawnSync('lz4', ['-t', out]).status).not.toBe(0);
});

test.skipIf(!hasLz4)('what the real lz4 packed opens, with every option it has', () => {
  for (const options of [[], ['-B4'], ['-B5', '--content-size'], ['-BX', '-9'], ['--no-frame-crc']]) {
    const packed = `${dump}.lz4`;
    execFileSync('lz4', ['-qf', ...options, dump, packed]);
    const image = openImage(packed);
    expectPages(
      image,
      new Set([...Array(COUNT).keys(), ...Array.from({ length: 100 }, (_, n) => HIGH / PAGE + n)]),
    );
    expect(image.faults).toEqual([]);
  }
  const dependent = `${dump}.dependent`;
  execFileSync('lz4', ['-qf', '-BD', '-B4', dump, dependent]);
  expect(() => openImage(dependent)).toThrow(/depend on each other/);
});

test('the list of ranges behind the file is a hint: without it, or with a wrong one, the file reads the same', () => {
  const image = openImage(dump);
  const wanted = [5, 6, 900, 2000, 2001, HIGH / PAGE + 3];
  const out = target();
  writePages(image, wanted, out);
  const whole = readFileSync(out);
  const list = whole.indexOf('LiMEidx1') - 8;
  expect(list).toBeGreaterThan(0);
  const wrong = Buffer.from(whole);
  wrong.writeUInt32LE(7, list + 8 + 12);
  // Of another file, and right in itself.
  const other = target();
  writePages(image, [1, 2, 3], other);
  const foreign = readFileSync(other);
  const alien = foreign.subarray(foreign.indexOf('LiMEidx1') - 8);
  const damaged = [whole.subarray(0, list), wrong, Buffer.concat([whole, alien]), whole.subarray(0, -9)];
  for (const bytes of [whole, ...damaged]) expectPages(openImage(scratch.file(bytes)), new Set(wanted));
  // What is listed is believed: the headers are not decoded. Were it not so, this file could not be opened.
  const header = Buffer.from(whole);
  header.fill(0, 24, 40);
  expect(openImage(scratch.file(header)).ranges).toHaveLength(4);
});

test('pages that the dump does not have are left out', () => {
  const out = target();
  expect(writePages(openImage(dump), [COUNT - 1, COUNT, COUNT + 1, HIGH / PAGE], out)).toMatchObject({
    pages: 2,
  });
});

test('an inspection that reads nothing, or fails, leaves no file', async () => {
  const out = target();
  await expect(trim(dump, out, () => {})).rejects.toThrow(InputError);
  const failing = trim(dump, out, () => {
    throw new Error('inspection failed');
  });
  await expect(failing).rejects.toThrow('inspection failed');
  expect(existsSync(out)).toBe(false);
});

test('a file that was there is replaced only by a whole one', () => {
  const out = target();
  writeFileSync(out, 'old');
  const image = openImage(dump);
  let reads = 0;
  const failing: Image = Object.assign(Object.create(image), {
    read: (at: Phys, into: Uint8Array) => (++reads > 6 ? 0 : image.read(at, into)),
  });
  expect(() => writePages(failing, [1, 2, 3, 4], out)).toThrow(/is not any more/);
  expect(readFileSync(out, 'utf8')).toBe('old');
  expect(readdirSync(scratch.dir).filter((name) => name.endsWith('.part'))).toEqual([]);
  writePages(image, [1], out);
  expect(openImage(out).format).toBe('LiME in LZ4');
});

test('a place that cannot be written to', () => {
  expect(() => writePages(openImage(dump), [1], join(scratch.dir, 'no', 'such'))).toThrow(SystemError);
});

test('touched pages are page frame numbers, above 4 GiB too', async () => {
  const touched = await touchedPages(openImage(dump), (memory) => {
    memory.u8(HIGH + 7 * PAGE + 5);
  });
  expect([...touched]).toEqual([HIGH / PAGE + 7]);
});
