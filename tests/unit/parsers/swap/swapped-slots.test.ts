import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { SwappedSlots } from '../../../../src/parsers/swap/swapped-slots.js';
import { PAGE } from '../../../../src/snapshot/mm.js';
import { MadeMm } from '../mm/made-mm.js';

/** An area whose slots 2, 3 and 5 are in frames 300, 301 and 400, and whose slots 8 and 9 held zeroes. */
function made() {
  const kernel = new MadeMm();
  kernel.types
    .struct('page', { flags: 'u64', compound_head: 'u64', lru: 'u64', mapping: 'ptr', private: 'u64' }, 64)
    .struct('xarray', { xa_lock: 'u32', xa_head: 'ptr' })
    .struct('xa_node', { shift: 'u8', offset: 'u8', parent: 'ptr', slots: 'ptr[64]' })
    .struct('address_space', { host: 'ptr', i_pages: 'xarray' })
    .struct('swap_info_struct', { flags: 'u64', max: 'u32', zeromap: 'ptr' });
  const node = kernel.make('xa_node');
  for (const [slot, pfn] of [
    [2, 300],
    [3, 301],
    [5, 400],
  ] as const) {
    const page = (kernel.memoryMap + pfn * 64) as Kva;
    kernel.set(page, 'page.private', slot);
    kernel.set(node, 'xa_node.slots', page, slot);
  }
  const [spaces, table, map] = [kernel.make('address_space'), kernel.alloc(8), kernel.alloc(64)];
  kernel.set(spaces, 'address_space.i_pages.xa_head', node + 2);
  kernel.poke(table, spaces);
  kernel.symbol('swapper_spaces', table);
  kernel.poke((map + 1) as Kva, 0x03, 1);
  const areas = kernel.alloc(8);
  kernel.poke(areas, kernel.make('swap_info_struct', { max: 16, zeromap: map }));
  kernel.symbol('swap_info', areas);
  return kernel.kernel();
}

test('of the slots that runs refer to, those that are in memory, as runs', () => {
  const slots = new SwappedSlots(made());
  const run = (pfn: number, pages: number, flags: number) => ({ pfn, pages, flags, swapType: 0 });
  slots.add([run(8, 2, PAGE.swap), run(2, 3, PAGE.swap | PAGE.exclusive), run(5, 1, PAGE.present)]);
  slots.add([run(3, 1, PAGE.swap)]);
  expect(slots.inMemory()).toEqual([
    { type: 0, offset: 2, pages: 2, pfn: 300 },
    { type: 0, offset: 8, pages: 2, pfn: null },
  ]);
  slots.add([run(5, 1, PAGE.swap)]);
  expect(slots.inMemory()[1]).toEqual({ type: 0, offset: 5, pages: 1, pfn: 400 });
});

test('slots that the area cannot have are a fault, however many they are', () => {
  const kernel = made();
  const slots = new SwappedSlots(kernel);
  const run = (pfn: number, pages: number, swapType = 0) => ({ pfn, pages, flags: PAGE.swap, swapType });
  slots.add([run(2, 2 ** 40), run(2 ** 50, 2 ** 27), run(0, 2 ** 27), run(3, 1), run(1, 1, 7)]);
  expect(slots.inMemory()).toEqual([
    { type: 0, offset: 2, pages: 2, pfn: 300 },
    { type: 0, offset: 5, pages: 1, pfn: 400 },
    { type: 0, offset: 8, pages: 2, pfn: null },
  ]);
  const kinds = kernel.faults.records.map(({ kind, detail }) => `${kind}: ${detail}`);
  expect(kinds).toContain(`corrupt: slot ${2 ** 40 + 1} of an area of 16`);
});
