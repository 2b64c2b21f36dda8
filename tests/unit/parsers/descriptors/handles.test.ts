import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import {
  pidfdInfo,
  readMemfd,
  readPidfd,
  readUserfaultfd,
  userfaultfdInfo,
} from '../../../../src/parsers/descriptors/handles.js';
import { MadeDescriptors } from './made-descriptors.js';

function pidfd(place: 'file' | 'inode', level: number, isGone = false) {
  const made = new MadeDescriptors();
  made.types
    .struct('upid', { nr: 'i32', ns: 'ptr' })
    .struct('pid', { level: 'u32', tasks: 'hlist_head[4]', numbers: 'upid[3]' });
  const pid = made.make('pid', { level });
  for (let i = 0; i <= level; i++) made.poke((pid + 40 + i * 16) as Kva, 700 + i, 4);
  if (!isGone) made.set(pid, 'pid.tasks', made.alloc(64));
  const f_inode = made.inode(1, 1);
  if (place === 'inode') made.set(f_inode, 'inode.i_private', pid);
  const fsType = place === 'inode' ? 'pidfs' : 'anon_inodefs';
  const values = { f_inode, private_data: place === 'file' ? pid : 0 };
  return [...pidfdInfo(readPidfd(made.open(values, { fsType })))];
}

test('a pidfd with its struct pid in the file, or in an inode of its own', () => {
  expect(pidfd('file', 0)).toEqual(['Pid:\t700', 'NSpid:\t700']);
  expect(pidfd('inode', 2)).toEqual(['Pid:\t700', 'NSpid:\t700\t701\t702']);
});

test('a pidfd of a process that is gone', () => {
  expect(pidfd('inode', 1, true)).toEqual(['Pid:\t-1', 'NSpid:\t-1']);
});

test.each([
  [[], '800000000000005f'],
  [['uffdio_continue'], '80000000000000df'],
  [['uffdio_continue', 'uffdio_poison', 'uffdio_move'], '80000000000001ff'],
])('userfaultfd with the operations of a kernel that has %j too', (later, operations) => {
  const made = new MadeDescriptors();
  made.types
    .struct('head', { lock: 'u64', head: 'list_head' })
    .struct('userfaultfd_ctx', { fault_pending_wqh: 'head', fault_wqh: 'head', features: 'u32' });
  for (const name of ['uffdio_range', 'uffdio_copy', 'uffdio_zeropage', 'uffdio_writeprotect', ...later])
    made.types.struct(name, { start: 'u64' });
  const private_data = made.make('userfaultfd_ctx', { features: 0x8000_0000 });
  made.list((private_data + 8) as Kva, [made.make('list_head')]);
  made.list((private_data + 32) as Kva, [made.make('list_head'), made.make('list_head')]);
  const opened = made.open({ private_data });
  expect([...userfaultfdInfo(opened, readUserfaultfd(opened))]).toEqual([
    'pending:\t1',
    'total:\t3',
    `API:\taa:80000000:${operations}`,
  ]);
});

test('a memfd is told by its path; other files of tmpfs are none', () => {
  const made = new MadeDescriptors();
  made.types.struct('shmem_inode_info', { lock: 'u32', seals: 'u32', vfs_inode: 'inode' });
  const info = made.make('shmem_inode_info', { seals: 6 });
  const open = (path: string) => readMemfd(made.open({ f_inode: info + 8 }, { path, fsType: 'tmpfs' }));
  expect(open('/memfd:a (deleted) b (deleted)')).toMatchObject({
    name: 'a (deleted) b',
    seals: 6,
    huge: false,
  });
  expect(open('/dev/shm/file')).toBeNull();
});
