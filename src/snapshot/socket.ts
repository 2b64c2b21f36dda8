// Sockets as plain data: struct sock and what each family makes of it (include/net/sock.h, inet_sock.h, tcp.h, udp.h,
// af_unix.h; net/netlink/af_netlink.h; net/packet/internal.h).

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

/** One sk_buff of a queue. */
export interface QueuedPacket {
  readonly address: Hex;
  /** Bytes that have not been taken out of the queue yet. */
  readonly length: number;
  /** Those bytes, base64; null where they cannot be read (a fault tells). */
  readonly data: string | null;
  /** Bytes of memory that it counts for. */
  readonly truesize: number;
  /** TCP: sequence numbers [seq, endSeq) of the whole segment, and its flags (TCPHDR_FIN 1, SYN 2, PSH 8, …). */
  readonly tcp: { readonly seq: number; readonly endSeq: number; readonly flags: number } | null;
  /** Who sent it: `127.0.0.1:53`, a unix name, `pid 12`; null where the packet does not say. */
  readonly from: string | null;
  /** sun_path of a unix sender byte for byte, hex, as `nameBytes` of its socket; null where `from` is no unix name. */
  readonly fromBytes: string | null;
  /** SCM_CREDENTIALS of a unix packet; `pid` 0 where the sender gave none. */
  readonly credentials: { readonly pid: number; readonly uid: number; readonly gid: number } | null;
  /** SCM_RIGHTS of a unix packet: descriptions on their way. */
  readonly files: readonly { readonly address: Hex; readonly path: string }[];
}

/** What a socket is told with MSG_ERRQUEUE: struct sock_extended_err (include/uapi/linux/errqueue.h). */
export interface QueuedError {
  /** struct sk_buff. */
  readonly address: Hex;
  /** ENOMSG (42) of what is no failure. */
  readonly errno: number;
  /** `none`, `local`, `icmp`, `icmp6`, `timestamping`, `zerocopy`, `txtime`; a number that is none of these. */
  readonly origin: string;
  /** ICMP's type and code; of zerocopy, `code` 1 tells that it was copied all the same. */
  readonly type: number;
  readonly code: number;
  /** An MTU, the first and the last sending of a range, the kind of a timestamp and its key. */
  readonly info: number;
  readonly data: number;
  /** Where the packet was to go, `192.0.2.9:53`; null where it is not told. */
  readonly destination: string | null;
  /** Who sent the ICMP message. */
  readonly offender: string | null;
  /** Bytes of what was sent, as much of it as came back, base64; null where they cannot be read. */
  readonly contents: string | null;
}

/** struct tcp_request_sock: a handshake whose last segment has not come. Sequence numbers modulo 2^32. */
export interface TcpRequest {
  /** struct sock of the listener; null where it is gone. */
  readonly listener: Hex | null;
  /** Of the peer's SYN, and of our SYN-ACK. */
  readonly rcvIsn: number;
  readonly sntIsn: number;
  readonly rcvNxt: number;
  /** Bytes. */
  readonly rcvWnd: number;
  /** What the peer said that it takes. */
  readonly mss: number;
  readonly sack: boolean;
  readonly timestamps: boolean;
  readonly windowScaling: boolean;
  readonly sndWscale: number;
  readonly rcvWscale: number;
  readonly ecn: boolean;
  readonly tsRecent: number;
  readonly tsOffset: number;
  /** Times that the SYN-ACK was sent again. */
  readonly retransmits: number;
}

/** struct tcp_timewait_sock: what is left of a connection. */
export interface TcpTimeWait {
  readonly sndNxt: number;
  readonly rcvNxt: number;
  /** Bytes before scaling. */
  readonly rcvWnd: number;
  readonly rcvWscale: number;
  readonly tsRecent: number;
  readonly tsOffset: number;
}

/** A connection that is established and that its listener has not accepted yet. */
export interface PendingConnection {
  /** struct request_sock of TCP, null for unix. */
  readonly request: Hex | null;
  /** struct sock of the connection. */
  readonly socket: Hex;
  /** As the peer's address is printed. */
  readonly peer: string;
}

/** What counts towards the socket's buffers, bytes: the skmem line of ss. */
export interface SocketMemory {
  readonly receive: number;
  readonly receiveLimit: number;
  readonly send: number;
  readonly sendLimit: number;
  readonly forward: number;
  readonly writeQueued: number;
  readonly option: number;
  readonly backlog: number;
}

/** What setsockopt(SOL_SOCKET) has set. */
export interface SocketOptions {
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  readonly keepAlive: boolean;
  readonly broadcast: boolean;
  readonly urgentInline: boolean;
  /** Null where close() does not linger. */
  readonly lingerSeconds: number | null;
  readonly priority: number;
  readonly mark: number;
  /** SO_RCVLOWAT, bytes. */
  readonly receiveLowWater: number;
  /** SO_RCVTIMEO and SO_SNDTIMEO, nanoseconds; 0 for none. */
  readonly receiveTimeout: Wide;
  readonly sendTimeout: Wide;
  /** SO_PASSCRED. */
  readonly passCredentials: boolean;
  /** SO_TIMESTAMP, SO_TIMESTAMPNS. */
  readonly timestamps: boolean;
  /** SO_ATTACH_FILTER or SO_ATTACH_BPF: a program says which packets it gets. */
  readonly filtered: boolean;
  /** SO_RCVBUF and SO_SNDBUF were set, and are not the kernel's to tune. */
  readonly receiveBufferSet: boolean;
  readonly sendBufferSet: boolean;
}

export interface InetDetail {
  /** Numeric addresses as inet_ntop prints them; those of an IPv6 socket are IPv6, also when mapped. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Network order bytes as hex, for exactness: 8 or 32 digits. */
  readonly localBytes: string;
  readonly remoteBytes: string;
  /** Interface it is bound to, 0 for any. */
  readonly boundDevice: number;
  readonly v6only: boolean;
  /** IP_RECVERR, IPV6_RECVERR: failures are queued in `errors`. */
  readonly receiveErrors: boolean;
}

/** A timer that is running. */
export interface SocketTimer {
  /** /proc's `tr`: 1 retransmission (or loss probe), 2 keepalive, 3 time wait, 4 zero window probe; 0 none. */
  readonly kind: 0 | 1 | 2 | 3 | 4;
  /** Until it fires, milliseconds at death; negative when overdue. */
  readonly remainingMs: number;
  /** How often it has fired in a row already. */
  readonly timeouts: number;
}

export interface TcpDetail {
  /** Sequence numbers, modulo 2^32. */
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly writeSeq: number;
  readonly rcvNxt: number;
  readonly copiedSeq: number;
  readonly rcvWup: number;
  readonly sndWl1: number;
  readonly sndUp: number;
  readonly pushedSeq: number;
  /** Windows, bytes. */
  readonly sndWnd: number;
  readonly rcvWnd: number;
  readonly maxWindow: number;
  readonly windowClamp: number;
  readonly rcvSsthresh: number;
  /** Negotiated options. */
  readonly mssClamp: number;
  readonly mss: number;
  readonly advertisedMss: number;
  readonly pathMtu: number;
  readonly receiveMss: number;
  readonly sack: boolean;
  readonly timestamps: boolean;
  readonly windowScaling: boolean;
  readonly sndWscale: number;
  readonly rcvWscale: number;
  readonly tsRecent: number;
  readonly tsOffset: number;
  /** Timestamps count microseconds, not milliseconds. */
  readonly tsMicroseconds: boolean;
  readonly ecn: number;
  /** Congestion control: name, window and threshold in segments, TCP_CA_* state. */
  readonly congestion: string | null;
  readonly congestionState: number;
  readonly sndCwnd: number;
  readonly sndSsthresh: number;
  /** Round trips, microseconds. */
  readonly srttUs: number;
  readonly rttVarUs: number;
  /** Milliseconds. */
  readonly rtoMs: number;
  readonly atoMs: number;
  readonly quickAcks: number;
  readonly pingpong: boolean;
  readonly retransmits: number;
  readonly backoff: number;
  readonly probes: number;
  readonly totalRetransmits: number;
  readonly packetsOut: number;
  readonly bytesSent: Wide;
  readonly bytesAcked: Wide;
  readonly bytesReceived: Wide;
  readonly segmentsOut: number;
  readonly segmentsIn: number;
  readonly timer: SocketTimer;
  /** TCP_NODELAY and TCP_CORK: tp->nonagle. */
  readonly nonagle: number;
  readonly repair: boolean;
  /** Seconds; 0 where the system's default holds. */
  readonly keepaliveTime: number;
  readonly keepaliveInterval: number;
  readonly keepaliveProbes: number;
  /** Milliseconds, 0 for none. */
  readonly userTimeout: number;
  /** TCP_ULP: `tls`, `mptcp`, …; null for none. */
  readonly upperLayer: string | null;
  /** Of a listener: TCP_DEFER_ACCEPT, in retransmissions of SYN-ACK; 0 where not set. */
  readonly deferAccept: number;
  /** Of a listener: requests of TCP Fast Open it may have. */
  readonly fastopenLimit: number;
  /** Sent and not acknowledged, oldest first. */
  readonly unacknowledged: readonly QueuedPacket[];
  /** Written and not sent. */
  readonly unsent: readonly QueuedPacket[];
  /** Received ahead of a gap, by sequence number. */
  readonly outOfOrder: readonly QueuedPacket[];
}

export interface UnixDetail {
  /** As /proc/net/unix prints it: a path, or `@` and an abstract name (its NULs as `@`); null where unbound. */
  readonly name: string | null;
  /** sun_path byte for byte, hex: the NUL of an abstract name first. Null where unbound. */
  readonly nameBytes: string | null;
  /** Peer's struct sock; null where it has none. */
  readonly peer: Hex | null;
  readonly peerInode: Wide | null;
  /** SO_PEERCRED's pid, 0 where none. */
  readonly peerPid: number;
}

export interface NetlinkDetail {
  readonly portId: number;
  readonly peerPortId: number;
  /** Multicast groups that it listens to. */
  readonly groups: readonly number[];
  /** First word of the groups, as /proc/net/netlink prints it. */
  readonly groupMask: number;
  /** A dump is under way. */
  readonly dumping: boolean;
}

export interface PacketDetail {
  /** Ethernet protocol that it receives, host order; 3 for all. */
  readonly etherType: number;
  readonly interface: number;
  readonly running: boolean;
}

/** Context ids and ports; null for any. */
export interface VsockDetail {
  readonly localCid: number | null;
  readonly localPort: number | null;
  readonly remoteCid: number | null;
  readonly remotePort: number | null;
}

/** A listener's queue of connections. */
export interface Backlog {
  readonly length: number;
  readonly limit: number;
  readonly pending: readonly PendingConnection[];
}

export interface Socket {
  /** struct sock, or of a minisock its request_sock or inet_timewait_sock. */
  readonly address: Hex;
  /** `request` and `timewait` are TCP's small stand-ins for connections that begin or have ended. */
  readonly form: 'full' | 'request' | 'timewait';
  /** `unix`, `inet`, `inet6`, `netlink`, `packet`, `vsock`; `af-N` for one that has no reader. */
  readonly family: string;
  /** `stream`, `dgram`, `raw`, `rdm`, `seqpacket`, `dccp`, `packet`. */
  readonly type: string;
  readonly protocol: number;
  /** struct proto's name: `TCP`, `UNIX-STREAM`. */
  readonly protocolName: string;
  /** sk_state: `established`, `listen`, `time-wait`, …; for what is not connected `close`. */
  readonly state: string;
  readonly stateNumber: number;
  /** Inode number of its network namespace. */
  readonly namespace: number;
  /** As in `socket:[N]`; 0 where no descriptor can refer to it (any more, or yet). */
  readonly inode: Wide;
  readonly uid: number;
  readonly references: number;
  /** Hash table it was found in, with the slot there; null where only a descriptor led to it. */
  readonly table: string | null;
  readonly slot: number;
  readonly drops: number;
  /** RCV_SHUTDOWN 1, SEND_SHUTDOWN 2. */
  readonly shutdown: number;
  /** Null of a minisock. */
  readonly options: SocketOptions | null;
  readonly memory: SocketMemory | null;
  readonly receiveQueue: readonly QueuedPacket[];
  /** sk_error_queue, oldest first. */
  readonly errors: readonly QueuedError[];
  /** SO_ERROR: what the next call is to fail with; 0 for nothing. */
  readonly pendingError: number;
  readonly backlog: Backlog | null;
  readonly inet: InetDetail | null;
  readonly tcp: TcpDetail | null;
  readonly unix: UnixDetail | null;
  readonly netlink: NetlinkDetail | null;
  readonly packet: PacketDetail | null;
  /** Null where the kernel does not tell the module's types too. */
  readonly vsock: VsockDetail | null;
  /** Of a `request`, and of a `timewait`; null else. */
  readonly request: TcpRequest | null;
  readonly timeWait: TcpTimeWait | null;
  /** Of a minisock: its timer. */
  readonly timer: SocketTimer | null;
  /** Bytes that poll would report as waiting: Recv-Q of ss (of a listener: connections). */
  readonly receiveBytes: number;
  /** Bytes that the peer has not acknowledged, or the device has not sent. */
  readonly sendBytes: number;
}

/** A descriptor that refers to a socket. */
export interface SocketOwner {
  readonly pid: number;
  readonly comm: string;
  readonly fd: number;
}
