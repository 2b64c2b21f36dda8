// Page runs in pieces: their order and their ends, what is on swap, and what cannot be read.
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { digestOf, type FrameReader, readRun } from '../../../../src/resurrect/abi/page-run.js';
import { PAGE_SOURCE, type PageRun } from '../../../../src/resurrect/abi/records/memory.js';

const PAGES = 600;

function run(source: PageRun['source'], rest: Partial<PageRun> = {}): PageRun {
  return { address: 0x1000, pfn: 7, pages: PAGES, source, swap: 2, flags: 0, digest: 0, ...rest };
}

/** Every frame is filled with the low byte of its number. */
function framesBelow(limit: number): FrameReader {
  return {
    frames: (pfn, into) => {
      for (let at = 0; at < into.length; at += 4096) into.fill(pfn + at / 4096, at, at + 4096);
      return pfn + into.length / 4096 <= limit;
    },
  };
}

/** What was visited, put together; fails where a piece does not follow the one before it. */
function visited(run: PageRun, memory: Parameters<typeof readRun>[1]) {
  const pieces: Buffer[] = [];
  let next = run.address;
  const unread = readRun(run, memory, (address, bytes) => {
    expect(address).toBe(next);
    next += bytes.length;
    pieces.push(Buffer.from(bytes));
  });
  return { unread, contents: Buffer.concat(pieces) };
}

test.each(['frame', 'page_cache'] as const)('%s: all of it, in order', (source) => {
  const expected = Buffer.concat(Array.from({ length: PAGES }, (_, page) => Buffer.alloc(4096, 7 + page)));
  const { unread, contents } = visited(run(PAGE_SOURCE[source]), framesBelow(10_000));
  expect(unread).toBeNull();
  expect(contents.equals(expected)).toBe(true);
  expect(digestOf(run(PAGE_SOURCE[source]), framesBelow(10_000))).toBe(crc32(expected));
});

test('ends at the piece that lacks a frame, and has no digest', () => {
  const { unread, contents } = visited(run(PAGE_SOURCE.frame), framesBelow(7 + 300));
  expect(unread).toBe(0x1000 + contents.length);
  expect(contents.length).toBeLessThan(300 * 4096);
  expect(digestOf(run(PAGE_SOURCE.frame), framesBelow(7 + 300))).toBeNull();
});

test('reads slots of swap one by one, and ends at the first that is lost', () => {
  const asked: number[] = [];
  const memory = {
    ...framesBelow(0),
    swapped: (area: number, slot: number, into: Uint8Array) => {
      asked.push(slot);
      into.fill(slot);
      return area === 2 && slot < 7 + 300;
    },
  };
  const { unread, contents } = visited(run(PAGE_SOURCE.swap), memory);
  expect(unread).toBe(0x1000 + 300 * 4096);
  expect(asked).toEqual(Array.from({ length: 301 }, (_, page) => 7 + page));
  expect(contents.subarray(-4096)[0]).toBe((7 + contents.length / 4096 - 1) & 0xff);
  expect(readRun(run(PAGE_SOURCE.swap), framesBelow(10_000))).toBe(0x1000);
});

test('zeroes have no contents to be read', () => {
  expect(visited(run(PAGE_SOURCE.zero), framesBelow(0))).toEqual({ unread: null, contents: Buffer.alloc(0) });
});
