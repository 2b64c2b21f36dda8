// Message queues of System V and POSIX (ipc/{msg,mqueue}.c).

import type { Hex } from '../../../base/address.js';
import type { IpcMessage, IpcNamespace, MessageQueue, PosixQueue } from '../../../snapshot/ipc.js';
import { MESSAGE_NOTIFY, type MessageNotification } from '../../abi/records/ipc.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { big } from '../numbers.js';
import type { Planning } from '../planning.js';
import { namespaceByInode } from '../tasks/namespaces.js';
import { bytesOf, missingBytes } from './contents.js';

const SIGEV = { signal: 0, none: 1 } as const;
const LAST_SIGNAL = 64;

/** Index of a POSIX queue in the plan, by its inode; null where the snapshot has none. */
export function planMessageQueue(planning: Planning, address: Hex): number | null {
  for (const namespace of planning.snapshot.ipc) {
    const queue = namespace.mqueue.find((each) => each.address === address);
    if (queue !== undefined) return planPosixQueue(planning, namespace, queue);
  }
  return null;
}

export function planPosixQueue(planning: Planning, { ns }: IpcNamespace, queue: PosixQueue): number {
  const { address, name, mode, uid, gid, maxMessages, messageBytes, messages } = queue;
  return planning.tables.messageQueue.ref(address, () => {
    const called = name ?? `queue ${queue.inode}`;
    warn(planning, called, messages);
    return {
      namespace: namespaceByInode(planning, ns),
      ...{ ipcId: 0, key: 0, mode, uid, gid, creatorUid: uid, creatorGid: gid },
      posix: 1,
      messageLimit: maxMessages,
      byteLimit: messageBytes,
      name: name ?? '',
      messages: messages.map(messageRow),
      ...{ lastSender: 0, lastReceiver: 0 },
      notification: notification(planning, called, queue),
    };
  });
}

export function planSystemVQueue(planning: Planning, { ns }: IpcNamespace, queue: MessageQueue): number {
  const { address, id, key, mode, uid, gid, creatorUid, creatorGid, limit, messages } = queue;
  const { lastSender, lastReceiver } = queue;
  return planning.tables.messageQueue.ref(address, () => {
    warn(planning, `message queue ${id}`, messages);
    return {
      namespace: namespaceByInode(planning, ns),
      ...{ ipcId: id, key, mode, uid, gid, creatorUid, creatorGid },
      ...{ posix: 0, messageLimit: 0, byteLimit: limit, name: '' },
      messages: messages.map(messageRow),
      ...{ lastSender, lastReceiver },
      notification: [],
    };
  });
}

function messageRow({ type, contents }: IpcMessage) {
  return { type: BigInt(type), contents: bytesOf(contents) };
}

/** Its signal and value are those of the last who asked for a signal, where this one did not. */
function notification(planning: Planning, name: string, { notify }: PosixQueue): MessageNotification[] {
  if (notify === null) return [];
  const process = planning.process(notify.pid);
  if (process !== null && notify.kind === SIGEV.none)
    return [{ process, notify: MESSAGE_NOTIFY.none, signal: 0, value: 0n }];
  const { signal } = notify;
  if (process !== null && notify.kind === SIGEV.signal && signal >= 0 && signal <= LAST_SIGNAL)
    return [{ process, notify: MESSAGE_NOTIFY.signal, signal, value: big(notify.value ?? '0x0') }];
  const reason = `${name}: process ${notify.pid} asked to be told of messages, and asks no more`;
  const about = { kind: REFUSED_KIND.none, object: null } as const;
  planning.refusals.add('mq_notify', { ...about, reason, processes: planning.indices([notify.pid]) });
  return [];
}

function warn(planning: Planning, name: string, messages: readonly IpcMessage[]): void {
  const missing = messages.reduce((sum, { contents }) => sum + missingBytes(contents), 0);
  const about = { kind: REFUSED_KIND.none, object: null } as const;
  if (missing > 0) {
    const reason = `${name}: ${missing} bytes of its messages could not be read`;
    planning.refusals.add('message_queue', { ...about, reason, processes: [] });
  }
}
