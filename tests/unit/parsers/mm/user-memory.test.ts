import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { digestPages } from '../../../../src/parsers/mm/page-digests.js';
import { UserMemory } from '../../../../src/parsers/mm/user-memory.js';
import type { Vma } from '../../../../src/snapshot/mm.js';
import { MadeMm, PAGE_BYTES, vma } from './made-mm.js';

const BASE = 0x5555_5540_0000;
const SWAPPED = (~(9n << 9n) & 0x07ff_ffff_ffff_fe00n) | 0n;

class MadeUser extends MadeMm {
  /** A page of text, mapped at an address of the process. */
  write(address: number, text: string): number {
    const page = this.alloc(PAGE_BYTES, PAGE_BYTES);
    this.text(page, text);
    const pfn = this.phys(page) / PAGE_BYTES;
    this.map(address, pfn);
    return pfn;
  }

  open(vmas: readonly Vma[]): UserMemory {
    return new UserMemory(this.kernel(), this.mm(), vmas);
  }
}
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replaceAll('\0', '.');

describe('anonymous memory', () => {
  function made() {
    const user = new MadeUser();
    user.types.enum({ PG_anon_exclusive: 17 });
    user.write(BASE, `${'-'.repeat(PAGE_BYTES - 4)}abcd`);
    user.write(BASE + PAGE_BYTES, 'efgh');
    user.entry(BASE + 3 * PAGE_BYTES, SWAPPED);
    user.entry(BASE + 4 * PAGE_BYTES, (31n << 59n) | ((~4n & ((1n << 50n) - 1n)) << 9n));
    return user.open([vma(BASE, 8)]);
  }

  test('is read across pages', () => {
    expect(text(made().read(BASE + PAGE_BYTES - 4, 10))).toBe('abcdefgh..');
  });

  test('that was never touched is zeroes', () => {
    const memory = made();
    expect(memory.page(BASE + 2 * PAGE_BYTES)).toEqual({ kind: 'zero' });
    expect(memory.read(BASE + 2 * PAGE_BYTES, 4)).toEqual(new Uint8Array(4));
  });

  test('on swap, behind a guard, or nowhere: typed, and never thrown by peek', () => {
    const memory = made();
    const at = (page: number) => memory.page(BASE + page * PAGE_BYTES);
    expect(at(3)).toEqual({ kind: 'swapped', type: 0, offset: 9 });
    expect(at(4)).toEqual({ kind: 'absent', why: 'guard' });
    expect(at(8)).toEqual({ kind: 'absent', why: 'not mapped' });
    const { bytes, missing } = memory.peek(BASE + 2 * PAGE_BYTES, 3 * PAGE_BYTES);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(missing.map((one) => one.address)).toEqual([BASE + 3 * PAGE_BYTES, BASE + 4 * PAGE_BYTES]);
  });

  test('read and readUpTo tell what is missing, each in its way', () => {
    const memory = made();
    expect(() => memory.read(BASE + 3 * PAGE_BYTES, 1)).toThrow('on swap');
    expect(() => memory.read(BASE + 8 * PAGE_BYTES, 1)).toThrow('not mapped');
    expect(memory.readUpTo(BASE + 2 * PAGE_BYTES + 100, 2 * PAGE_BYTES).length).toBe(PAGE_BYTES - 100);
  });

  test('strings end at a NUL, or where memory does', () => {
    expect(made().cstr(BASE + PAGE_BYTES - 2)).toBe('cdefgh');
    expect(made().cstr(BASE + 3 * PAGE_BYTES)).toBe('');
  });

  test('has digests of the pages that are there', () => {
    expect([...digestPages(made())].map((one) => one.address)).toEqual([BASE, BASE + PAGE_BYTES]);
  });
});

test('a frame that the image lacks is missing, with a fault', () => {
  const user = new MadeUser();
  user.map(BASE, 0x7fff);
  const memory = user.open([vma(BASE, 1)]);
  expect(memory.peek(BASE, 4).missing).toHaveLength(1);
  expect(memory.kernel.faults.records.map((fault) => fault.kind)).toEqual(['hole']);
});

describe('a file that is mapped', () => {
  function made(shmem: boolean) {
    const user = new MadeUser();
    user.types
      .struct('xarray', { xa_lock: 'u32', xa_head: 'ptr' })
      .struct('xa_node', { shift: 'u8', offset: 'u8', parent: 'ptr', slots: 'ptr[64]' })
      .struct('super_block', { s_magic: 'u64' })
      .struct('inode', { i_blkbits: 'u8', i_sb: 'ptr' })
      .struct('address_space', { host: 'ptr', i_pages: 'xarray', a_ops: 'ptr' });
    const node = user.make('xa_node');
    const host = user.make('inode', { i_blkbits: 12 });
    const mapping = user.make('address_space', { host });
    user.set(mapping, 'address_space.i_pages.xa_head', node + 2);
    const page = user.alloc(PAGE_BYTES, PAGE_BYTES);
    user.text(page, 'cached');
    const cached = (user.memoryMap + (user.phys(page) / PAGE_BYTES) * 64) as Kva;
    user.set(cached, 'page.index', 5);
    user.set(node, 'xa_node.slots', cached, 5);
    // Swapped out: type 2, offset 77, as an XArray value.
    user.set(node, 'xa_node.slots', (((2n << 58n) | 77n) << 1n) | 1n, 6);
    const operations = shmem ? user.kernel().symbol('shmem_aops') : user.alloc(8);
    user.set(mapping, 'address_space.a_ops', operations);
    const file = user.make('file', { f_mapping: mapping });
    const hex: `0x${string}` = `0x${BigInt.asUintN(64, BigInt(file)).toString(16)}`;
    return user.open([vma(BASE, 4, { file: hex, anonymous: false, offset: 4 * PAGE_BYTES })]);
  }

  test('is read from the page cache', () => {
    expect(text(made(false).read(BASE + PAGE_BYTES, 8))).toBe('cached..');
  });

  test('is on disk where the cache does not have it; the shadow of a page is no page', () => {
    const memory = made(false);
    expect(memory.page(BASE)).toEqual({ kind: 'absent', why: 'on disk' });
    expect(memory.page(BASE + 2 * PAGE_BYTES)).toEqual({ kind: 'absent', why: 'on disk' });
  });

  test('on tmpfs is swapped, or zeroes', () => {
    const memory = made(true);
    expect(memory.page(BASE + 2 * PAGE_BYTES)).toEqual({ kind: 'swapped', type: 2, offset: 77 });
    expect(memory.page(BASE)).toEqual({ kind: 'zero' });
  });
});
