// The texts of /proc/net, byte for byte, for one namespace. Mirrors unix_seq_show(), netlink_seq_show() and
// packet_seq_show(); those of the Internet families are in proc-inet.ts, what is about no socket in other files.

import type { Socket } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { hashedPointer } from './hashed-pointer.js';
import type { NetNamespace } from './namespaces.js';
import { arpText } from './proc-arp.js';
import { hexColumn, left, right } from './proc-columns.js';
import { fibTrieText, routeText } from './proc-fib.js';
import { INET_FILES, type PrintPointer } from './proc-inet.js';
import { ifInet6Text, ipv6RouteText } from './proc-ipv6.js';
import { deviceMulticastText, igmp6Text, igmpText } from './proc-multicast.js';
import { sockstat6Text, sockstatText } from './proc-sockstat.js';

type Lines = (sockets: readonly Socket[], pointer: PrintPointer) => string[];

const UNIX_HEAD = 'Num       RefCount Protocol Flags    Type St Inode Path';
const NETLINK_HEAD =
  'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode';
const PACKET_HEAD = 'sk               RefCnt Type Proto  Iface R Rmem   User   Inode';
/** __SO_ACCEPTCON. */
const ACCEPTING = 0x1_0000;
const SOCK_TYPES: Readonly<Record<string, number>> = {
  stream: 1,
  dgram: 2,
  raw: 3,
  seqpacket: 5,
  packet: 10,
};

const FILES: Readonly<Record<string, Lines>> = {
  ...INET_FILES,
  unix: (sockets, pointer) => [UNIX_HEAD, ...of(sockets, 'unix').map((each) => unixLine(each, pointer))],
  netlink: (sockets, pointer) => [
    NETLINK_HEAD,
    ...of(sockets, 'netlink').map((each) => netlinkLine(each, pointer)),
  ],
  packet: (sockets, pointer) => [
    PACKET_HEAD,
    ...of(sockets, 'packet').map((each) => packetLine(each, pointer)),
  ],
};

/** What is not about single sockets. */
const TEXTS: Readonly<Record<string, (kernel: Kernel, namespace: NetNamespace) => string[]>> = {
  arp: arpText,
  dev_mcast: deviceMulticastText,
  fib_trie: fibTrieText,
  if_inet6: ifInet6Text,
  igmp: igmpText,
  igmp6: igmp6Text,
  ipv6_route: ipv6RouteText,
  route: routeText,
  sockstat: sockstatText,
  sockstat6: sockstat6Text,
};

/** Names of what is no such table. */
export const KERNEL_FILES: readonly string[] = Object.keys(TEXTS);
/** Names of the tables of sockets. */
export const SOCKET_FILES: readonly string[] = Object.keys(FILES);
/** Names that `procNet` and `procNetFile` know. */
export const PROC_NET_FILES: readonly string[] = [...SOCKET_FILES, ...KERNEL_FILES];

/** Lines of a file that is no table of sockets; undefined for one that is, or that is not known. */
export function procNetFile(kernel: Kernel, file: string, namespace: NetNamespace): string[] | undefined {
  return TEXTS[file]?.(kernel, namespace);
}

/** Lines of /proc/net/FILE; undefined for a file that is no table of sockets. `sockets` are those of one namespace. */
export function procNet(kernel: Kernel, file: string, sockets: readonly Socket[]): string[] | undefined {
  return FILES[file]?.(sockets, (address) => hashedPointer(kernel, BigInt(address)));
}

function of(sockets: readonly Socket[], table: string): Socket[] {
  return sockets.filter((each) => each.table === table);
}

function unixLine(socket: Socket, pointer: PrintPointer): string {
  const { references, state, type, inode, unix } = socket;
  const flags = state === 'listen' ? ACCEPTING : 0;
  const name = unix?.name == null ? '' : ` ${unix.name}`;
  const counts = `${hexColumn(references, 8)} ${hexColumn(0, 8)} ${hexColumn(flags, 8)}`;
  const kind = `${hexColumn(SOCK_TYPES[type] ?? 0, 4)} ${hexColumn(socketState(socket), 2)}`;
  return `${pointer(socket.address)}: ${counts} ${kind} ${right(inode, 5)}${name}`;
}

/** SS_UNCONNECTED 1, CONNECTING 2, CONNECTED 3, DISCONNECTING 4. One without an inode is not accepted yet, or closed. */
function socketState({ inode, state }: Socket): number {
  const connected = state === 'established';
  if (inode === 0) return connected ? 2 : 4;
  return connected ? 3 : 1;
}

function netlinkLine(socket: Socket, pointer: PrintPointer): string {
  const { netlink, protocol, receiveBytes, sendBytes, references, drops, inode } = socket;
  if (netlink === null) return '';
  const groups = hexColumn(netlink.groupMask, 8).toLowerCase();
  const start = `${pointer(socket.address)} ${left(protocol, 3)} ${left(netlink.portId, 10)} ${groups}`;
  const memory = `${left(receiveBytes, 8)} ${left(sendBytes, 8)} ${left(Number(netlink.dumping), 5)}`;
  return `${start} ${memory} ${left(references, 8)} ${left(drops, 8)} ${left(inode, 8)}`;
}

function packetLine(socket: Socket, pointer: PrintPointer): string {
  const { packet, references, type, receiveBytes, uid, inode } = socket;
  if (packet === null) return '';
  const protocol = hexColumn(packet.etherType, 4).toLowerCase();
  const start = `${pointer(socket.address)} ${left(references, 6)} ${left(SOCK_TYPES[type] ?? 0, 4)} ${protocol}`;
  const device = `${left(packet.interface, 5)} ${Number(packet.running)}`;
  return `${start}   ${device} ${left(receiveBytes, 6)} ${left(uid, 6)} ${left(inode, 6)}`;
}
