// /proc/net/{tcp,udp,udplite,raw,icmp} and those of IPv6, byte for byte. Mirrors get_tcp4_sock() and its kin in
// net/ipv4/{tcp_ipv4,udp,raw,ping}.c and net/ipv6/{tcp_ipv6,datagram}.c.

import type { Socket } from '../../snapshot/socket.js';
import { inetLine, isIpv4, left, right } from './proc-columns.js';

/** TCP_INFINITE_SSTHRESH. */
const INFINITE = 0x7fff_ffff;
const TICK_MS = 10;
const HEAD4 =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const HEAD6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const MORE = ' ref pointer drops';
/** What the IPv4 tables pad their lines to. */
const TCP_WIDTH = 149;
const UDP_WIDTH = 127;

/** How a pointer is printed. */
export type PrintPointer = (address: string) => string;
type Lines = (sockets: readonly Socket[], pointer: PrintPointer) => string[];

export const INET_FILES: Readonly<Record<string, Lines>> = {
  tcp: tcpTable(true),
  tcp6: tcpTable(false),
  udp: datagramTable('udp', true, 5, UDP_WIDTH, `  ${HEAD4}`.slice(1) + MORE),
  udp6: datagramTable('udp', false, 5, 0, HEAD6 + MORE),
  udplite: datagramTable('udplite', true, 5, UDP_WIDTH, `  ${HEAD4}`.slice(1) + MORE),
  udplite6: datagramTable('udplite', false, 5, 0, HEAD6 + MORE),
  raw: datagramTable('raw', true, 4, 0, HEAD4 + MORE),
  raw6: datagramTable('raw', false, 5, 0, HEAD6 + MORE),
  icmp: datagramTable('ping', true, 5, UDP_WIDTH, HEAD4 + MORE),
  icmp6: datagramTable('ping', false, 5, 0, HEAD6 + MORE),
};

function tcpTable(v4: boolean): Lines {
  const width = v4 ? TCP_WIDTH : 0;
  return (sockets, pointer) => {
    const listed = sockets.filter((each) => isTcp(each) && isIpv4(each) === v4);
    const lines = listed.map((each, i) => tcpLine(each, i, pointer));
    return [v4 ? HEAD4 : HEAD6, ...lines].map((line) => line.padEnd(width));
  };
}

function isTcp({ table }: Socket): boolean {
  return table === 'listen' || table === 'ehash';
}

function tcpLine(socket: Socket, index: number, pointer: PrintPointer): string {
  const { tcp, form, timer } = socket;
  const running = tcp?.timer ?? timer ?? { kind: 0, remainingMs: 0, timeouts: 0 };
  const when = Math.max(0, Math.floor(running.remainingMs / TICK_MS));
  const retransmits = tcp?.retransmits ?? running.timeouts;
  const middle = { timer: form === 'full' ? running.kind : form === 'request' ? 1 : 3, when, retransmits };
  // The kernel prints no count for a request.
  const references = form === 'request' ? 0 : socket.references;
  const rest = `${owner(socket, tcp?.probes ?? 0)} ${references} ${pointer(socket.address)}`;
  return inetLine(socket, index, 4, middle, form === 'full' ? `${rest} ${tcpRest(socket)}` : rest);
}

function tcpRest({ tcp, state }: Socket): string {
  if (tcp === null) return '';
  const ticks = (ms: number) => Math.floor(ms / TICK_MS);
  const ack = tcp.quickAcks * 2 + Number(tcp.pingpong);
  const slowStart = tcp.sndSsthresh >= INFINITE ? -1 : tcp.sndSsthresh;
  const last = state === 'listen' ? tcp.fastopenLimit : slowStart;
  return `${ticks(tcp.rtoMs)} ${ticks(tcp.atoMs)} ${ack} ${tcp.sndCwnd} ${last}`;
}

/** `uid timeout inode`. */
function owner({ uid, inode }: Socket, probes: number): string {
  return `${right(uid, 5)} ${right(probes, 8)} ${inode}`;
}

function datagramTable(table: string, v4: boolean, slotWidth: number, width: number, head: string): Lines {
  return (sockets, pointer) => {
    const listed = sockets.filter((each) => each.table === table && isIpv4(each) === v4);
    const lines = listed.map((each) => datagramLine(each, slotWidth, pointer));
    return [head, ...lines].map((line) => left(line, width));
  };
}

function datagramLine(socket: Socket, slotWidth: number, pointer: PrintPointer): string {
  const rest = `${owner(socket, 0)} ${socket.references} ${pointer(socket.address)} ${socket.drops}`;
  return inetLine(socket, socket.slot, slotWidth, { timer: 0, when: 0, retransmits: 0 }, rest);
}
