// POSIX message queues: inodes of the mqueue file system that each ipc namespace has mounted (ipc/mqueue.c).

import { type Kva, NULL } from '../../base/address.js';
import type { IpcMessage, PosixQueue } from '../../snapshot/ipc.js';
import { wide } from '../../snapshot/number.js';
import { dentryAlias } from '../fs/alias.js';
import { dentryName, isUnlinked } from '../fs/dentry.js';
import type { Kernel } from '../kernel/kernel.js';
import { pidNumber } from '../tasks/ids.js';
import { forEachListEntry } from '../walks/list.js';
import { forEachRbEntry } from '../walks/rbtree.js';
import { readMessages } from './ipc-message.js';

const NAMESPACE = { mount: 'mq_mnt' } as const;
const VFSMOUNT = { superBlock: 'mnt_sb' } as const;
const SUPER_BLOCK = { inodes: 's_inodes' } as const;
const INODE = {
  ofSuper: 'i_sb_list',
  number: 'i_ino',
  mode: 'i_mode',
  uid: 'i_uid',
  gid: 'i_gid',
  dentries: 'i_dentry',
} as const;
const QUEUE = {
  inode: 'vfs_inode',
  tree: 'msg_tree',
  maxMessages: 'attr.mq_maxmsg',
  messageBytes: 'attr.mq_msgsize',
  owner: 'notify_owner',
  signal: 'notify.sigev_signo',
  kind: 'notify.sigev_notify',
  value: 'notify.sigev_value',
  bytes: 'qsize',
} as const;
const LEAF = { node: 'rb_node', messages: 'msg_list', priority: 'priority' } as const;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const MAX_QUEUES = 1 << 20;

export function readPosixQueues(kernel: Kernel, namespace: Kva): readonly PosixQueue[] {
  const { mem } = kernel;
  const mount = mem.ptr(namespace, kernel.layout('ipc_namespace', NAMESPACE).mount);
  if (mount === NULL) return [];
  const block = mem.ptr(mount, kernel.layout('vfsmount', VFSMOUNT).superBlock);
  const { inodes } = kernel.layout('super_block', SUPER_BLOCK);
  const at = kernel.layout('inode', INODE);
  const found: PosixQueue[] = [];
  const take = (inode: Kva) => {
    if ((mem.u16(inode, at.mode) & S_IFMT) === S_IFREG) found.push(readPosixQueue(kernel, inode));
  };
  forEachListEntry(kernel, (block + inodes) as Kva, at.ofSuper, take, MAX_QUEUES);
  return found;
}

export function readPosixQueue(kernel: Kernel, inode: Kva): PosixQueue {
  const { mem, faults } = kernel;
  const of = kernel.layout('inode', INODE);
  const at = kernel.layout('mqueue_inode_info', QUEUE);
  const queue = (inode - at.inode) as Kva;
  const owner = mem.ptr(queue, at.owner);
  return {
    address: mem.hex(inode),
    name: faults.guard('name', () => nameOf(kernel, inode), null),
    inode: wide(mem.u64(inode, of.number)),
    mode: mem.u16(inode, of.mode) & 0o7777,
    uid: mem.u32(inode, of.uid),
    gid: mem.u32(inode, of.gid),
    maxMessages: mem.nat(queue, at.maxMessages),
    messageBytes: mem.nat(queue, at.messageBytes),
    bytes: mem.nat(queue, at.bytes),
    notify: owner === NULL ? null : readNotify(kernel, queue, owner),
    messages: readTree(kernel, queue),
  };
}

function readNotify(kernel: Kernel, queue: Kva, owner: Kva): PosixQueue['notify'] {
  const { mem } = kernel;
  const at = kernel.layout('mqueue_inode_info', QUEUE);
  return {
    pid: pidNumber(kernel, owner),
    kind: mem.i32(queue, at.kind),
    signal: mem.i32(queue, at.signal),
    value: `0x${mem.u64(queue, at.value).toString(16)}`,
  };
}

/** A leaf for each priority, the highest to the right. */
function readTree(kernel: Kernel, queue: Kva): IpcMessage[] {
  const at = kernel.layout('posix_msg_tree_node', LEAF);
  const leaves: IpcMessage[][] = [];
  const take = (leaf: Kva) => {
    const priority = kernel.mem.i32(leaf, at.priority);
    leaves.push(readMessages(kernel, (leaf + at.messages) as Kva, priority));
  };
  const { tree } = kernel.layout('mqueue_inode_info', QUEUE);
  forEachRbEntry(kernel, (queue + tree) as Kva, at.node, take, MAX_QUEUES);
  return leaves.reverse().flat();
}

function nameOf(kernel: Kernel, inode: Kva): string | null {
  const first = kernel.mem.ptr(inode, kernel.layout('inode', INODE).dentries);
  if (first === NULL) return null;
  const dentry = (first - kernel.trait(dentryAlias)(kernel)) as Kva;
  return isUnlinked(kernel, dentry) ? null : `/${dentryName(kernel, dentry)}`;
}
