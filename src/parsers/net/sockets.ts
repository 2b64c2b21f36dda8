// Every socket there is: those in the hash tables of each protocol, and those that only a descriptor leads to. What is
// bound or connected must be in its table; where it is not, the table is damaged, and that is recorded.

import { type Kva, NULL } from '../../base/address.js';
import type { Socket } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { Met } from '../walks/met.js';
import { pingSockets, rawSockets, tcpSockets, udpSockets } from './inet-tables.js';
import { netlinkSockets, packetSockets, unixSockets } from './other-tables.js';
import type { SocketPlace } from './places.js';
import { type Found, readSocket } from './read-socket.js';
import { sockOfInode } from './sock.js';

const TABLES: readonly (readonly [string, (kernel: Kernel) => SocketPlace[]])[] = [
  ['TCP tables', tcpSockets],
  ['UDP tables', udpSockets],
  ['raw tables', rawSockets],
  ['ping table', pingSockets],
  ['unix tables', unixSockets],
  ['netlink tables', netlinkSockets],
  ['packet lists', packetSockets],
];
/** States of TCP in which a socket may be in no table: closed, or connecting but not yet hashed. */
const UNHASHED = new Set(['close', 'syn-sent', 'bound-inactive']);
const ONLY_BY_DESCRIPTOR: Found = { table: null, slot: 0 };

/** `inodes` are those of sockfs that descriptors refer to. In the order of the tables, then of the inodes. */
export function readSockets(kernel: Kernel, inodes: Iterable<Kva>): Socket[] {
  const met = new Met(kernel, 'sockets');
  const places: SocketPlace[] = [];
  for (const [name, walk] of TABLES) {
    const take = () => {
      for (const place of walk(kernel)) if (met.add(place.sock)) places.push(place);
    };
    kernel.faults.guard(name, take, undefined);
  }
  const sockets = places.flatMap(({ sock, table, slot }) => socketAt(kernel, sock, { table, slot }));
  for (const inode of inodes) {
    const take = () => {
      const sock = sockOfInode(kernel, inode);
      if (sock !== NULL && met.add(sock)) sockets.push(...missed(kernel, sock));
    };
    kernel.faults.guard('socket of a descriptor', take, undefined);
  }
  return sockets;
}

function socketAt(kernel: Kernel, sock: Kva, found: Found): Socket[] {
  const name = `socket ${kernel.mem.hex(sock)}`;
  return kernel.faults.guard(name, () => [readSocket(kernel, sock, found)], []);
}

function missed(kernel: Kernel, sock: Kva): Socket[] {
  const found = socketAt(kernel, sock, ONLY_BY_DESCRIPTOR);
  if (found.some(belongsInTable)) {
    kernel.faults.add(kernel.mem.fault('corrupt', 'socket is open, but in no table of its protocol', sock));
  }
  return found;
}

function belongsInTable({ family, state, inet, tcp }: Socket): boolean {
  if (family === 'unix' || family === 'packet') return true;
  return tcp === null ? inet !== null && inet.localPort !== 0 : !UNHASHED.has(state);
}
