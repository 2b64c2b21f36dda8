import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { pageCachePage } from '../../../../src/parsers/fs/page-cache.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const PAGE_BYTES = 64;

/** A mapping with a one-level xarray: `slots` by index, of pointers or of values (odd). */
function made(options: { folios: boolean; operations: string; slots: Readonly<Record<number, bigint>> }) {
  const kernel = new SyntheticKernel();
  kernel.types
    .struct('xarray', { xa_flags: 'u64', xa_head: 'ptr' })
    .struct('xa_node', { shift: 'u8', offset: 'u8', count: 'u8', parent: 'ptr', slots: 'u64[64]' })
    .struct('inode', { i_blkbits: 'u8' })
    .struct('page', { flags: 'u64', lru: 'u64', mapping: 'u64', index: 'u64' }, PAGE_BYTES)
    .struct('address_space', { host: 'ptr', i_pages: 'xarray', a_ops: 'ptr' });
  if (options.folios) kernel.types.struct('folio', { flags: 'u64', index: 'u64' }, PAGE_BYTES);
  const operations = kernel.alloc(8);
  kernel.symbol(options.operations, operations);
  const node = kernel.make('xa_node', { shift: 0 });
  for (const [slot, entry] of Object.entries(options.slots)) {
    kernel.set(node, 'xa_node.slots', entry, Number(slot));
  }
  const host = kernel.make('inode', { i_blkbits: 21 });
  const mapping = kernel.make('address_space', { host, 'i_pages.xa_head': node + 2, a_ops: operations });
  return { kernel, mapping, node };
}

function setSlot(kernel: SyntheticKernel, node: Kva, slot: number, entry: number): void {
  kernel.set(node, 'xa_node.slots', entry, slot);
}

describe('pageCachePage', () => {
  test.each([true, false])('finds the page within a folio (struct folio: %s)', (folios) => {
    const { kernel, mapping, node } = made({ folios, operations: 'ext4_aops', slots: {} });
    const first = kernel.make('page');
    kernel.set(first, folios ? 'folio.index' : 'page.index', 8);
    // sibling entries since 5.17, the same pointer in every slot before
    for (let i = 8; i < 12; i++) setSlot(kernel, node, i, folios && i > 8 ? 8 * 4 + 2 : first);
    const opened = kernel.kernel();
    expect(pageCachePage(opened, mapping, 8)).toEqual({ kind: 'page', page: first });
    expect(pageCachePage(opened, mapping, 10)).toEqual({ kind: 'page', page: first + 2 * PAGE_BYTES });
    expect(pageCachePage(opened, mapping, 12)).toEqual({ kind: 'absent' });
    expect(pageCachePage(opened, mapping, 64)).toEqual({ kind: 'absent' });
  });

  test('a value is a swap entry in tmpfs, and the shadow of a page elsewhere', () => {
    const value = ((3n << 58n) | 0x1234n) * 2n + 1n;
    const shmem = made({ folios: true, operations: 'shmem_aops', slots: { 5: value } });
    expect(pageCachePage(shmem.kernel.kernel(), shmem.mapping, 5)).toEqual({
      kind: 'swapped',
      device: 3,
      offset: 0x1234,
    });
    const other = made({ folios: true, operations: 'ext4_aops', slots: { 5: value } });
    expect(pageCachePage(other.kernel.kernel(), other.mapping, 5)).toEqual({ kind: 'absent' });
  });

  test('a torn node of values for millions of pages each is a fault for each, and no map of them', () => {
    const value = 0x1234n * 2n + 1n;
    const slots = Object.fromEntries(Array.from({ length: 64 }, (_, slot) => [slot, value]));
    const { kernel, mapping, node } = made({ folios: true, operations: 'shmem_aops', slots });
    kernel.set(node, 'xa_node.shift', 40);
    const dead = kernel.kernel();
    expect(pageCachePage(dead, mapping, 5)).toEqual({ kind: 'absent' });
    expect(dead.faults.count).toBe(64);
    expect(dead.faults.records[0]).toMatchObject({
      kind: 'corrupt',
      detail: expect.stringContaining('2^40'),
    });
  });

  test('hugetlb files of older kernels count in huge pages', () => {
    const { kernel, mapping, node } = made({ folios: true, operations: 'hugetlbfs_aops', slots: {} });
    kernel.symbol('hugetlb_basepage_index', kernel.alloc(8));
    const first = kernel.make('page');
    kernel.set(first, 'folio.index', 1);
    setSlot(kernel, node, 1, first);
    const page = pageCachePage(kernel.kernel(), mapping, 512 + 7);
    expect(page).toEqual({ kind: 'page', page: first + 7 * PAGE_BYTES });
  });

  test('a page that says it is of another index is a fault', () => {
    const { kernel, mapping, node } = made({ folios: true, operations: 'ext4_aops', slots: {} });
    const page = kernel.make('page');
    kernel.set(page, 'folio.index', 999_999);
    setSlot(kernel, node, 1, page);
    expect(() => pageCachePage(kernel.kernel(), mapping, 1)).toThrow(/not for it/);
  });
});
