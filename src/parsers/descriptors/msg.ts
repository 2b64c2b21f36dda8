// System V message queues: struct msg_queue (ipc/msg.c).

import type { Kva } from '../../base/address.js';
import type { MessageQueue } from '../../snapshot/ipc.js';
import type { Kernel } from '../kernel/kernel.js';
import { pidNumber } from '../tasks/ids.js';
import { readMessages } from './ipc-message.js';
import { IPC, permissions, readObjects } from './ipc-object.js';

const QUEUE = {
  sent: 'q_stime',
  received: 'q_rtime',
  changed: 'q_ctime',
  bytes: 'q_cbytes',
  count: 'q_qnum',
  limit: 'q_qbytes',
  sender: 'q_lspid',
  receiver: 'q_lrpid',
  messages: 'q_messages',
} as const;

export function readMessageQueues(kernel: Kernel, namespace: Kva): readonly MessageQueue[] {
  return readObjects(kernel, namespace, IPC.msg, (queue) => readQueue(kernel, queue));
}

function readQueue(kernel: Kernel, queue: Kva): MessageQueue {
  const { mem } = kernel;
  const at = kernel.layout('msg_queue', QUEUE);
  return {
    ...permissions(kernel, queue),
    changed: mem.int(queue, at.changed),
    bytes: mem.nat(queue, at.bytes),
    limit: mem.nat(queue, at.limit),
    count: mem.nat(queue, at.count),
    lastSender: pidNumber(kernel, mem.ptr(queue, at.sender)),
    lastReceiver: pidNumber(kernel, mem.ptr(queue, at.receiver)),
    sent: mem.int(queue, at.sent),
    received: mem.int(queue, at.received),
    messages: readMessages(kernel, (queue + at.messages) as Kva),
  };
}
