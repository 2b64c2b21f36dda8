// TCP: what TCP_REPAIR needs to go on with a connection (net/ipv4/tcp.c), and the settings of every TCP socket.

import type { QueuedPacket, Socket, TcpDetail } from '../../../../snapshot/socket.js';
import { TCP_OPTION, type Tcp } from '../../../abi/records/sockets.js';
import { base64Bytes } from '../contents.js';

const NOTHING = new Uint8Array(0);
const TCP_ECN_OK = 1;
/** TCP_TIMEOUT_INIT and TCP_RTO_MAX, seconds: what a count of retransmissions comes to (retrans_to_secs()). */
const FIRST_TIMEOUT = 1;
const LONGEST_TIMEOUT = 120;

export interface PlannedTcp {
  readonly tcp: Tcp;
  /** Bytes that sequence numbers tell of, and that could not be read. */
  readonly missing: number;
}

/** `monotonic`: nanoseconds at death; null where unknown. */
export function planTcp(socket: Socket, tcp: TcpDetail, monotonic: bigint | null): PlannedTcp {
  const connected = !['listen', 'close', 'bound-inactive'].includes(socket.state);
  const { stateNumber: state } = socket;
  if (!connected) return { tcp: { ...SETTINGS_ALONE, state, ...settings(tcp, state) }, missing: 0 };
  const unacknowledged = joined(tcp.unacknowledged, tcp.sndUna, tcp.sndNxt);
  const unsent = joined(tcp.unsent, tcp.sndNxt, tcp.writeSeq);
  const unread = joined(socket.receiveQueue, tcp.copiedSeq, tcp.rcvNxt);
  const row: Tcp = {
    state,
    ...sequence(tcp),
    options: optionsOf(tcp),
    tsRecent: tcp.tsRecent,
    tsValue: tcp.timestamps && monotonic !== null ? timestamp(tcp, monotonic) : 0,
    ...settings(tcp, state),
    unacknowledged: unacknowledged.bytes,
    unsent: unsent.bytes,
    unread: unread.bytes,
  };
  return { tcp: row, missing: unacknowledged.missing + unsent.missing + unread.missing };
}

const SETTINGS_ALONE = {
  ...{
    sndUna: 0,
    sndNxt: 0,
    writeSeq: 0,
    rcvNxt: 0,
    copiedSeq: 0,
    sndWnd: 0,
    sndWl1: 0,
    rcvWnd: 0,
    rcvWup: 0,
  },
  ...{ maxWindow: 0, mssClamp: 0, sndWscale: 0, rcvWscale: 0, options: 0, tsRecent: 0, tsValue: 0 },
  ...{ unacknowledged: NOTHING, unsent: NOTHING, unread: NOTHING },
} as const;

function sequence(tcp: TcpDetail) {
  const { sndUna, sndNxt, writeSeq, rcvNxt, copiedSeq, sndWnd, sndWl1, rcvWnd, rcvWup, maxWindow } = tcp;
  const { mssClamp, sndWscale, rcvWscale } = tcp;
  return {
    ...{ sndUna, sndNxt, writeSeq, rcvNxt, copiedSeq, sndWnd, sndWl1, rcvWnd, rcvWup, maxWindow },
    ...{ mssClamp, sndWscale, rcvWscale },
  };
}

function optionsOf({ timestamps, sack, windowScaling, ecn }: TcpDetail): number {
  return (
    (timestamps ? TCP_OPTION.timestamps : 0) |
    (sack ? TCP_OPTION.sack : 0) |
    (windowScaling ? TCP_OPTION.window_scaling : 0) |
    ((ecn & TCP_ECN_OK) !== 0 ? TCP_OPTION.ecn : 0)
  );
}

/**
 * As getsockopt(TCP_TIMESTAMP) gives it: the clock and the connection's offset. Its lowest bit tells microseconds from
 * milliseconds (since 6.7); where it must give way the number is rounded up, so that no timestamp is older than one sent.
 */
function timestamp({ tsOffset, tsMicroseconds }: TcpDetail, monotonic: bigint): number {
  const clock = Number(BigInt.asUintN(32, monotonic / (tsMicroseconds ? 1_000n : 1_000_000n)));
  const value = clock + tsOffset;
  return (tsMicroseconds ? value | 1 : value + (value % 2)) >>> 0;
}

function settings(tcp: TcpDetail, state: number) {
  const listens = state === TCP_LISTEN;
  return {
    keepaliveTime: tcp.keepaliveTime,
    keepaliveInterval: tcp.keepaliveInterval,
    keepaliveProbes: tcp.keepaliveProbes,
    userTimeout: tcp.userTimeout,
    deferAccept: listens ? secondsOf(tcp.deferAccept) : 0,
    fastOpen: listens ? tcp.fastopenLimit : 0,
    congestion: tcp.congestion ?? '',
  };
}

const TCP_LISTEN = 10;

function secondsOf(retransmissions: number): number {
  let [seconds, timeout] = [0, FIRST_TIMEOUT];
  for (let left = retransmissions; left > 0; left--) {
    seconds += timeout;
    timeout = Math.min(timeout * 2, LONGEST_TIMEOUT);
  }
  return seconds;
}

/** b - a of sequence numbers, modulo 2^32 and signed. */
const distance = (a: number, b: number): number => (b - a) | 0;

/**
 * The stream from one sequence number up to another. Segments may overlap, or end in a FIN, which counts as one and has
 * no byte; behind a segment that could not be read nothing has a place.
 */
function joined(packets: readonly QueuedPacket[], from: number, to: number) {
  const parts: Uint8Array[] = [];
  let at = from;
  let fin = 0;
  for (const { tcp, data } of packets) {
    if (tcp === null) continue;
    // Of the first the snapshot has left out what lies before `from`.
    const start = distance(tcp.seq, from) > 0 ? from : tcp.seq;
    const known = distance(start, at);
    const bytes = data === null ? NOTHING : base64Bytes(data);
    if (known < 0) break;
    if (known < bytes.length) parts.push(bytes.subarray(known));
    at = (at + Math.max(0, bytes.length - known)) >>> 0;
    if ((tcp.flags & TCPHDR_FIN) !== 0 && distance(at, tcp.endSeq) === 1) fin = 1;
    else if (distance(at, tcp.endSeq) > 0 && (tcp.flags & TCPHDR_SYN) === 0) break;
  }
  const bytes = new Uint8Array(Buffer.concat(parts));
  // A SYN that is not acknowledged, or a FIN that has been read, is a number without a byte too.
  const missing = Math.max(0, distance(at, to) - fin);
  return { bytes, missing: missing <= 1 && packets.every(({ length }) => length === 0) ? 0 : missing };
}

const TCPHDR_FIN = 1;
const TCPHDR_SYN = 2;
