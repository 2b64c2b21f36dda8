// Sockets (net/unix/af_unix.c, net/ipv4/tcp.c tcp_repair).

import { SOCKET_FLAG, SOCKET_STATE, type Socket, type Tcp } from '../../abi/records/sockets.js';
import type { Invariant } from '../invariant.js';
import type { Subject } from '../subject.js';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
/** Bytes of sockaddr_in and sockaddr_in6. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { [AF_INET]: 16, [AF_INET6]: 28 };
const LONGEST_ADDRESS = 128;
/** TCP_MAX_WSCALE. */
const WIDEST_SHIFT = 14;
const TCP_ESTABLISHED = 1;

/** b - a, of sequence numbers modulo 2^32. */
const distance = (a: number, b: number): number => (b - a) >>> 0;
const isTcp = ({ family, type }: Socket): boolean =>
  (family === AF_INET || family === AF_INET6) && type === SOCK_STREAM;

function eachTcp({ plan }: Subject, visit: (tcp: Tcp, object: string, socket: Socket) => void): void {
  plan.socket.forEach((socket, index) => {
    for (const tcp of socket.tcp) visit(tcp, `socket[${index}].tcp[0]`, socket);
  });
}

function addressProblem(address: Uint8Array, family: number): string | null {
  if (address.length === 0) return null;
  if (address.length < 2 || address.length > LONGEST_ADDRESS) return `has ${address.length} bytes`;
  const own = (address[0] as number) | ((address[1] as number) << 8);
  if (own !== family) return `is of family ${own}`;
  const wanted = ADDRESS_BYTES[family];
  return wanted !== undefined && address.length !== wanted
    ? `has ${address.length} bytes, not ${wanted}`
    : null;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const SOCKETS: readonly Invariant[] = [
  {
    name: 'socket-addresses',
    severity: 'error',
    why: "A socket's addresses are of its family, and as long as those are.",
    executor: 'loses the socket (EINVAL)',
    find: ({ plan }, report) => {
      plan.socket.forEach(({ family, local, remote }, index) => {
        for (const [name, address] of [
          ['local', local],
          ['remote', remote],
        ] as const) {
          const problem = addressProblem(address, family);
          if (problem !== null) report(`socket[${index}].${name}`, problem);
        }
      });
    },
  },
  {
    name: 'unix-peers',
    severity: 'error',
    why: "Two connected unix sockets are each other's peers; only a datagram socket may send to one that does not send back.",
    executor: 'refuses the plan',
    find: ({ plan: { socket } }, report) => {
      socket.forEach(({ family, type, peer, state }, index) => {
        if (peer === null) return;
        const object = `socket[${index}]`;
        const other = socket[peer];
        if (family !== AF_UNIX || other?.family !== AF_UNIX || other.type !== type) {
          report(object, `has socket[${peer}] as its peer, which is of another kind`);
        } else if (type !== SOCK_DGRAM && (other.peer !== index || state !== SOCKET_STATE.connected)) {
          report(object, `has socket[${peer}] as its peer, which has not it`);
        }
      });
    },
  },
  {
    name: 'listeners-listen',
    severity: 'error',
    why: 'Only a listener has connections that wait to be accepted, and these are marked so.',
    executor: 'refuses the plan',
    find: ({ plan: { socket } }, report) => {
      socket.forEach(({ state, pending }, index) => {
        const object = `socket[${index}]`;
        if (state !== SOCKET_STATE.listening && pending.length > 0)
          report(object, 'has connections, and does not listen');
        for (const { socket: child } of pending) {
          const embryo = child === null ? undefined : socket[child];
          if (embryo && (embryo.flags & SOCKET_FLAG.embryo) === 0)
            report(object, `has socket[${child}] waiting, which is not marked`);
        }
      });
    },
  },
  {
    name: 'one-listener',
    severity: 'error',
    why: 'Two listeners have one address only where both allow it (SO_REUSEPORT): bind(2) gives EADDRINUSE.',
    executor: 'loses the second',
    find: ({ plan: { socket } }, report) => {
      const seen = new Map<string, number>();
      socket.forEach(({ state, local, flags, namespace, type }, index) => {
        if (state !== SOCKET_STATE.listening || local.length === 0) return;
        const key = `${namespace} ${type} ${text(local)}`;
        const other = seen.get(key);
        if (other !== undefined && (flags & (socket[other]?.flags ?? 0) & SOCKET_FLAG.reuse_port) === 0) {
          report(`socket[${index}]`, `listens where socket[${other}] does`);
        }
        seen.set(key, index);
      });
    },
  },
  {
    name: 'tcp-described',
    severity: 'error',
    why: 'A TCP connection has its sequence numbers and windows; other sockets have none.',
    executor: 'loses the socket',
    find: ({ plan: { socket } }, report) => {
      socket.forEach((each, index) => {
        const connected = each.state === SOCKET_STATE.connected || each.state === SOCKET_STATE.closing;
        if (isTcp(each) && connected ? each.tcp.length !== 1 : each.tcp.length > (isTcp(each) ? 1 : 0)) {
          report(`socket[${index}]`, `has ${each.tcp.length} descriptions of a TCP connection`);
        }
      });
    },
  },
  {
    name: 'tcp-sequence',
    severity: 'error',
    why: 'Sequence numbers are in order: what is acknowledged lies before what is sent, and that before what is written; what is read before what is received.',
    executor: 'loses the connection',
    find: (subject, report) => {
      eachTcp(subject, (tcp, object, { state }) => {
        if (state !== SOCKET_STATE.connected) return;
        const half = 2 ** 31;
        if (distance(tcp.sndUna, tcp.sndNxt) >= half || distance(tcp.sndNxt, tcp.writeSeq) >= half) {
          report(object, `has snd_una ${tcp.sndUna}, snd_nxt ${tcp.sndNxt}, write_seq ${tcp.writeSeq}`);
        }
        if (distance(tcp.copiedSeq, tcp.rcvNxt) >= half) {
          report(object, `has copied_seq ${tcp.copiedSeq}, rcv_nxt ${tcp.rcvNxt}`);
        }
      });
    },
  },
  {
    name: 'tcp-queues-fit',
    severity: 'error',
    why: 'Queues have as many bytes as sequence numbers say: TCP_REPAIR would go on at the wrong byte.',
    executor: 'loses the connection',
    find: (subject, report) => {
      eachTcp(subject, (tcp, object) => {
        if (tcp.state !== TCP_ESTABLISHED) return;
        const sent = distance(tcp.sndUna, tcp.sndNxt);
        const written = distance(tcp.sndNxt, tcp.writeSeq);
        const received = distance(tcp.copiedSeq, tcp.rcvNxt);
        if (tcp.unacknowledged.length !== sent)
          report(object, `has ${tcp.unacknowledged.length} bytes unacknowledged, not ${sent}`);
        if (tcp.unsent.length !== written)
          report(object, `has ${tcp.unsent.length} bytes unsent, not ${written}`);
        if (tcp.unread.length !== received)
          report(object, `has ${tcp.unread.length} bytes unread, not ${received}`);
      });
    },
  },
  {
    name: 'tcp-windows',
    severity: 'error',
    why: "Shifts of windows are at most 14 (RFC 7323), and what is sent lies in the peer's window as it was at its widest.",
    executor: 'loses the connection (EINVAL)',
    find: (subject, report) => {
      eachTcp(subject, (tcp, object, { state }) => {
        if (tcp.sndWscale > WIDEST_SHIFT || tcp.rcvWscale > WIDEST_SHIFT) {
          report(object, `has shifts ${tcp.sndWscale} and ${tcp.rcvWscale}`);
        }
        const flight = distance(tcp.sndUna, tcp.sndNxt);
        if (state === SOCKET_STATE.connected && flight > Math.max(tcp.maxWindow, 1)) {
          report(object, `has ${flight} bytes under way, and a window of ${tcp.maxWindow}`);
        }
      });
    },
  },
  {
    name: 'tcp-ends-agree',
    severity: 'error',
    why: 'Of a connection with both ends in the plan, each has received no more than the other has sent, and at least what the other knows to be received.',
    executor: 'loses the connection',
    find: ({ plan: { socket } }, report) => {
      const ends = new Map<string, number>();
      const key = (a: Uint8Array, b: Uint8Array, family: number) => `${family} ${text(a)} ${text(b)}`;
      for (const [index, { local, remote, tcp, family, state }] of socket.entries()) {
        if (tcp.length === 0 || state !== SOCKET_STATE.connected) continue;
        const other = ends.get(key(remote, local, family));
        ends.set(key(local, remote, family), index);
        const [mine, theirs] = [tcp[0], other === undefined ? undefined : socket[other]?.tcp[0]];
        if (mine === undefined || theirs === undefined) continue;
        for (const [from, to] of [
          [mine, theirs],
          [theirs, mine],
        ] as const) {
          if (distance(from.sndUna, to.rcvNxt) > distance(from.sndUna, from.writeSeq) + 1) {
            report(
              `socket[${index}]`,
              `and socket[${other}]: sent ${from.sndUna} to ${from.sndNxt}, received up to ${to.rcvNxt}`,
            );
          }
        }
      }
    },
  },
];
