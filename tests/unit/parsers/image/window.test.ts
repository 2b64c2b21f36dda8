import { describe, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { UsageError } from '../../../../src/base/error.js';
import { Fault } from '../../../../src/base/fault.js';
import { PhysicalMemory } from '../../../../src/parsers/image/physical-memory.js';
import { scanMemory } from '../../../../src/parsers/image/scan.js';
import { type Window, windowed } from '../../../../src/parsers/image/window.js';
import { SparseMemory } from '../../helpers/sparse-memory.js';

const PAGE = 4096;

/** Eight pages, each full of its number. */
function numbered(window: Window) {
  const memory = new SparseMemory(8 * PAGE);
  for (let page = 0; page < 8; page++) memory.write(page * PAGE, Buffer.alloc(PAGE, page + 1));
  return windowed(memory.image(), window);
}

/** Numbers of the pages that can be read whole. */
function readable(window: Window): number[] {
  const memory = new PhysicalMemory(numbered(window), { blockBytes: 2 * PAGE });
  return Array.from({ length: 8 }, (_, page) => page).filter((page) => {
    try {
      return memory.bytes(page * PAGE, PAGE).every((byte) => byte === page + 1);
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  });
}

const pages = (start: number, end: number) => ({ start: start * PAGE, end: end * PAGE });

describe('a window', () => {
  test('leaves the image as it is where nothing is asked', () => {
    const image = new SparseMemory(PAGE).image();
    expect(windowed(image, {})).toBe(image);
    expect(windowed(image, { without: [] })).toBe(image);
  });

  test('shows what is within, and what is not without', () => {
    expect(readable({ within: [pages(2, 4)] })).toEqual([2, 3]);
    expect(readable({ without: [pages(2, 4)] })).toEqual([0, 1, 4, 5, 6, 7]);
    expect(readable({ within: [pages(6, 99), pages(1, 3)], without: [pages(2, 7)] })).toEqual([1, 7]);
    expect(readable({ within: [pages(1, 4), pages(3, 6), pages(2, 2)] })).toEqual([1, 2, 3, 4, 5]);
  });

  test('says of its ranges what is left', () => {
    expect(numbered({ within: [pages(1, 3)], without: [pages(2, 9)] }).ranges).toEqual([pages(1, 2)]);
    expect(numbered({ without: [pages(3, 4)] }).ranges).toEqual([pages(0, 3), pages(4, 8)]);
    expect(numbered({ without: [pages(3, 4)] }).format).toBe('raw, in part');
  });

  test('ends a read at its edge, between pages too', () => {
    const image = numbered({ within: [{ start: 100, end: 5000 }] });
    const into = new Uint8Array(PAGE * 2);
    expect(image.read(200 as Phys, into)).toBe(4800);
    expect(image.read(50 as Phys, into)).toBe(0);
    expect(image.read(5000 as Phys, into)).toBe(0);
    expect(image.read(4990 as Phys, into.subarray(0, 10))).toBe(10);
  });

  test('is a typed fault where something outside is read', () => {
    const memory = new PhysicalMemory(numbered({ without: [pages(2, 4)] }), { blockBytes: PAGE });
    expect(() => memory.u32(3 * PAGE)).toThrow(
      expect.objectContaining({
        name: 'Fault',
        kind: 'hole',
        space: 'physical',
        detail: 'physical page lies outside the part of the image that may be read (--within, --without)',
      }),
    );
    // And none about the window where the image itself has nothing.
    expect(() => memory.u32(9 * PAGE)).toThrow('physical page is not in the image');
  });

  test('is searched as far as it goes', () => {
    const found = (window: Window) => [...scanMemory(numbered(window), Buffer.alloc(PAGE, 4))];
    expect(found({})).toEqual([3 * PAGE]);
    expect(found({ within: [pages(3, 4)] })).toEqual([3 * PAGE]);
    expect(found({ without: [pages(3, 4)] })).toEqual([]);
  });

  test('without anything in it is refused', () => {
    expect(() => numbered({ within: [pages(20, 30)] })).toThrow(UsageError);
    expect(() => numbered({ within: [] })).toThrow('nothing is left of it');
  });
});
