// Sockets that ordinary calls cannot make again.

import type { Socket } from '../../../../snapshot/socket.js';
import { refused, type Unplanned } from '../behind.js';
import { IPPROTO } from './numbers.js';

const DATAGRAMS: readonly number[] = [IPPROTO.udp, IPPROTO.udplite, IPPROTO.icmp, IPPROTO.icmpv6];

/** Null for those that are planned. */
export function unplannable(socket: Socket): Unplanned | null {
  switch (socket.family) {
    case 'unix':
      return socket.unix === null ? refused('unix_socket', 'its name and peer could not be read') : null;
    case 'inet':
    case 'inet6':
      return internet(socket);
    case 'netlink':
      return netlink(socket);
    case 'packet':
      return socket.packet === null ? refused('packet_socket', 'its binding could not be read') : null;
    case 'vsock':
      return vsock(socket);
    default:
      return refused('socket_family', `sockets of family ${socket.family} are not planned`);
  }
}

function internet({ type, protocol, protocolName, inet, tcp }: Socket): Unplanned | null {
  if (protocol === IPPROTO.mptcp || tcp?.upperLayer === 'mptcp')
    return refused('mptcp', 'a connection of several paths cannot be repaired');
  if (inet === null) return refused('socket_family', 'its addresses could not be read');
  if (type === 'raw') return null;
  if (type === 'stream' && protocol === IPPROTO.tcp) return stream(tcp);
  if (type === 'dgram' && DATAGRAMS.includes(protocol)) return null;
  return refused('socket_family', `sockets of ${protocolName} are not planned`);
}

function stream(tcp: Socket['tcp']): Unplanned | null {
  if (tcp === null) return refused('tcp_connection', 'its state could not be read');
  return tcp.upperLayer === null
    ? null
    : refused('tcp_upper_layer', `the kernel does ${tcp.upperLayer} on it, with keys that are not planned`);
}

function netlink({ netlink }: Socket): Unplanned | null {
  if (netlink === null) return refused('netlink_socket', 'its port and groups could not be read');
  return netlink.dumping ? refused('netlink_dump', 'an answer was being given, and its rest is gone') : null;
}

function vsock({ vsock, state }: Socket): Unplanned | null {
  if (vsock === null) return refused('vsock_connection', 'its addresses could not be read');
  return state === 'close' || state === 'listen'
    ? null
    : refused('vsock_connection', 'the host does not know of it any more');
}
