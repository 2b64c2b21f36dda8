// Sockets of every network namespace, and network devices.

import type { QueuedPacket, Socket, TcpDetail } from '../../../src/snapshot/socket.js';
import { account, type Kind, subject, text, type Value } from '../facts.js';
import type { OraclePacket, OracleSocket } from '../oracle.js';

const FAMILIES: Readonly<Record<number, string>> = {
  1: 'unix',
  2: 'inet',
  10: 'inet6',
  16: 'netlink',
  17: 'packet',
  40: 'vsock',
};
const TYPES: Readonly<Record<number, string>> = {
  1: 'stream',
  2: 'dgram',
  3: 'raw',
  4: 'rdm',
  5: 'seqpacket',
  10: 'packet',
};
/** Tables as the oracle groups them. */
const TABLES: Readonly<Record<string, string>> = {
  listen: 'tcp',
  ehash: 'tcp',
  udplite: 'udp',
  ping: 'raw',
};
const SHUTDOWN_MASK = 3;

/** Our name of each of TCP's numbers beside the kernel's. */
const TCP = [
  ['sndUna', 'snd_una'],
  ['sndNxt', 'snd_nxt'],
  ['writeSeq', 'write_seq'],
  ['rcvNxt', 'rcv_nxt'],
  ['copiedSeq', 'copied_seq'],
  ['rcvWup', 'rcv_wup'],
  ['sndWl1', 'snd_wl1'],
  ['sndUp', 'snd_up'],
  ['pushedSeq', 'pushed_seq'],
  ['sndWnd', 'snd_wnd'],
  ['rcvWnd', 'rcv_wnd'],
  ['maxWindow', 'max_window'],
  ['windowClamp', 'window_clamp'],
  ['rcvSsthresh', 'rcv_ssthresh'],
  ['mss', 'mss_cache'],
  ['advertisedMss', 'advmss'],
  ['sndCwnd', 'snd_cwnd'],
  ['sndSsthresh', 'snd_ssthresh'],
  ['ecn', 'ecn_flags'],
  ['packetsOut', 'packets_out'],
  ['bytesSent', 'bytes_sent'],
  ['bytesAcked', 'bytes_acked'],
  ['bytesReceived', 'bytes_received'],
  ['segmentsOut', 'segs_out'],
  ['segmentsIn', 'segs_in'],
  ['totalRetransmits', 'total_retrans'],
  ['nonagle', 'nonagle'],
  ['tsOffset', 'tsoffset'],
  ['srttUs', 'srtt'],
  ['congestion', 'congestion'],
] as const;

export const sockets: Kind = {
  name: 'socket',
  ours: ({ snapshot }) =>
    account(snapshot.sockets, (socket) => [
      socket.address,
      subject(`${socket.family} ${socket.type} ${socket.inode}`, ourFields(socket), [
        socket.family,
        socket.form,
      ]),
    ]),
  theirs: ({ sockets: all }) =>
    account(Object.entries(all ?? {}), ([address, socket]) =>
      socket === null ? null : [address, subject(`socket ${address}`, theirFields(socket))],
    ),
};

function ourFields(socket: Socket): Record<string, Value> {
  const common = {
    form: socket.form,
    table: socket.table === null ? null : (TABLES[socket.table] ?? socket.table),
    family: socket.family,
    protocol: socket.protocolName,
    state: socket.stateNumber,
    namespace: socket.namespace,
    references: socket.references,
    addresses: ourAddresses(socket),
  };
  if (socket.form !== 'full') return common;
  const { memory, unix, netlink, packet, tcp, backlog } = socket;
  return {
    ...common,
    type: socket.type,
    'protocol number': socket.protocol,
    inode: text(socket.inode),
    user: socket.uid,
    shutdown: socket.shutdown,
    ...Object.fromEntries(Object.entries(memory ?? {}).map(([name, bytes]) => [`memory ${name}`, bytes])),
    ...(backlog === null
      ? { queue: socket.receiveQueue.map((each) => ourPacket(each, unix !== null)) }
      : { backlog: backlog.pending.map((each) => each.socket), 'backlog limit': backlog.limit }),
    ...(unix === null ? {} : { unix: [unix.nameBytes, unix.peer, unix.peerPid] }),
    ...(netlink === null ? {} : { netlink: [netlink.portId, netlink.peerPortId, netlink.groups] }),
    ...(packet === null ? {} : { packet: [packet.etherType, packet.interface] }),
    ...(tcp === null ? {} : ourTcp(tcp, backlog !== null)),
  };
}

function theirFields(socket: OracleSocket): Record<string, Value> {
  const common = {
    form: socket.form,
    table: socket.table,
    family: FAMILIES[socket.family] ?? `af-${socket.family}`,
    protocol: socket.protocol_name,
    state: socket.state,
    namespace: socket.namespace,
    references: socket.references,
    addresses: theirAddresses(socket),
  };
  if (socket.form !== 'full') return common;
  const { memory, unix, netlink, packet, tcp, backlog } = socket;
  return {
    ...common,
    type: TYPES[socket.type ?? 0] ?? `type-${socket.type}`,
    'protocol number': socket.protocol ?? null,
    inode: text(socket.inode ?? null),
    user: socket.uid ?? null,
    shutdown: (socket.shutdown ?? 0) & SHUTDOWN_MASK,
    ...Object.fromEntries(Object.entries(memory ?? {}).map(([name, bytes]) => [`memory ${name}`, bytes])),
    ...(backlog === undefined
      ? { queue: (socket.queue ?? []) as Value }
      : { backlog, 'backlog limit': socket.backlog_limit ?? null }),
    ...(unix === undefined ? {} : { unix: [unix.name, unix.peer, unix.peer_pid] }),
    ...(netlink === undefined ? {} : { netlink: [netlink.portId, netlink.peerPortId, netlink.groups] }),
    ...(packet === undefined ? {} : { packet: [packet.etherType, packet.interface] }),
    ...(tcp === undefined ? {} : theirTcp(tcp, socket)),
  };
}

function ourAddresses({ inet }: Socket): Value {
  if (inet === null) return null;
  const { localBytes, localPort, remoteBytes, remotePort, boundDevice, v6only } = inet;
  return [localBytes, localPort, remoteBytes, remotePort, boundDevice, v6only];
}

function theirAddresses({ inet }: OracleSocket): Value {
  if (inet === undefined) return null;
  return [inet.local, inet.local_port, inet.remote, inet.remote_port, inet.device, inet.v6only];
}

function ourPacket({ address, length, files }: QueuedPacket, unix: boolean): Value {
  return unix ? [address, length, files.length] : [address, length];
}

function packets(list: readonly QueuedPacket[]): Value {
  return list.map((each) => ourPacket(each, false));
}

function ourTcp(tcp: TcpDetail, listening: boolean): Record<string, Value> {
  return {
    ...Object.fromEntries(TCP.map(([ours, theirs]) => [theirs, text(tcp[ours])])),
    repair: tcp.repair,
    ...(listening
      ? {}
      : {
          unacknowledged: packets(tcp.unacknowledged),
          unsent: packets(tcp.unsent),
          'out of order': packets(tcp.outOfOrder),
        }),
  };
}

function theirTcp(tcp: NonNullable<OracleSocket['tcp']>, socket: OracleSocket): Record<string, Value> {
  const queue = (list: readonly OraclePacket[] | undefined) => (list ?? []) as Value;
  return {
    ...Object.fromEntries(TCP.map(([, name]) => [name, text(tcp[name] ?? null)])),
    repair: tcp['repair'] !== 0,
    ...(socket.backlog === undefined
      ? {
          unacknowledged: queue(socket.unacknowledged),
          unsent: queue(socket.unsent),
          'out of order': queue(socket.out_of_order),
        }
      : {}),
  };
}

/** The flags that are not made up from the device's state when they are told (dev_get_flags() in net/core/dev.c). */
const KEPT_FLAGS = ~(0x40 | 0x100 | 0x200 | 0x10000 | 0x20000);

export const devices: Kind = {
  name: 'network device',
  ours: ({ snapshot }) =>
    account(snapshot.networkDevices, (each) => [
      each.address,
      subject(each.name, {
        namespace: each.namespace,
        index: each.index,
        name: each.name,
        type: each.type,
        flags: each.flagBits & KEPT_FLAGS,
        mtu: each.mtu,
        'queue length': each.queueLength,
        mac: each.mac,
        group: each.group,
      }),
    ]),
  theirs: ({ devices: all }) =>
    account(Object.entries(all ?? {}), ([address, each]) => [
      address,
      subject(String(each['name']), {
        namespace: each['namespace'] ?? null,
        index: each['index'] ?? null,
        name: each['name'] ?? null,
        type: each['type'] ?? null,
        flags: Number(each['flags']) & KEPT_FLAGS,
        mtu: each['mtu'] ?? null,
        'queue length': each['queue_length'] ?? null,
        mac: each['mac'] ?? null,
        group: each['group'] ?? null,
      }),
    ]),
};
