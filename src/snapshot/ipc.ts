// System V and POSIX interprocess communication as plain data: ipc/{shm,sem,msg,mqueue}.c.

import type { Hex } from '../base/address.js';
import type { Contents } from './bytes.js';
import type { Wide } from './number.js';

/** struct kern_ipc_perm: what all System V objects have. */
export interface IpcPermissions {
  /** The kernel's object. */
  readonly address: Hex;
  readonly id: number;
  /** Signed, as /proc/sysvipc prints it; 0 is IPC_PRIVATE. */
  readonly key: number;
  /** Permission bits; of shared memory 01000 (removed when the last one detaches) and 02000 (locked) too. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly creatorUid: number;
  readonly creatorGid: number;
  /** Time of the last change, in seconds of CLOCK_REALTIME, as all times here; 0 is never. */
  readonly changed: number;
}

export interface SharedMemory extends IpcPermissions {
  readonly bytes: Wide;
  readonly attachments: number;
  /** Thread groups that created it and that attached or detached it last. */
  readonly creatorPid: number;
  readonly lastPid: number;
  readonly attached: number;
  readonly detached: number;
  /** In pages of 4 KiB. */
  readonly residentPages: number;
  readonly swappedPages: number;
  /** struct inode of the file that holds its pages. */
  readonly inode: Hex | null;
}

export interface Semaphore {
  readonly value: number;
  /** Who changed it last; 0 for nobody. */
  readonly pid: number;
  /** Tasks that sleep until it rises, or until it is zero, on this semaphore alone. */
  readonly waitingToChange: number;
  readonly waitingForZero: number;
}

/** What the kernel will add to each semaphore when a process ends (SEM_UNDO). */
export interface SemaphoreUndo {
  /** struct sem_undo_list: the processes that share it have it as task_struct.sysvsem.undo_list. */
  readonly list: Hex;
  /** Thread groups that have that list. */
  readonly pids: readonly number[];
  readonly adjustments: readonly number[];
}

export interface SemaphoreSet extends IpcPermissions {
  readonly semaphores: readonly Semaphore[];
  /** Of the last semop(2). */
  readonly operated: number;
  /** Tasks that sleep in an operation on several semaphores at once. */
  readonly waiting: number;
  readonly undo: readonly SemaphoreUndo[];
}

export interface IpcMessage {
  /** System V: mtype. POSIX: priority. */
  readonly type: Wide;
  readonly contents: Contents;
}

export interface MessageQueue extends IpcPermissions {
  /** Bytes in the queue, and what fits in it. */
  readonly bytes: number;
  readonly limit: number;
  readonly count: number;
  readonly lastSender: number;
  readonly lastReceiver: number;
  readonly sent: number;
  readonly received: number;
  /** In the order of sending. */
  readonly messages: readonly IpcMessage[];
}

export interface MessageNotification {
  readonly pid: number;
  /** SIGEV_*; only SIGEV_SIGNAL (0) sets signal and value. */
  readonly kind: number;
  readonly signal: number;
  /** sigev_value, as a word. */
  readonly value: Hex;
}

export interface PosixQueue {
  /** struct inode. */
  readonly address: Hex;
  /** As mq_open(3) takes it, `/name`; null where it is unlinked. */
  readonly name: string | null;
  readonly inode: Wide;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly maxMessages: number;
  readonly messageBytes: number;
  /** Bytes in the queue. */
  readonly bytes: number;
  /** Who asked with mq_notify(3) to be told; null for nobody. */
  readonly notify: MessageNotification | null;
  /** In the order of mq_receive(3): highest priority first, oldest first among equals. */
  readonly messages: readonly IpcMessage[];
}

export interface IpcNamespace {
  readonly address: Hex;
  /** Inode of /proc/PID/ns/ipc. */
  readonly ns: number;
  readonly shm: readonly SharedMemory[];
  readonly sem: readonly SemaphoreSet[];
  readonly msg: readonly MessageQueue[];
  readonly mqueue: readonly PosixQueue[];
}
