import { describe, expect, test } from 'vitest';
import { decodeZstd } from '../../../../src/parsers/swap/zstd.js';
import { TEXT, ZSTD_FRAMES } from './zstd-frames.js';

const PAGE = 4096;
function decode(frame: Uint8Array, room = PAGE): string | number {
  const page = new Uint8Array(room);
  const length = decodeZstd(frame, page);
  return length < 0 ? length : Buffer.from(page.subarray(0, length)).toString('latin1');
}

const frameOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const PLAIN = frameOf((ZSTD_FRAMES[1] as [string, string])[1]);
/** A header without a size, then blocks: type (raw, rle, compressed), size, bytes. */
function made(...blocks: [type: number, size: number, bytes: number[]][]): Uint8Array {
  const bytes = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x50];
  for (const [i, [type, size, body]] of blocks.entries()) {
    const header = size * 8 + type * 2 + (i === blocks.length - 1 ? 1 : 0);
    bytes.push(header & 255, (header >> 8) & 255, header >> 16, ...body);
  }
  return Uint8Array.from(bytes);
}

test.each(ZSTD_FRAMES)('a frame %s', (_name, base64) => {
  expect(decode(frameOf(base64))).toBe(TEXT);
});

test('blocks that are stored, or one byte over and over', () => {
  const stored = made([0, 3, [97, 98, 99]], [1, PAGE - 3, [120]]);
  expect(decode(stored)).toBe(`abc${'x'.repeat(PAGE - 3)}`);
});

describe('is refused', () => {
  const changed = (at: number, byte: number) => PLAIN.map((old, i) => (i === at ? byte : old));
  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['another magic', changed(0, 0x29)],
    ['a reserved flag', changed(4, (PLAIN[4] as number) | 8)],
    ['a dictionary', changed(4, (PLAIN[4] as number) | 1)],
    ['another size than a page', changed(6, 0x0e)],
    ['what ends early', PLAIN.subarray(0, PLAIN.length - 1)],
    ['what goes on', Uint8Array.from([...PLAIN, 0])],
    ['a second frame', Uint8Array.from([...PLAIN, ...PLAIN])],
    ['a reserved type of block', made([3, 1, [0]])],
    ['a block that is longer than a page', made([1, PAGE + 1, [0]])],
    ['more literals than a page', made([2, 6, [0x0c, 0xff, 0xff, 0, 0, 0]])],
    ['more sequences than a page', made([2, 6, [0x08, 97, 255, 255, 255, 0]])],
    ['blocks that are longer than a page together', made([1, PAGE, [0]], [1, 1, [0]])],
  ])('%s', (_name, frame) => {
    expect(decode(frame)).toBe(-1);
  });
});
