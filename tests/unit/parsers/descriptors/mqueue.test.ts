// A POSIX queue: what it is, and who is told of messages.
import { expect, test } from 'vitest';
import { readPosixQueue } from '../../../../src/parsers/descriptors/mqueue.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

function made() {
  const kernel = new SyntheticKernel();
  kernel.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('rb_node', { rb_left: 'ptr', rb_right: 'ptr' })
    .struct('posix_msg_tree_node', { rb_node: 'rb_node', msg_list: 'list_head', priority: 'i32' })
    .struct('upid', { nr: 'i32', ns: 'ptr' })
    .struct('pid', { level: 'u32', tasks: 'ptr[4]', numbers: 'upid[1]' })
    .struct('inode', {
      ...{ i_mode: 'u16', i_uid: 'u32', i_gid: 'u32', i_ino: 'u64' },
      ...{ i_sb_list: 'list_head', i_dentry: 'ptr' },
    })
    .struct('mq_attr', { mq_flags: 'u64', mq_maxmsg: 'u64', mq_msgsize: 'u64' })
    .struct('sigevent', { sigev_value: 'u64', sigev_signo: 'i32', sigev_notify: 'i32' })
    .struct('mqueue_inode_info', {
      ...{ lock: 'u32', vfs_inode: 'inode', msg_tree: 'ptr', attr: 'mq_attr' },
      ...{ notify: 'sigevent', notify_owner: 'ptr', qsize: 'u64' },
    });
  const queue = kernel.make('mqueue_inode_info', {
    ...{ 'vfs_inode.i_mode': 0o100640, 'vfs_inode.i_ino': 7, 'attr.mq_maxmsg': 4, 'attr.mq_msgsize': 100 },
    ...{ 'notify.sigev_value': 0x7ffc_dead_beef_0037n, 'notify.sigev_signo': 10, 'notify.sigev_notify': 0 },
  });
  const inode = (queue + (kernel.types.member('mqueue_inode_info.vfs_inode')?.offset ?? 0)) as typeof queue;
  return { kernel, queue, inode };
}

test('nobody is told, whoever was before', () => {
  const { kernel, inode } = made();
  const found = readPosixQueue(kernel.kernel(), inode);
  const plain = { name: null, inode: 7, mode: 0o640, maxMessages: 4, messageBytes: 100, messages: [] };
  expect(found).toMatchObject({ ...plain, notify: null });
});

test('a process is told by a signal, with a value of 64 bits', () => {
  const { kernel, queue, inode } = made();
  const pid = kernel.make('pid');
  kernel.poke((pid + (kernel.types.member('pid.numbers')?.offset ?? 0)) as typeof pid, 321, 4);
  kernel.set(queue, 'mqueue_inode_info.notify_owner', pid);
  const { notify } = readPosixQueue(kernel.kernel(), inode);
  expect(notify).toEqual({ pid: 321, kind: 0, signal: 10, value: '0x7ffcdeadbeef0037' });
});
