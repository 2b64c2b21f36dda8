// Compressed pages and zram disks gone bad: a page is read, or a fault says why not; nothing else is thrown, and nothing
// takes long.

import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Kva } from '../../src/base/address.js';
import { Fault } from '../../src/base/fault.js';
import { loadLz4 } from '../../src/parsers/image/lazy.js';
import { decodePage } from '../../src/parsers/swap/codecs.js';
import { zramOfDevice } from '../../src/parsers/swap/zram-disk.js';
import { random } from '../unit/helpers/random.js';
import { MadeZram, NEW, OLD } from '../unit/parsers/swap/made-zram.js';
import { ZSTD_FRAMES } from '../unit/parsers/swap/zstd-frames.js';

const PAGE = 4096;
const ROUNDS = 1500;
const text = Buffer.from('pages of a process, swapped to zram; '.repeat(120)).subarray(0, PAGE);

function lz4Page(): Uint8Array {
  const packed = Buffer.alloc(loadLz4().bindings.compressBound(PAGE));
  return packed.subarray(0, loadLz4().bindings.compress(text, packed));
}

/** By hand: literals, and a block that repeats them to the end of the page. */
const LZO = [17, 1, 25, ...text.subarray(0, 8), 0x20, ...Array<number>(15).fill(0), 230, 28, 0, 0x11, 0, 0];
const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  'lzo-rle': Uint8Array.from(LZO),
  lz4: lz4Page(),
  zstd: new Uint8Array(Buffer.from(ZSTD_FRAMES[1]?.[1] ?? '', 'base64')),
  deflate: deflateRawSync(text),
};

/** One to eight bytes changed, the end cut off, or all of it noise behind the first few bytes. */
function spoil(good: Uint8Array, next: () => number): Uint8Array {
  const bad = Uint8Array.from(good);
  const kind = next();
  if (kind < 0.2) return bad.subarray(0, Math.floor(next() * bad.length));
  const first = kind < 0.5 ? Math.floor(next() * 12) : -1;
  for (let i = first; first >= 0 && i < bad.length; i++) bad[i] = next() * 256;
  for (let n = next() * 8; n > 0; n--) bad[Math.floor(next() * bad.length)] = next() * 256;
  return bad;
}

/** Whether it was read; anything but a fault is thrown on. */
function isRead(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

describe.each(Object.entries(SAMPLES))('%s', (algorithm, good) => {
  test('damaged pages decode to a page, or are a fault', () => {
    const next = random(good.length);
    const page = new Uint8Array(PAGE + 64);
    decodePage(algorithm, good, page.subarray(0, PAGE));
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      page.fill(0xa5);
      const bad = spoil(good, next);
      if (!isRead(() => decodePage(algorithm, bad, page.subarray(0, PAGE)))) refused++;
      expect(page.subarray(PAGE).every((byte) => byte === 0xa5)).toBe(true);
    }
    expect(refused).toBeGreaterThan(ROUNDS / 4);
  }, 30_000);
});

describe.each([
  ['old', OLD],
  ['new', NEW],
])('a zram disk of the %s era', (_name, era) => {
  test('with damaged structures is read, or is a fault', () => {
    let [read, refused] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const next = random(seed);
      const made = new MadeZram(era, ['lz4']);
      for (let page = 0; page < 8; page++) made.store(page, SAMPLES['lz4'] as Uint8Array);
      made.storeHuge(8, text);
      for (const target of [made.zram, made.pool, made.zspage, made.entries, made.chain])
        if (next() < 0.5) made.poke((target + Math.floor(next() * 24) * 8) as Kva, spoiledWord(made, next));
      const kernel = made.kernel();
      let disk: ReturnType<typeof zramOfDevice> = null;
      isRead(() => {
        disk = zramOfDevice(kernel, made.device);
      });
      const into = new Uint8Array(PAGE);
      for (let page = 0; page < 10; page++) isRead(() => copy(disk, page, into)) ? read++ : refused++;
    }
    expect(read).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});

/** A disk that could not be read at all counts as pages that could not. */
function copy(disk: ReturnType<typeof zramOfDevice>, page: number, into: Uint8Array): void {
  if (disk === null) throw new Fault('corrupt', 'no disk');
  disk.copy(page, into);
}

function spoiledWord(made: MadeZram, next: () => number): number | bigint {
  const choices = [0, 0xdead_0000_0000_0100n, made.entries, made.pool + 4, Math.floor(next() * 2 ** 40)];
  return choices[Math.floor(next() * choices.length)] as number | bigint;
}
