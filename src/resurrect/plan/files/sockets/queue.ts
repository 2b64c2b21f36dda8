// What a socket has received and nobody has read. The bytes of TCP are with its sequence numbers instead.

import type { Socket } from '../../../../snapshot/socket.js';
import type { Packet } from '../../../abi/records/sockets.js';
import type { Planning } from '../../planning.js';
import { base64Bytes, hexBytes } from '../contents.js';
import type { Open } from './context.js';
import { NO_ADDRESS, netlinkAddress, parseInet, unixAddress } from './sockaddr.js';

const NOBODY = { pid: 0, uid: 0, gid: 0 } as const;

export interface PlannedQueue {
  readonly packets: readonly Packet[];
  /** Packets whose bytes, and descriptors on their way which, could not be read. */
  readonly unread: number;
  readonly lost: readonly string[];
}

export function planQueue(planning: Planning, socket: Socket, open: Open): PlannedQueue {
  const passed = socket.receiveQueue.flatMap(({ files }) => files);
  const packets = socket.receiveQueue.map(({ data, from, fromBytes, files, credentials }) => ({
    contents: data === null ? NO_ADDRESS : base64Bytes(data),
    from: fromBytes === null ? sender(socket.family, from) : unixAddress(hexBytes(fromBytes)),
    files: files.map(({ address }) => ({ file: planning.index.files.has(address) ? open(address) : null })),
    ...(credentials ?? NOBODY),
  }));
  return {
    packets,
    unread: socket.receiveQueue.filter(({ data }) => data === null).length,
    lost: passed.filter(({ address }) => !planning.index.files.has(address)).map(({ path }) => path),
  };
}

function sender(family: string, from: string | null): Uint8Array {
  if (from === null) return NO_ADDRESS;
  if (family === 'netlink') return netlinkAddress(Number(/^port (\d+)$/.exec(from)?.[1] ?? 0));
  return parseInet(from) ?? NO_ADDRESS;
}
