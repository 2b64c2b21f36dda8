import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { isZeroSlot, slotOf, swapCache } from '../../../../src/parsers/mm/swap-cache.js';
import { MadeMm } from './made-mm.js';

const PFN = 300;
const SLOT = { type: 1, offset: 20_005 };

function made() {
  const kernel = new MadeMm();
  kernel.types
    .struct('page', { flags: 'u64', compound_head: 'u64', lru: 'u64', mapping: 'ptr', private: 'u64' }, 64)
    .struct('xarray', { xa_lock: 'u32', xa_head: 'ptr' })
    .struct('xa_node', { shift: 'u8', offset: 'u8', parent: 'ptr', slots: 'ptr[64]' })
    .struct('address_space', { host: 'ptr', i_pages: 'xarray' });
  return kernel;
}

const page = (kernel: MadeMm, pfn: number) => (kernel.memoryMap + pfn * 64) as Kva;
const look = (kernel: MadeMm, slot = SLOT) => {
  const dead = kernel.kernel();
  return dead.trait(swapCache)(dead, slot);
};

/** An XArray with one entry. */
function fill(kernel: MadeMm, space: Kva, index: number, entry: Kva): void {
  let node = kernel.make('xa_node');
  kernel.set(node, 'xa_node.slots', entry, index % 64);
  for (let [shift, rest] = [6, Math.floor(index / 64)]; rest > 0; shift += 6, rest = Math.floor(rest / 64)) {
    const above = kernel.make('xa_node', { shift });
    kernel.set(above, 'xa_node.slots', node + 2, rest % 64);
    kernel.set(node, 'xa_node.offset', rest % 64);
    kernel.set(node, 'xa_node.parent', above);
    node = above;
  }
  kernel.set(space, 'address_space.i_pages.xa_head', node + 2);
}

test.each([
  ['from the start of the device', 20_005],
  ['from the start of its address space', 20_005 - 16_384],
])('address spaces, indexed %s', (_how, index) => {
  const kernel = made();
  const size = kernel.types.sizeOf('address_space') ?? 0;
  const spaces = kernel.alloc(2 * size);
  fill(kernel, (spaces + size) as Kva, index, page(kernel, PFN));
  const table = kernel.alloc(16);
  kernel.poke((table + 8) as Kva, spaces);
  kernel.symbol('swapper_spaces', table);
  expect(look(kernel)).toBe(PFN);
  expect(look(kernel, { type: 1, offset: 16_400 })).toBeUndefined();
});

test.each([
  [
    'frame numbers',
    (kernel: MadeMm) => (3n << 59n) | ((BigInt(page(kernel, PFN) - kernel.memoryMap) / 64n) << 2n) | 2n,
  ],
  ['addresses of folios', (kernel: MadeMm) => BigInt(page(kernel, PFN))],
])('swap tables with %s', (_name, entry) => {
  const kernel = made();
  kernel.types
    .struct('swap_cluster_info', { lock: 'u32', count: 'u16', table: 'ptr' })
    .struct('swap_info_struct', { flags: 'u64', cluster_info: 'ptr' });
  const size = kernel.types.sizeOf('swap_cluster_info') ?? 0;
  const clusters = kernel.alloc(64 * size);
  const table = kernel.alloc(4096);
  kernel.set((clusters + Math.floor(SLOT.offset / 512) * size) as Kva, 'swap_cluster_info.table', table);
  kernel.poke((table + (SLOT.offset % 512) * 8) as Kva, entry(kernel));
  // A shadow of a page that is gone.
  kernel.poke((table + ((SLOT.offset + 1) % 512) * 8) as Kva, 0x1235);
  const devices = kernel.alloc(16);
  kernel.poke((devices + 8) as Kva, kernel.make('swap_info_struct', { cluster_info: clusters }));
  kernel.symbol('swap_info', devices);
  expect(look(kernel)).toBe(PFN);
  expect(look(kernel, { type: 1, offset: SLOT.offset + 1 })).toBeUndefined();
  expect(look(kernel, { type: 1, offset: SLOT.offset + 2 })).toBeUndefined();
  expect(look(kernel, { type: 1, offset: 5 })).toBeUndefined();
});

test('a slot within a large folio', () => {
  const kernel = made();
  const spaces = kernel.alloc((kernel.types.sizeOf('address_space') ?? 0) * 2);
  fill(kernel, spaces, 70, page(kernel, 512));
  kernel.set(page(kernel, 512), 'page.private', (1n << 58n) | 64n);
  const table = kernel.alloc(16);
  kernel.poke((table + 8) as Kva, spaces);
  kernel.symbol('swapper_spaces', table);
  expect(look(kernel, { type: 1, offset: 70 })).toBe(512 + 6);
});

test('a page of zeroes that was never written to the device', () => {
  const kernel = made();
  kernel.types.struct('swap_info_struct', { flags: 'u64', zeromap: 'ptr' });
  const map = kernel.alloc(64);
  kernel.poke((map + 2) as Kva, 0x08, 1);
  const devices = kernel.alloc(16);
  kernel.poke(devices, kernel.make('swap_info_struct', { zeromap: map }));
  kernel.symbol('swap_info', devices);
  const dead = kernel.kernel();
  expect([18, 19, 20].map((offset) => isZeroSlot(dead, { type: 0, offset }))).toEqual([false, true, false]);
});

test('swp_entry_t', () => {
  expect(slotOf((5n << 58n) | 0x1_0000_0001n)).toEqual({ type: 5, offset: 0x1_0000_0001 });
});

test('slots of zeroes by the flag in the swap table', () => {
  const kernel = made();
  kernel.types
    .struct('swap_cluster_info', { lock: 'u32', count: 'u16', table: 'ptr', memcg_table: 'ptr' })
    .struct('swap_info_struct', { flags: 'u64', cluster_info: 'ptr' });
  const table = kernel.alloc(4096);
  kernel.poke((table + 8) as Kva, (1n << 60n) | (1n << 59n) | 1n);
  kernel.poke((table + 16) as Kva, (1n << 60n) | 1n);
  kernel.poke((table + 24) as Kva, -8n);
  const clusters = kernel.make('swap_cluster_info', { table });
  const devices = kernel.alloc(8);
  kernel.poke(devices, kernel.make('swap_info_struct', { cluster_info: clusters }));
  kernel.symbol('swap_info', devices);
  const dead = kernel.kernel();
  expect([0, 1, 2, 3].map((offset) => isZeroSlot(dead, { type: 0, offset }))).toEqual([
    false,
    true,
    false,
    false,
  ]);
});
