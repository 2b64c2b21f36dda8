import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copySwapSlot } from '../../../../src/parsers/mm/swap-source.js';
import { attachSwapFile } from '../../../../src/parsers/swap/swap-file.js';
import type { SwapArea } from '../../../../src/snapshot/swap.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const PAGE = 4096;
const area = (type: number, slots: number): SwapArea => ({
  address: '0xffff888000100000',
  type,
  path: `/dev/sd${type}`,
  kind: 'partition',
  device: 0,
  pages: slots - 1,
  used: 1,
  slots,
  priority: -2,
  flags: [],
  cached: 0,
  extents: [],
  zram: null,
});

describe('an image of a swap area', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'otherworld-swap-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** As mkswap makes it; each page is full of its own number. */
  function image(slots: number, pages = slots): string {
    const bytes = Buffer.alloc(pages * PAGE);
    for (let page = 1; page < pages; page++) bytes.fill(page, page * PAGE, (page + 1) * PAGE);
    bytes.writeUInt32LE(1, 1024);
    bytes.writeUInt32LE(slots - 1, 1028);
    bytes.write('SWAPSPACE2', PAGE - 10, 'latin1');
    const path = join(folder, 'swap.raw');
    writeFileSync(path, bytes);
    return path;
  }

  test('gives the pages of the area that is as long, and no others', () => {
    const kernel = new SyntheticKernel().kernel();
    const page = new Uint8Array(PAGE);
    expect(copySwapSlot(kernel, { type: 1, offset: 3 }, page)).toBe(false);
    const file = attachSwapFile(kernel, [area(0, 9), area(1, 8)], image(8));
    expect(copySwapSlot(kernel, { type: 1, offset: 3 }, page)).toBe(true);
    expect(page.every((byte) => byte === 3)).toBe(true);
    expect(copySwapSlot(kernel, { type: 0, offset: 3 }, page)).toBe(false);
    file.close();
  });

  test('that ends early gives what it has', () => {
    const kernel = new SyntheticKernel().kernel();
    const file = attachSwapFile(kernel, [area(0, 8)], image(8, 4));
    const page = new Uint8Array(PAGE);
    expect(copySwapSlot(kernel, { type: 0, offset: 3 }, page)).toBe(true);
    expect(copySwapSlot(kernel, { type: 0, offset: 5 }, page)).toBe(false);
    file.close();
  });

  test('is told by its type where two areas are of one length', () => {
    const kernel = new SyntheticKernel().kernel();
    const areas = [area(0, 8), area(1, 8)];
    const path = image(8);
    expect(() => attachSwapFile(kernel, areas, path)).toThrow('may be any of 2 swap areas');
    attachSwapFile(kernel, areas, `1=${path}`).close();
  });

  test('is refused where it is none, or of no area of the dump', () => {
    const kernel = new SyntheticKernel().kernel();
    const other = join(folder, 'other');
    writeFileSync(other, Buffer.alloc(2 * PAGE));
    expect(() => attachSwapFile(kernel, [area(0, 8)], other)).toThrow('is no swap area');
    expect(() => attachSwapFile(kernel, [area(0, 9)], image(8))).toThrow('no swap area of this dump');
  });
});
