import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { epollInfo, readEpoll } from '../../../../src/parsers/descriptors/epoll.js';
import { MadeDescriptors } from './made-descriptors.js';

function made() {
  const kernel = new MadeDescriptors();
  kernel.types
    .struct('ffd', { file: 'ptr', fd: 'i32' })
    .struct('epoll_event', { events: 'u32', data: '@4 u64' }, 12)
    .struct('eventpoll', { rdllist: 'list_head', rbr: 'rb_root' })
    .struct('epitem', { rbn: 'rb_node', rdllink: 'list_head', ffd: 'ffd', event: '@64 epoll_event' }, 80);
  return kernel;
}

test('watches in the order of the tree, with what they wait for', () => {
  const kernel = made();
  const f_inode = kernel.inode(0x1f, (8 << 20) | 1);
  const item = (fd: number, events: number, data: bigint, offset = 0) =>
    kernel.make('epitem', {
      'ffd.file': kernel.make('file', { f_inode, f_pos: offset }),
      'ffd.fd': fd,
      'event.events': events,
      'event.data': data,
    });
  const [low, top, high] = [item(3, 0x19, 3n), item(12, 0x8000_0019, 2n ** 64n - 1n, -1), item(4, 0x1c, 0n)];
  kernel.set(top, 'epitem.rbn.rb_left', low);
  kernel.set(top, 'epitem.rbn.rb_right', high);
  const private_data = kernel.make('eventpoll', { 'rbr.rb_node': top });
  kernel.list(private_data, [(high + 24) as Kva]);
  const opened = kernel.open({ private_data });
  const detail = readEpoll(opened);
  expect([...epollInfo(detail)]).toEqual([
    'tfd:        3 events:       19 data:                3  pos:0 ino:1f sdev:800001',
    'tfd:       12 events: 80000019 data: ffffffffffffffff  pos:-1 ino:1f sdev:800001',
    'tfd:        4 events:       1c data:                0  pos:0 ino:1f sdev:800001',
  ]);
  expect(detail.watches.map(({ ready }) => ready)).toEqual([false, false, true]);
  expect(opened.kernel.faults.records).toEqual([]);
});

test('a watch on a file that is gone costs itself', () => {
  const kernel = made();
  const item = kernel.make('epitem', { 'ffd.file': 0x1234, 'ffd.fd': 3 });
  const private_data = kernel.make('eventpoll', { 'rbr.rb_node': item });
  const opened = kernel.open({ private_data });
  expect(readEpoll(opened).watches).toEqual([]);
  expect(opened.kernel.faults.count).toBe(1);
});
