// TCP sockets: struct tcp_sock and inet_connection_sock (include/linux/tcp.h, include/net/inet_connection_sock.h).

import { type Kva, NULL } from '../../base/address.js';
import { wide } from '../../snapshot/number.js';
import type { Backlog, PendingConnection, TcpDetail } from '../../snapshot/socket.js';
import { jiffiesPerSecond } from '../fs/super-options/jiffies.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachLinked } from '../walks/hlist.js';
import { field, fieldOr } from './bits.js';
import { endpoint, readInet } from './inet.js';
import { tcpQueue, tcpTree } from './queue.js';
import { COMMON, SOCK } from './sock.js';
import { jiffiesToMs, tcpTimer } from './timers.js';

const TREES = { retransmit: 'tcp_rtx_queue' } as const;
const TCP_SOCK = {
  outOfOrder: 'out_of_order_queue',
  bytesSent: 'bytes_sent',
  bytesAcked: 'bytes_acked',
  bytesReceived: 'bytes_received',
} as const;
const ICSK = {
  acceptHead: 'icsk_accept_queue.rskq_accept_head',
  congestion: 'icsk_ca_ops',
  upper: 'icsk_ulp_ops',
} as const;
const REQUEST = { next: 'dl_next', sock: 'sk' } as const;
/** Of struct tcp_congestion_ops and tcp_ulp_ops. */
const OPS = { name: 'name' } as const;
const OPS_NAME_BYTES = 16;
const MAX_PENDING = 1 << 17;
/** TCP_PINGPONG_THRESH, before it could be set (562b1fdf061b, 6.7). */
const PINGPONG = 1;

export function readTcp(kernel: Kernel, sock: Kva): TcpDetail {
  const tcp = (name: string) => field(kernel, sock, `tcp_sock.${name}`);
  return {
    ...sequence(tcp),
    ...options(kernel, sock, tcp),
    ...congestion(kernel, sock, tcp),
    ...counters(kernel, sock, tcp),
    ...settings(kernel, sock, tcp),
    ...queues(kernel, sock, tcp),
    timer: tcpTimer(kernel, sock),
  };
}

type Read = (name: string) => number;

function sequence(tcp: Read) {
  return {
    sndUna: tcp('snd_una'),
    sndNxt: tcp('snd_nxt'),
    writeSeq: tcp('write_seq'),
    rcvNxt: tcp('rcv_nxt'),
    copiedSeq: tcp('copied_seq'),
    rcvWup: tcp('rcv_wup'),
    sndWl1: tcp('snd_wl1'),
    sndUp: tcp('snd_up'),
    pushedSeq: tcp('pushed_seq'),
    sndWnd: tcp('snd_wnd'),
    rcvWnd: tcp('rcv_wnd'),
    maxWindow: tcp('max_window'),
    windowClamp: tcp('window_clamp'),
    rcvSsthresh: tcp('rcv_ssthresh'),
  };
}

function options(kernel: Kernel, sock: Kva, tcp: Read) {
  const scaled = tcp('rx_opt.wscale_ok') === 1;
  return {
    mssClamp: tcp('rx_opt.mss_clamp'),
    mss: tcp('mss_cache'),
    advertisedMss: tcp('advmss'),
    pathMtu: field(kernel, sock, 'inet_connection_sock.icsk_pmtu_cookie'),
    receiveMss: field(kernel, sock, 'inet_connection_sock.icsk_ack.rcv_mss'),
    // Bit 0: SACK permitted; the others tell of blocks seen.
    sack: (tcp('rx_opt.sack_ok') & 1) === 1,
    timestamps: tcp('rx_opt.tstamp_ok') === 1,
    windowScaling: scaled,
    sndWscale: scaled ? tcp('rx_opt.snd_wscale') : 0,
    rcvWscale: scaled ? tcp('rx_opt.rcv_wscale') : 0,
    tsRecent: tcp('rx_opt.ts_recent'),
    tsOffset: tcp('tsoffset'),
    tsMicroseconds: fieldOr(kernel, sock, 'tcp_sock.tcp_usec_ts', 0) === 1,
    ecn: tcp('ecn_flags'),
  };
}

function opsName(kernel: Kernel, ops: Kva, type: string): string | null {
  return ops === NULL ? null : kernel.mem.cstr(ops, kernel.layout(type, OPS).name, OPS_NAME_BYTES);
}

function congestion(kernel: Kernel, sock: Kva, tcp: Read) {
  const { mem, faults } = kernel;
  const ops = mem.ptr(sock, kernel.layout('inet_connection_sock', ICSK).congestion);
  return {
    congestion: faults.guard('congestion control', () => opsName(kernel, ops, 'tcp_congestion_ops'), null),
    congestionState: field(kernel, sock, 'inet_connection_sock.icsk_ca_state'),
    sndCwnd: tcp('snd_cwnd'),
    sndSsthresh: tcp('snd_ssthresh'),
    // srtt_us is eight times the value, so that it can be averaged in integers.
    srttUs: tcp('srtt_us') >>> 3,
    rttVarUs: tcp('mdev_us') >>> 2,
  };
}

function counters(kernel: Kernel, sock: Kva, tcp: Read) {
  const { mem } = kernel;
  const at = kernel.layout('tcp_sock', TCP_SOCK);
  const icsk = (name: string) => field(kernel, sock, `inet_connection_sock.${name}`);
  const net = mem.ptr(sock, kernel.layout('sock', COMMON).net);
  const threshold = fieldOr(kernel, net, 'net.ipv4.sysctl_tcp_pingpong_thresh', PINGPONG);
  return {
    rtoMs: jiffiesToMs(kernel, icsk('icsk_rto')),
    atoMs: jiffiesToMs(kernel, icsk('icsk_ack.ato')),
    quickAcks: icsk('icsk_ack.quick'),
    pingpong: icsk('icsk_ack.pingpong') >= threshold,
    retransmits: icsk('icsk_retransmits'),
    backoff: icsk('icsk_backoff'),
    probes: icsk('icsk_probes_out'),
    totalRetransmits: tcp('total_retrans'),
    packetsOut: tcp('packets_out'),
    bytesSent: wide(mem.u64(sock, at.bytesSent)),
    bytesAcked: wide(mem.u64(sock, at.bytesAcked)),
    bytesReceived: wide(mem.u64(sock, at.bytesReceived)),
    segmentsOut: tcp('segs_out'),
    segmentsIn: tcp('segs_in'),
  };
}

function settings(kernel: Kernel, sock: Kva, tcp: Read) {
  const seconds = (jiffies: number) => Math.round(jiffies / jiffiesPerSecond(kernel));
  const icsk = (name: string) => field(kernel, sock, `inet_connection_sock.${name}`);
  const upper = kernel.mem.ptr(sock, kernel.layout('inet_connection_sock', ICSK).upper);
  return {
    nonagle: tcp('nonagle'),
    repair: tcp('repair') === 1,
    keepaliveTime: seconds(tcp('keepalive_time')),
    keepaliveInterval: seconds(tcp('keepalive_intvl')),
    keepaliveProbes: tcp('keepalive_probes'),
    userTimeout: icsk('icsk_user_timeout'),
    upperLayer: kernel.faults.guard('upper layer', () => opsName(kernel, upper, 'tcp_ulp_ops'), null),
    deferAccept: icsk('icsk_accept_queue.rskq_defer_accept'),
    fastopenLimit: icsk('icsk_accept_queue.fastopenq.max_qlen'),
  };
}

/** The word of the retransmission tree is the send head of protocols that are not TCP, and nothing of a listener. */
function queues(kernel: Kernel, sock: Kva, tcp: Read) {
  const { faults } = kernel;
  const at = kernel.layout('sock', SOCK);
  const tree = (sock + kernel.layout('sock', TREES).retransmit) as Kva;
  const late = (sock + kernel.layout('tcp_sock', TCP_SOCK).outOfOrder) as Kva;
  const unsent = (sock + at.writeQueue) as Kva;
  const [una, next, received] = [tcp('snd_una'), tcp('snd_nxt'), tcp('rcv_nxt')];
  return {
    unacknowledged: faults.guard('retransmission queue', () => tcpTree(kernel, tree, una), []),
    unsent: faults.guard('write queue', () => tcpQueue(kernel, unsent, next), []),
    outOfOrder: faults.guard('out-of-order queue', () => tcpTree(kernel, late, received), []),
  };
}

/** The accept queue of a listener: connections that are established and wait. */
export function tcpBacklog(kernel: Kernel, sock: Kva): Backlog {
  const { mem } = kernel;
  const at = kernel.layout('sock', SOCK);
  const { acceptHead } = kernel.layout('inet_connection_sock', ICSK);
  const { next } = kernel.layout('request_sock', REQUEST);
  const pending: PendingConnection[] = [];
  const take = (request: Kva) => pending.push(pendingAt(kernel, request));
  forEachLinked(kernel, mem.ptr(sock, acceptHead), next, take, MAX_PENDING);
  return { length: mem.u32(sock, at.ackBacklog), limit: mem.u32(sock, at.maxAckBacklog), pending };
}

function pendingAt(kernel: Kernel, request: Kva): PendingConnection {
  const child = kernel.mem.ptr(request, kernel.layout('request_sock', REQUEST).sock);
  const { remoteAddress, remotePort } = readInet(kernel, child, true);
  return {
    request: kernel.mem.hex(request),
    socket: kernel.mem.hex(child),
    peer: endpoint(remoteAddress, remotePort),
  };
}
