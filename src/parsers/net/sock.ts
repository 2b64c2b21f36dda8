// What all sockets have: struct sock with its sock_common (include/net/sock.h), and the struct socket and inode that a
// descriptor refers to (net/socket.c).

import { type Kva, NULL } from '../../base/address.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { SocketMemory } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';

export const COMMON = {
  family: '__sk_common.skc_family',
  state: '__sk_common.skc_state',
  net: '__sk_common.skc_net',
  prot: '__sk_common.skc_prot',
  references: '__sk_common.skc_refcnt',
  num: '__sk_common.skc_num',
  dport: '__sk_common.skc_dport',
  daddr: '__sk_common.skc_daddr',
  saddr: '__sk_common.skc_rcv_saddr',
  daddr6: '__sk_common.skc_v6_daddr?',
  saddr6: '__sk_common.skc_v6_rcv_saddr?',
  device: '__sk_common.skc_bound_dev_if',
} as const;
export const SOCK = {
  type: 'sk_type',
  protocol: 'sk_protocol',
  socket: 'sk_socket',
  uid: 'sk_uid',
  receiveQueue: 'sk_receive_queue',
  writeQueue: 'sk_write_queue',
  receiveMemory: 'sk_backlog.rmem_alloc',
  backlogBytes: 'sk_backlog.len',
  receiveLimit: 'sk_rcvbuf',
  sendLimit: 'sk_sndbuf',
  sendMemory: 'sk_wmem_alloc',
  writeQueued: 'sk_wmem_queued',
  forward: 'sk_forward_alloc',
  option: 'sk_omem_alloc',
  drops: 'sk_drops',
  ackBacklog: 'sk_ack_backlog',
  maxAckBacklog: 'sk_max_ack_backlog',
  peerPid: 'sk_peer_pid',
} as const;
const PROTO = { name: 'name' } as const;
const PROTO_NAME_BYTES = 32;
const SOCKET = { sock: 'sk' } as const;
const SOCKET_ALLOC = { socket: 'socket', inode: 'vfs_inode' } as const;
const INODE = { number: 'i_ino', uid: 'i_uid' } as const;
const SOCK_INO = { number: 'sk_ino' } as const;
const DROP_COUNTERS = { pointer: 'sk_drop_counters' } as const;
const NUMA_DROPS = { first: 'drops0', second: 'drops1' } as const;

/** The inode of a sock's socket; NULL where there is none (not accepted yet, or closed). */
function inodeOf(kernel: Kernel, sock: Kva): Kva {
  const socket = kernel.mem.ptr(sock, kernel.layout('sock', SOCK).socket);
  if (socket === NULL) return NULL;
  const at = kernel.layout('socket_alloc', SOCKET_ALLOC);
  return (socket - at.socket + at.inode) as Kva;
}

/** The sock behind a descriptor of sockfs; NULL where it has been released. */
export function sockOfInode(kernel: Kernel, inode: Kva): Kva {
  const at = kernel.layout('socket_alloc', SOCKET_ALLOC);
  const { sock } = kernel.layout('socket', SOCKET);
  return kernel.mem.ptr((inode - at.inode + at.socket) as Kva, sock);
}

/** sock_i_ino(). */
export const socketInode: Trait<(kernel: Kernel, sock: Kva) => Wide> = {
  name: 'inode number of a socket',
  eras: [
    {
      name: 'sock.sk_ino',
      since: '6.17',
      commit: '5d6b58c932ec',
      evidence: 'sock.sk_ino',
      probe: hasMember('sock.sk_ino'),
      reader: (kernel, sock) => wide(kernel.mem.u64(sock, kernel.layout('sock', SOCK_INO).number)),
    },
    {
      name: 'inode.i_ino',
      since: '2.6',
      commit: null,
      evidence: 'sock.sk_socket',
      probe: hasMember('sock.sk_socket'),
      reader: (kernel, sock) => {
        const inode = inodeOf(kernel, sock);
        return inode === NULL ? 0 : wide(kernel.mem.u64(inode, kernel.layout('inode', INODE).number));
      },
    },
  ],
};

/** The user that /proc and ss name. */
export const socketUid: Trait<(kernel: Kernel, sock: Kva) => number> = {
  name: 'user of a socket',
  eras: [
    {
      name: 'sock.sk_uid',
      since: '6.17',
      commit: 'c51da3f7a161',
      evidence: 'no symbol sock_i_uid',
      probe: (types, symbols) => !hasSymbol('sock_i_uid')(types, symbols),
      reader: (kernel, sock) => kernel.mem.u32(sock, kernel.layout('sock', SOCK).uid),
    },
    {
      name: 'inode.i_uid',
      since: '2.6',
      commit: null,
      evidence: 'symbol sock_i_uid',
      probe: hasSymbol('sock_i_uid'),
      reader: (kernel, sock) => {
        const inode = inodeOf(kernel, sock);
        return inode === NULL ? 0 : kernel.mem.u32(inode, kernel.layout('inode', INODE).uid);
      },
    },
  ],
};

/** Packets dropped for want of room. */
export const socketDrops: Trait<(kernel: Kernel, sock: Kva) => number> = {
  name: 'drops of a socket',
  eras: [
    {
      name: 'sk_drops and counters by node',
      since: '6.18',
      commit: 'c51613fa276f',
      evidence: 'sock.sk_drop_counters',
      probe: hasMember('sock.sk_drop_counters'),
      reader: (kernel, sock) => {
        const { mem } = kernel;
        const counters = mem.ptr(sock, kernel.layout('sock', DROP_COUNTERS).pointer);
        if (counters === NULL) return mem.u32(sock, kernel.layout('sock', SOCK).drops);
        const at = kernel.layout('numa_drop_counters', NUMA_DROPS);
        return mem.u32(counters, at.first) + mem.u32(counters, at.second);
      },
    },
    {
      name: 'sk_drops',
      since: '2.6',
      commit: null,
      evidence: 'sock.sk_drops',
      probe: hasMember('sock.sk_drops'),
      reader: (kernel, sock) => kernel.mem.u32(sock, kernel.layout('sock', SOCK).drops),
    },
  ],
};

export function protocolName(kernel: Kernel, sock: Kva): string {
  const proto = kernel.mem.ptr(sock, kernel.layout('sock', COMMON).prot);
  return proto === NULL ? '?' : kernel.mem.cstr(proto, kernel.layout('proto', PROTO).name, PROTO_NAME_BYTES);
}

export function socketMemory(kernel: Kernel, sock: Kva): SocketMemory {
  const { mem } = kernel;
  const at = kernel.layout('sock', SOCK);
  return {
    receive: mem.i32(sock, at.receiveMemory),
    receiveLimit: mem.i32(sock, at.receiveLimit),
    send: sendMemory(kernel, sock),
    sendLimit: mem.i32(sock, at.sendLimit),
    forward: mem.i32(sock, at.forward),
    writeQueued: mem.i32(sock, at.writeQueued),
    option: mem.i32(sock, at.option),
    backlog: mem.i32(sock, at.backlogBytes),
  };
}

/** sk_wmem_alloc_get(): the count has one for the socket itself. */
function sendMemory(kernel: Kernel, sock: Kva): number {
  return kernel.mem.i32(sock, kernel.layout('sock', SOCK).sendMemory) - 1;
}
