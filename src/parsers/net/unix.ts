// Unix sockets: struct unix_sock (include/net/af_unix.h, net/unix/af_unix.c).

import { type Kva, NULL } from '../../base/address.js';
import { textOfBytes } from '../../base/text.js';
import type { Backlog, PendingConnection, UnixDetail } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { pidNumber } from '../tasks/ids.js';
import { hexBytes } from './addresses.js';
import { forEachSkb, SKB } from './skb.js';
import { SOCK, socketInode } from './sock.js';

const UNIX = { address: 'addr', peer: 'peer' } as const;
const ADDRESS = { length: 'len', name: 'name' } as const;
/** sun_family. */
const FAMILY_BYTES = 2;
/** sizeof(struct sockaddr_un). */
const MAX_ADDRESS = 110;

type Name = Pick<UnixDetail, 'name' | 'nameBytes'>;
export const UNNAMED: Name = { name: null, nameBytes: null };

export function readUnix(kernel: Kernel, sock: Kva): UnixDetail {
  const { mem, faults } = kernel;
  const peer = mem.ptr(sock, kernel.layout('unix_sock', UNIX).peer);
  const pid = () => pidNumber(kernel, mem.ptr(sock, kernel.layout('sock', SOCK).peerPid));
  return {
    ...faults.guard('unix address', () => nameOf(kernel, sock), UNNAMED),
    peer: peer === NULL ? null : mem.hex(peer),
    peerInode:
      peer === NULL ? null : faults.guard('peer', () => kernel.trait(socketInode)(kernel, peer), null),
    peerPid: faults.guard('peer pid', pid, 0),
  };
}

/** A path ends at its NUL, which bind() has put there; an abstract name is as long as it was given. */
function nameOf(kernel: Kernel, sock: Kva): Name {
  const { mem } = kernel;
  const address = mem.ptr(sock, kernel.layout('unix_sock', UNIX).address);
  if (address === NULL) return UNNAMED;
  const at = kernel.layout('unix_address', ADDRESS);
  const length = mem.i32(address, at.length) - FAMILY_BYTES;
  if (length < 1 || length > MAX_ADDRESS) {
    throw mem.fault('corrupt', `a unix address of ${length} bytes`, address, at.length);
  }
  const bytes = mem.bytes(address, length, at.name + FAMILY_BYTES);
  const shown = bytes[0] === 0 ? bytes : bytes.subarray(0, length - 1);
  const name = textOfBytes(shown).replaceAll('\0', '@');
  return { name, nameBytes: hexBytes(bytes) };
}

/** Name of the socket that sent a packet. */
export function unixSender(kernel: Kernel, skb: Kva): Name {
  const sender = kernel.mem.ptr(skb, kernel.layout('sk_buff', SKB).sock);
  return sender === NULL ? UNNAMED : nameOf(kernel, sender);
}

/** Each packet in a listener's queue stands for a connection, whose socket owns it. */
export function unixBacklog(kernel: Kernel, sock: Kva): Backlog {
  const { mem } = kernel;
  const at = kernel.layout('sock', SOCK);
  const pending: PendingConnection[] = [];
  forEachSkb(kernel, (sock + at.receiveQueue) as Kva, (skb) => {
    const child = mem.ptr(skb, kernel.layout('sk_buff', SKB).sock);
    pending.push({ request: null, socket: mem.hex(child), peer: peerOf(kernel, child) });
  });
  return { length: pending.length, limit: mem.u32(sock, at.maxAckBacklog), pending };
}

function peerOf(kernel: Kernel, child: Kva): string {
  const { peer } = kernel.layout('unix_sock', UNIX);
  const client = kernel.mem.ptr(child, peer);
  if (client === NULL) return '?';
  return nameOf(kernel, client).name ?? `socket:[${kernel.trait(socketInode)(kernel, client)}]`;
}
