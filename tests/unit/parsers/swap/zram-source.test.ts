import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { copySwapSlot } from '../../../../src/parsers/mm/swap-source.js';
import { attachZram } from '../../../../src/parsers/swap/zram-source.js';
import { MadeZram, NEW, PAGE } from './made-zram.js';

const SAME = 2 ** NEW.bit.same;

/** Areas 0 (no zram), 1 (on the disk) and none at 2; area 1 has slots 0 to 3 at page 8, and 4 to 9 at page 20. */
function made() {
  const disk = new MadeZram(NEW, ['lz4']);
  disk.types
    .struct('rb_root', { rb_node: 'ptr' })
    .struct('rb_node', { __rb_parent_color: 'u64', rb_right: 'ptr', rb_left: 'ptr' })
    .struct('swap_extent', { rb_node: 'rb_node', start_page: 'u64', nr_pages: 'u64', start_block: 'u64' })
    .struct('swap_info_struct', { bdev: 'ptr', swap_extent_root: 'rb_root' });
  const first = disk.make('swap_extent', { start_page: 0, nr_pages: 4, start_block: 8 });
  const second = disk.make('swap_extent', {
    start_page: 4,
    nr_pages: 6,
    start_block: 20,
    'rb_node.rb_left': first,
  });
  disk.set(first, 'swap_extent.rb_node.__rb_parent_color', second);
  const area = disk.make('swap_info_struct', { bdev: disk.device, 'swap_extent_root.rb_node': second });
  const other = disk.make('block_device', { bd_disk: disk.make('gendisk', { disk_name: 'vdc' }) });
  const areas = disk.alloc(32 * 8);
  disk.poke(areas, disk.make('swap_info_struct', { bdev: other }));
  disk.poke((areas + 8) as Kva, area);
  disk.symbol('swap_info', areas);
  return disk;
}

test('slots are found by the extents of a swap file, or the only one of a partition', () => {
  const disk = made();
  disk.put(9, 0x1111_1111_1111_1111n, SAME);
  disk.put(22, 0x2222_2222_2222_2222n, SAME);
  disk.put(23, 5, 2 ** NEW.bit.written);
  const kernel = disk.kernel();
  const page = new Uint8Array(PAGE);
  expect(copySwapSlot(kernel, { type: 1, offset: 1 }, page)).toBe(false);
  attachZram(kernel);
  expect(copySwapSlot(kernel, { type: 1, offset: 1 }, page)).toBe(true);
  expect(page[4095]).toBe(0x11);
  expect(copySwapSlot(kernel, { type: 1, offset: 6 }, page)).toBe(true);
  expect(page[0]).toBe(0x22);
  expect(copySwapSlot(kernel, { type: 1, offset: 10 }, page)).toBe(false);
  expect(copySwapSlot(kernel, { type: 0, offset: 1 }, page)).toBe(false);
  expect(copySwapSlot(kernel, { type: 2, offset: 1 }, page)).toBe(false);
  expect(copySwapSlot(kernel, { type: 31, offset: 1 }, page)).toBe(false);
  expect(kernel.faults.count).toBe(0);
  expect(copySwapSlot(kernel, { type: 1, offset: 7 }, page)).toBe(false);
  expect(kernel.faults.records).toMatchObject([{ kind: 'swapped', path: ['swap slot 1:7'] }]);
});

test('an area that cannot be read is a fault once, not for each of its pages', () => {
  const disk = made();
  disk.hole(disk.device);
  const kernel = disk.kernel();
  attachZram(kernel);
  const page = new Uint8Array(PAGE);
  for (let offset = 1; offset < 5; offset++)
    expect(copySwapSlot(kernel, { type: 1, offset }, page)).toBe(false);
  expect(kernel.faults.count).toBe(1);
});
