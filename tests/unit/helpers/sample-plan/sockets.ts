// Sockets and IPC of the sample plan.

import { MESSAGE_NOTIFY } from '../../../../src/resurrect/abi/records/ipc.js';
import type { PlanObjects } from '../../../../src/resurrect/abi/records/plan.js';
import {
  SOCKET_FLAG,
  SOCKET_STATE,
  type Socket,
  type Tcp,
} from '../../../../src/resurrect/abi/records/sockets.js';

const NONE = new Uint8Array(0);

/** sockaddr_in of the loopback address. */
export function loopback(port: number): Uint8Array {
  return Uint8Array.of(2, 0, port >> 8, port & 0xff, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
}

const SOCKET: Socket = {
  inode: 60n,
  family: 1,
  type: 1,
  protocol: 0,
  state: SOCKET_STATE.connected,
  flags: 0,
  local: NONE,
  remote: NONE,
  peer: 1,
  backlog: 0,
  peerPid: 100,
  namespace: 0,
  receiveLimit: 212_992,
  sendLimit: 212_992,
  receiveLow: 1,
  priority: 0,
  mark: 0,
  boundDevice: 0,
  receiveTimeout: 0n,
  sendTimeout: 0n,
  linger: 0,
  uid: 0,
  queue: [{ contents: Buffer.from('hello'), from: NONE, files: [{ file: 5 }], pid: 100, uid: 0, gid: 0 }],
  pending: [],
  groups: [],
  tcp: [],
};

const TCP: Tcp = {
  state: 1,
  sndUna: 0xffff_fff0,
  sndNxt: 0xffff_fff5,
  writeSeq: 0xffff_fff5,
  rcvNxt: 500,
  copiedSeq: 500,
  sndWnd: 65_535,
  sndWl1: 500,
  rcvWnd: 65_535,
  rcvWup: 500,
  maxWindow: 65_535,
  mssClamp: 65_483,
  sndWscale: 7,
  rcvWscale: 7,
  options: 7,
  tsRecent: 1,
  tsValue: 2,
  keepaliveTime: 0,
  keepaliveInterval: 0,
  keepaliveProbes: 0,
  userTimeout: 0,
  deferAccept: 0,
  fastOpen: 0,
  congestion: 'cubic',
  unacknowledged: Buffer.from('12345'),
  unsent: NONE,
  unread: NONE,
};

const INET = { ...SOCKET, family: 2, protocol: 6, peer: null, peerPid: 0, queue: [] };

export const SOCKET_OBJECTS = {
  socket: [
    SOCKET,
    { ...SOCKET, inode: 61n, peer: 0, queue: [] },
    {
      ...INET,
      inode: 62n,
      state: SOCKET_STATE.listening,
      backlog: 128,
      local: loopback(80),
      pending: [{ socket: 5, remote: loopback(4001) }],
    },
    { ...INET, inode: 63n, local: loopback(80), remote: loopback(4000), tcp: [TCP] },
    {
      ...INET,
      inode: 64n,
      local: loopback(4000),
      remote: loopback(80),
      tcp: [
        {
          ...TCP,
          sndUna: 500,
          sndNxt: 500,
          writeSeq: 500,
          rcvNxt: 0xffff_fff2,
          copiedSeq: 0xffff_fff0,
          unacknowledged: NONE,
          unread: Buffer.from('12'),
        },
      ],
    },
    {
      ...INET,
      inode: 0n,
      flags: SOCKET_FLAG.embryo,
      local: loopback(80),
      remote: loopback(4001),
      tcp: [{ ...TCP, sndNxt: 0xffff_fff0, writeSeq: 0xffff_fff0, unacknowledged: NONE }],
    },
  ],
} as const satisfies Partial<PlanObjects>;

const PERMISSIONS = { namespace: 1, mode: 0o600, uid: 0, gid: 0, creatorUid: 0, creatorGid: 0 };
const QUEUE = {
  ...PERMISSIONS,
  ipcId: 0,
  key: 67,
  posix: 0,
  messageLimit: 0,
  byteLimit: 16_384,
  name: '',
  ...{ lastSender: 0, lastReceiver: 0 },
  notification: [],
};

export const IPC_OBJECTS = {
  shmSegment: [{ ...PERMISSIONS, ipcId: 0, key: 66, memory: 1, creatorPid: 100, bytes: 0x2000 }],
  semaphoreSet: [
    {
      ...PERMISSIONS,
      ipcId: 0,
      key: 66,
      semaphores: [
        { value: 1, pid: 100 },
        { value: 0, pid: 101 },
      ],
      undo: [{ process: 0, adjustments: Uint8Array.of(1, 0, 0, 0) }],
    },
  ],
  messageQueue: [
    { ...QUEUE, lastSender: 100, lastReceiver: 101, messages: [{ type: 5n, contents: Buffer.from('sysv') }] },
    {
      ...QUEUE,
      key: 0,
      posix: 1,
      messageLimit: 1,
      byteLimit: 16,
      name: '/q',
      messages: [{ type: 0n, contents: Buffer.from('posix') }],
      notification: [{ process: 0, notify: MESSAGE_NOTIFY.signal, signal: 10, value: 0x37n }],
    },
    { ...QUEUE, ipcId: 1, key: 68, messages: [] },
  ],
} as const satisfies Partial<PlanObjects>;
