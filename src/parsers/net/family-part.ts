// What a family adds to a socket: its addresses, its queues, and how many bytes wait in them (Recv-Q and Send-Q of ss).

import type { Kva } from '../../base/address.js';
import type { QueuedPacket, Socket } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { readInet } from './inet.js';
import { TCP } from './names.js';
import { readNetlink } from './netlink.js';
import { readPacket } from './packet.js';
import { datagramQueue, netlinkQueue, plainQueue, tcpQueue, unixQueue } from './queue.js';
import { SOCK, socketMemory } from './sock.js';
import { readTcp, tcpBacklog } from './tcp.js';
import { readUnix, unixBacklog } from './unix.js';
import { readVsock } from './vsock.js';

const UDP = { readerQueue: 'reader_queue', deficit: 'forward_deficit' } as const;
const IPPROTO = { tcp: 6, udp: 17, udplite: 136 } as const;
const SOCK_DGRAM = 2;

type Part = Pick<
  Socket,
  | 'receiveQueue'
  | 'backlog'
  | 'inet'
  | 'tcp'
  | 'unix'
  | 'netlink'
  | 'packet'
  | 'vsock'
  | 'timer'
  | 'receiveBytes'
  | 'sendBytes'
>;

export const NOTHING: Part = {
  receiveQueue: [],
  backlog: null,
  inet: null,
  tcp: null,
  unix: null,
  netlink: null,
  packet: null,
  vsock: null,
  timer: null,
  receiveBytes: 0,
  sendBytes: 0,
};

export interface Kind {
  readonly family: string;
  readonly type: number;
  readonly protocol: number;
  readonly state: number;
}

export function familyPart(kernel: Kernel, sock: Kva, kind: Kind): Part {
  switch (kind.family) {
    case 'unix':
      return unixPart(kernel, sock, kind);
    case 'inet':
    case 'inet6':
      return kind.protocol === IPPROTO.tcp && kind.type === 1
        ? tcpPart(kernel, sock, kind)
        : datagramPart(kernel, sock, kind);
    case 'netlink':
      return { ...memoryPart(kernel, sock, netlinkQueue), netlink: readNetlink(kernel, sock) };
    case 'packet':
      return { ...memoryPart(kernel, sock, plainQueue), packet: readPacket(kernel, sock) };
    case 'vsock':
      return { ...memoryPart(kernel, sock, plainQueue), vsock: readVsock(kernel, sock) };
    default:
      return memoryPart(kernel, sock, plainQueue);
  }
}

function queueOf(kernel: Kernel, sock: Kva): Kva {
  return (sock + kernel.layout('sock', SOCK).receiveQueue) as Kva;
}

type ReadQueue = (kernel: Kernel, queue: Kva) => QueuedPacket[];

/** Families that count memory, not bytes. */
function memoryPart(kernel: Kernel, sock: Kva, read: ReadQueue): Part {
  const memory = socketMemory(kernel, sock);
  const receiveQueue = kernel.faults.guard('receive queue', () => read(kernel, queueOf(kernel, sock)), []);
  return { ...NOTHING, receiveQueue, receiveBytes: memory.receive, sendBytes: memory.send };
}

function unixPart(kernel: Kernel, sock: Kva, { type, state }: Kind): Part {
  const unix = kernel.faults.guard('unix', () => readUnix(kernel, sock), null);
  if (state === TCP.listen) {
    const backlog = kernel.faults.guard('backlog', () => unixBacklog(kernel, sock), null);
    return { ...NOTHING, unix, backlog, receiveBytes: backlog?.length ?? 0, sendBytes: backlog?.limit ?? 0 };
  }
  const read = () => unixQueue(kernel, queueOf(kernel, sock), type === 1);
  const receiveQueue = kernel.faults.guard('receive queue', read, []);
  const { send } = socketMemory(kernel, sock);
  return { ...NOTHING, unix, receiveQueue, receiveBytes: unixBytes(receiveQueue, type), sendBytes: send };
}

/** unix_inq_len(): of datagrams only the first counts. */
function unixBytes(queue: readonly QueuedPacket[], type: number): number {
  const counted = type === SOCK_DGRAM ? queue.slice(0, 1) : queue;
  return counted.reduce((sum, { length }) => sum + length, 0);
}

function tcpPart(kernel: Kernel, sock: Kva, { state }: Kind): Part {
  const { faults } = kernel;
  const tcp = faults.guard('tcp_sock', () => readTcp(kernel, sock), null);
  const common = { ...NOTHING, inet: readInet(kernel, sock, true), tcp };
  if (state === TCP.listen) {
    const backlog = faults.guard('accept queue', () => tcpBacklog(kernel, sock), null);
    return { ...common, backlog, receiveBytes: backlog?.length ?? 0, sendBytes: backlog?.limit ?? 0 };
  }
  if (tcp === null) return common;
  const read = () => tcpQueue(kernel, queueOf(kernel, sock), tcp.copiedSeq);
  return {
    ...common,
    receiveQueue: faults.guard('receive queue', read, []),
    receiveBytes: Math.max(0, (tcp.rcvNxt - tcp.copiedSeq) | 0),
    sendBytes: (tcp.writeSeq - tcp.sndUna) >>> 0,
  };
}

/** UDP moves what it is about to deliver to a queue of the reader's, and gives its memory back late. */
function datagramPart(kernel: Kernel, sock: Kva, { protocol }: Kind): Part {
  const udp = protocol === IPPROTO.udp || protocol === IPPROTO.udplite;
  const part = memoryPart(kernel, sock, (of, queue) => datagramQueue(of, queue, udp));
  const inet = readInet(kernel, sock, true);
  if (!udp) return { ...part, inet };
  const at = kernel.layout('udp_sock', UDP);
  const first = () => datagramQueue(kernel, (sock + at.readerQueue) as Kva, true);
  const taken = kernel.faults.guard('reader queue', first, []);
  const receiveBytes = part.receiveBytes - kernel.mem.i32(sock, at.deficit);
  return { ...part, inet, receiveQueue: [...taken, ...part.receiveQueue], receiveBytes };
}
