// Damaged containers: whatever the bytes say, opening and reading ends soon, in a typed error or with what is there.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Phys } from '../../src/base/address.js';
import { OwError } from '../../src/base/error.js';
import { Fault } from '../../src/base/fault.js';
import { writePages } from '../../src/lab/trim.js';
import type { Image } from '../../src/parsers/image/image.js';
import { openImage } from '../../src/parsers/image/open.js';
import { PhysicalMemory } from '../../src/parsers/image/physical-memory.js';
import { scanMemory } from '../../src/parsers/image/scan.js';
import {
  elf,
  lime,
  lz4Frame,
  note,
  PT_LOAD,
  PT_NOTE,
  pages,
  Scratch,
  skippableFrame,
} from '../unit/helpers/image-files.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 150);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20110412);
const MAX_GROWTH_BYTES = 400 * 2 ** 20;

/** mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const limeFile = lime([
  { start: 0x1000, bytes: pages(1, 3) },
  { start: 0x10000, bytes: pages(16, 20) },
  { start: 0x1_0000_0000, bytes: pages(5, 1) },
]);
const elfFile = elf([
  {
    type: PT_NOTE,
    bytes: Buffer.concat([note('CORE', 1, Buffer.alloc(336)), note('VMCOREINFO', 0, Buffer.alloc(99, 65))]),
  },
  { type: PT_LOAD, paddr: 0n, bytes: pages(0, 20) },
  { type: PT_LOAD, paddr: 0x1_0000_0000n, bytes: pages(0, 2) },
]);
const big = Buffer.concat([limeFile, limeFile]);

function trimmed(): Buffer {
  const out = join(scratch.dir, 'trimmed');
  writePages(openImage(scratch.file(limeFile)), [1, 3, 16, 17, 20, 0x10_0000], out);
  return readFileSync(out);
}

const bases: [string, Buffer][] = [
  ['raw', pages(0, 20)],
  ['LiME', limeFile],
  ['ELF', elfFile],
  ['ELF with many segments', elf([{ type: PT_LOAD, bytes: pages(0, 1) }], { xnum: true })],
  ['raw in LZ4', lz4Frame(pages(0, 40), { contentSize: true, blockChecksums: true })],
  ['LiME in LZ4', lz4Frame(big)],
  ['ELF in LZ4', lz4Frame(elfFile, { contentSize: true })],
  ['LiME in LZ4 with a list of ranges', trimmed()],
  ['LZ4 frames', Buffer.concat([skippableFrame(Buffer.alloc(9)), lz4Frame(big), lz4Frame(elfFile)])],
];

const EXTREMES = [0, 1, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];

/** Some bytes, words or lengths of it changed; mostly near the start and the end, where headers are. */
function mutated(base: Buffer, below: (n: number) => number): Buffer {
  let bytes = Buffer.from(base);
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const near = below(Math.min(bytes.length, 256));
    const at = [near, near, bytes.length - 1 - near, below(bytes.length)][below(4)] as number;
    const kind = below(6);
    if (kind === 0) bytes = bytes.subarray(0, Math.max(1, below(bytes.length)));
    else if (kind === 1)
      bytes = Buffer.concat([bytes.subarray(0, at), base.subarray(0, below(200)), bytes.subarray(at)]);
    else if (kind === 2 && at + 4 <= bytes.length)
      bytes.writeUInt32LE(EXTREMES[below(EXTREMES.length)] as number, at);
    else if (kind === 3 && at + 8 <= bytes.length) bytes.fill(0xff, at, at + 8);
    else if (at < bytes.length) bytes[at] = below(256);
  }
  return bytes;
}

/** All that the rest of the program does with an image. */
function use(image: Image, below: (n: number) => number): void {
  const into = Buffer.alloc(70_000);
  const memory = new PhysicalMemory(image, { poolBytes: 1 << 20 });
  const places = image.ranges.slice(0, 20).flatMap(({ start, end }) => [start, end - 3, end]);
  for (const at of [...places, below(1 << 20), 2 ** 40]) {
    const got = image.read(at as Phys, into);
    expect(got).toBeGreaterThanOrEqual(0);
    expect(got).toBeLessThanOrEqual(into.length);
    expect(['hole', 'truncated', 'corrupt']).toContain(image.absence((at + got) as Phys));
    try {
      memory.u64(at);
    } catch (error) {
      expect(error).toBeInstanceOf(Fault);
    }
  }
  for (let i = 1; i < image.ranges.length; i++) {
    expect(image.ranges[i]!.start).toBeGreaterThan(image.ranges[i - 1]!.end);
  }
  let hits = 0;
  for (const _hit of scanMemory(image, Buffer.from([0x81, 0x81, 0x81]))) if (++hits > 100) break;
  expect(image.faults.length).toBeLessThan(500);
}

test.each(bases)('%s', (_name, base) => {
  const below = random(SEED);
  const before = process.memoryUsage().rss;
  let opened = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const contents = round === 0 ? base : mutated(base, below);
    const path = scratch.file(contents);
    try {
      const image = openImage(path);
      opened++;
      use(image, below);
      image.close();
    } catch (error) {
      if (!(error instanceof OwError)) throw new Error(`round ${round}, seed ${SEED}`, { cause: error });
      expect(error.hint, error.message).toBeTruthy();
      expect(round).not.toBe(0);
    }
    rmSync(path);
  }
  // Most damage leaves something to read: a fuzz test that only ever sees refusals tests the first check alone.
  expect(opened).toBeGreaterThan(ROUNDS / 10);
  expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES);
});
