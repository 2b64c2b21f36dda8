// What --verbose tells of a socket, under its line.
import { textOfBytes } from '../../base/text.js';
import type { QueuedError, QueuedPacket, Socket, SocketTimer, TcpDetail } from '../../snapshot/socket.js';
import type { Style } from './style.js';
import { duration, plural, printable, shorten } from './units.js';

const INDENT = '      ';
/** Characters of a packet's contents on its line; --json has all. */
const SHOWN = 160;
/** TCP_NAGLE_OFF, TCP_NAGLE_CORK. */
const NODELAY = 1;
const CORK = 2;
const TIMERS = ['none', 'retransmission', 'keepalive', 'time-wait', 'zero window probe'];

export function* socketLines(socket: Socket, style: Style): Generator<string> {
  const { address, uid, inode, namespace, references } = socket;
  const facts = `sock ${address}  uid ${uid}  ino ${inode}  refs ${references}  netns ${namespace}`;
  yield style.dim(`${INDENT}${facts}${memoryText(socket)}`);
  const options = optionsText(socket);
  if (options !== '') yield style.dim(`${INDENT}options ${options}`);
  for (const line of tcpLines(socket)) yield style.dim(INDENT + line);
  if (socket.netlink !== null && socket.netlink.groups.length > 0)
    yield style.dim(`${INDENT}groups ${socket.netlink.groups.join(' ')}`);
  yield* backlogLines(socket, style);
  yield* queueLines('unread', socket.receiveQueue);
  for (const error of socket.errors) yield INDENT + errorText(error);
  if (socket.tcp === null) return;
  yield* queueLines('out of order', socket.tcp.outOfOrder);
  yield* queueLines('unacknowledged', socket.tcp.unacknowledged);
  yield* queueLines('unsent', socket.tcp.unsent);
}

/** Options that are not as a new socket has them. */
function optionsText({ options, tcp, inet, pendingError }: Socket): string {
  const named = {
    reuseaddr: options?.reuseAddress,
    reuseport: options?.reusePort,
    keepalive: options?.keepAlive,
    broadcast: options?.broadcast,
    oobinline: options?.urgentInline,
    rcvbuf: options?.receiveBufferSet,
    sndbuf: options?.sendBufferSet,
    nodelay: tcp !== null && (tcp.nonagle & NODELAY) !== 0,
    cork: tcp !== null && (tcp.nonagle & CORK) !== 0,
    [`linger ${options?.lingerSeconds} s`]: options?.lingerSeconds != null,
    [`priority ${options?.priority}`]: options?.priority,
    [`mark ${options?.mark}`]: options?.mark,
    recverr: inet?.receiveErrors,
    [`error ${pendingError}`]: pendingError,
  };
  return Object.keys(named)
    .filter((name) => named[name as keyof typeof named])
    .join(' ');
}

/** ss's skmem. */
function memoryText({ memory, drops }: Socket): string {
  if (memory === null) return '';
  const m = memory;
  const receive = `r${m.receive},rb${m.receiveLimit},t${m.send},tb${m.sendLimit},f${m.forward}`;
  return `  skmem:(${receive},w${m.writeQueued},o${m.option},bl${m.backlog},d${drops})`;
}

function* tcpLines({ tcp, state, timer, request, timeWait }: Socket): Generator<string> {
  if (timer !== null) yield `timer ${timerText(timer)}`;
  if (request !== null)
    yield `rcv isn ${request.rcvIsn} nxt ${request.rcvNxt} wnd ${request.rcvWnd}   snt isn ${request.sntIsn}` +
      `   mss ${request.mss}  sent again ${request.retransmits}`;
  if (timeWait !== null)
    yield `snd nxt ${timeWait.sndNxt}   rcv nxt ${timeWait.rcvNxt} wnd ${timeWait.rcvWnd}`;
  if (tcp === null || state === 'listen' || state === 'close') return;
  yield `snd una ${tcp.sndUna} nxt ${tcp.sndNxt} write ${tcp.writeSeq} wnd ${tcp.sndWnd}` +
    `   rcv nxt ${tcp.rcvNxt} copied ${tcp.copiedSeq} wnd ${tcp.rcvWnd}`;
  yield `${optionText(tcp)}  rto ${tcp.rtoMs} ms  rtt ${tcp.srttUs / 1000} ms  cwnd ${tcp.sndCwnd}` +
    `  sent ${tcp.bytesSent} acked ${tcp.bytesAcked} received ${tcp.bytesReceived}`;
  if (tcp.timer.kind !== 0) yield `timer ${timerText(tcp.timer)}`;
}

function timerText({ kind, remainingMs, timeouts }: SocketTimer): string {
  const left = remainingMs < 0 ? 'overdue' : `in ${duration(remainingMs / 1000)}`;
  const before = timeouts === 0 ? '' : `, ${plural(timeouts, 'time')} before`;
  return `${TIMERS[kind]} ${left}${before}`;
}

function optionText(tcp: TcpDetail): string {
  const scale = tcp.windowScaling ? [`wscale ${tcp.sndWscale},${tcp.rcvWscale}`] : [];
  const flags = [...(tcp.timestamps ? ['ts'] : []), ...(tcp.sack ? ['sack'] : [])];
  return [`mss ${tcp.mss}`, ...flags, ...scale, tcp.congestion ?? '?'].join(' ');
}

function* backlogLines({ backlog }: Socket, style: Style): Generator<string> {
  if (backlog === null) return;
  yield style.dim(`${INDENT}backlog ${backlog.length} of ${backlog.limit}`);
  for (const { peer, socket } of backlog.pending) yield `${INDENT}pending ${printable(peer)} sock ${socket}`;
}

function* queueLines(name: string, queue: readonly QueuedPacket[]): Generator<string> {
  for (const packet of queue) {
    const from = packet.from === null ? '' : ` from ${printable(packet.from)}`;
    const seq = packet.tcp === null ? '' : ` seq ${packet.tcp.seq}`;
    const who = packet.credentials?.pid ? ` by pid ${packet.credentials.pid}` : '';
    const end = packet.tcp !== null && (packet.tcp.flags & 1) === 1 ? ' FIN' : '';
    yield `${INDENT}${name} ${plural(packet.length, 'byte')}${from}${seq}${who}${end}${contents(packet)}`;
    for (const { path, address } of packet.files)
      yield `${INDENT}  passes ${printable(path)} (file ${address})`;
  }
}

function errorText(error: QueuedError): string {
  const { errno, origin, type, code, info, data, destination, offender } = error;
  const from = offender === null ? '' : ` by ${offender}`;
  const to = destination === null ? '' : ` to ${destination}`;
  const sent = error.contents === null ? null : textOfBytes(Buffer.from(error.contents, 'base64'));
  const text = sent === null || sent === '' ? '' : `: "${shorten(printable(sent), SHOWN)}"`;
  return `error ${errno} ${origin} type ${type} code ${code} info ${info} data ${data}${from}${to}${text}`;
}

function contents({ data, length }: QueuedPacket): string {
  if (data === null) return ': not readable';
  if (length === 0) return '';
  const text = printable(textOfBytes(Buffer.from(data, 'base64')));
  return `: "${shorten(text, SHOWN)}"`;
}
