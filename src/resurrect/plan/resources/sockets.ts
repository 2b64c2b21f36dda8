// What of sockets is planned, and what is refused.

import { CRASH_BIT, SEVERITY } from '../../abi/records/refusals.js';
import type { Resource } from './resource.js';

export const SOCKET_RESOURCES = {
  unix_socket: {
    title: 'Unix sockets',
    planned:
      'Stream, datagram and sequential-packet sockets: names (paths and abstract), pairs, listeners with the connections that wait, queues with credentials and descriptors on their way, shutdown.',
    refused: 'One whose name or peer could not be read.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.unix_socket,
  },
  unix_peer: {
    title: 'Unix peers outside the plan',
    planned: 'The socket.',
    refused: 'A connection whose other end is in no process of the plan.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.unix_socket,
  },
  unix_name: {
    title: 'Unix names served by others',
    planned: 'The datagram socket, connected to the name again.',
    refused: 'Whoever serves it may not know of the socket.',
    severity: SEVERITY.noted,
    crashBits: CRASH_BIT.unix_socket,
  },
  tcp_connection: {
    title: 'TCP',
    planned:
      'Listeners with the connections that wait; connections in every state that has a process: sequence numbers, windows, negotiated options, timestamps, what is unacknowledged, unsent and unread. What came ahead of a gap the peer sends again, as it does a SYN.',
    refused: 'One whose state could not be read.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  tcp_outside: {
    title: 'TCP to other machines',
    planned: 'As within the machine.',
    refused: 'That the peer still waits by then: no answer but the right one may reach it meanwhile.',
    severity: SEVERITY.noted,
    crashBits: CRASH_BIT.network,
  },
  tcp_peer: {
    title: 'TCP within the machine, one end outside the plan',
    planned: 'The end in the plan.',
    refused: 'The other end: the connection is reset when it is used.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  tcp_closed_peer: {
    title: 'TCP whose other end is closed',
    planned: 'The end in the plan.',
    refused: 'The other end, which the kernel kept without a process (TIME-WAIT, FIN-WAIT).',
    severity: SEVERITY.noted,
    crashBits: CRASH_BIT.network,
  },
  tcp_upper_layer: {
    title: 'TLS and others in the kernel',
    planned: '',
    refused: 'Keys and records of TCP_ULP.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  mptcp: {
    title: 'MPTCP',
    planned: '',
    refused: 'A connection of several paths has no TCP_REPAIR.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  datagram_socket: {
    title: 'UDP, ping, raw sockets',
    planned: 'Addresses, options, and unread packets with their senders.',
    refused: '',
    severity: SEVERITY.noted,
    crashBits: 0,
  },
  netlink_socket: {
    title: 'Netlink',
    planned: 'Port, groups, unread messages.',
    refused: 'One whose port or groups could not be read.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  netlink_dump: {
    title: 'Netlink answers',
    planned: '',
    refused: 'The rest of an answer that was being given.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  packet_socket: {
    title: 'Packet sockets',
    planned: 'Protocol, interface, unread packets.',
    refused: 'One whose binding could not be read.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  packet_options: {
    title: 'Options of packet sockets',
    planned: '',
    refused: 'Rings, fanout and memberships, which are not read.',
    severity: SEVERITY.noted,
    crashBits: CRASH_BIT.network,
  },
  vsock_connection: {
    title: 'vsock',
    planned: 'Sockets that are not connected.',
    refused: 'Connections: the host does not know of them any more.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  socket_family: {
    title: 'Other sockets',
    planned: '',
    refused: 'Families and protocols that no row above tells of.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  socket_filter: {
    title: 'Socket filters',
    planned: 'The socket.',
    refused: 'SO_ATTACH_FILTER, SO_ATTACH_BPF: it receives more than it asked for.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
  socket_options: {
    title: 'Options of sockets',
    planned: 'SOL_SOCKET, TCP: all that a flag or a field of the plan is named after.',
    refused: 'Options of IP itself (TTL, TOS, multicast memberships), which begin as the defaults.',
    severity: SEVERITY.noted,
    crashBits: CRASH_BIT.network,
  },
  socket_queue: {
    title: 'Queues of sockets',
    planned: 'Every unread packet.',
    refused: 'Packets, bytes of a stream, or descriptors on their way that could not be read.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.network,
  },
} as const satisfies Record<string, Resource>;
