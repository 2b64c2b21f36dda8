import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readAioContexts } from '../../../../src/parsers/descriptors/aio.js';
import { MadeDescriptors } from './made-descriptors.js';

const FRAMES = 1 << 16;

function made(era: 'ring_folios' | 'ring_pages', head: number, tail: number) {
  const kernel = new MadeDescriptors();
  kernel.types
    .struct('page', { flags: 'u64', compound_head: 'u64', mapping: 'ptr' }, 64)
    .struct('mm_struct', { ioctx_table: 'ptr' })
    .struct('kioctx', { dead: 'u32', user_id: 'u64', max_reqs: 'u32', nr_events: 'u32', [era]: 'ptr' })
    .struct('kioctx_table', { nr: '@16 u32', table: 'ptr[4]' })
    .struct('aio_ring', { id: 'u32', nr: 'u32', head: 'u32', tail: 'u32' });
  const map = kernel.alloc(FRAMES * 64, 4096);
  const [base, frames] = [kernel.alloc(8), kernel.alloc(8)];
  kernel.poke(base, map);
  kernel.poke(frames, FRAMES);
  kernel.symbol('vmemmap_base', base);
  kernel.symbol('max_pfn', frames);
  const ring = kernel.alloc(4096, 4096);
  kernel.set(ring, 'aio_ring.head', head);
  kernel.set(ring, 'aio_ring.tail', tail);
  const pages = kernel.alloc(8);
  kernel.poke(pages, map + (kernel.phys(ring) / 4096) * 64);
  const context = kernel.make('kioctx', {
    user_id: 0x7f00_0000_1000,
    max_reqs: 32,
    nr_events: 10,
    [era]: pages,
  });
  const table = kernel.make('kioctx_table', { nr: 4 });
  kernel.set(table, 'kioctx_table.table', context, 2);
  return { kernel, table, mm: kernel.make('mm_struct', { ioctx_table: table }) };
}

describe.each(['ring_folios', 'ring_pages'] as const)('contexts, %s', (era) => {
  test.each([
    [3, 3, 0],
    [3, 7, 4],
    [8, 2, 4],
    [900, 2, 0],
  ])('of a ring from %i to %i have %i unread', (head, tail, unread) => {
    const { kernel, mm } = made(era, head, tail);
    const found = readAioContexts(kernel.kernel(), mm);
    expect(found).toMatchObject([{ id: 0x7f00_0000_1000, requests: 32, slots: 10, unread }]);
    expect(kernel.faults.records).toEqual([]);
  });
});

test('none, and a table that cannot be', () => {
  const { kernel, mm, table } = made('ring_folios', 0, 0);
  expect(readAioContexts(kernel.kernel(), kernel.make('mm_struct') as Kva)).toEqual([]);
  kernel.set(table, 'kioctx_table.nr', 2 ** 31);
  expect(() => readAioContexts(kernel.kernel(), mm)).toThrow('2147483648 aio contexts');
});
