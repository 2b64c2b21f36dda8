// Queues of packets as the snapshot holds them: what has been received and not read, sent and not acknowledged.
// Mirrors tcp_recvmsg(), udp_recvmsg() and unix_stream_read_generic() in what counts as read already.

import { type Kva, NULL } from '../../base/address.js';
import type { QueuedPacket } from '../../snapshot/socket.js';
import { openFile } from '../fs/open-file.js';
import type { Kernel } from '../kernel/kernel.js';
import { pidNumber } from '../tasks/ids.js';
import { forEachRbEntry } from '../walks/rbtree.js';
import { inetAddress } from './addresses.js';
import { forEachSkb, SKB, skbBytes } from './skb.js';
import { UNNAMED, unixSender } from './unix.js';

const TCP_CB = { seq: 'seq', endSeq: 'end_seq', flags: 'tcp_flags' } as const;
const UNIX_CB = { pid: 'pid', uid: 'uid', gid: 'gid', files: 'fp', consumed: 'consumed' } as const;
const FILES = { count: 'count', files: 'fp' } as const;
const NETLINK_CB = { port: 'portid' } as const;
const IP = { saddr: 'saddr' } as const;
const UDP_PORT_BYTES = 2;
/** SCM_MAX_FD. */
const MAX_FILES = 253;
const MAX_TREE = 1 << 20;

type Detail = Partial<Pick<QueuedPacket, 'tcp' | 'from' | 'fromBytes' | 'credentials' | 'files'>>;

/** `skip` is how many of its bytes have been taken already. */
function packet(kernel: Kernel, skb: Kva, skip: number, detail: Detail): QueuedPacket {
  const { mem, faults } = kernel;
  const at = kernel.layout('sk_buff', SKB);
  const bytes = () => Buffer.from(skbBytes(kernel, skb).subarray(skip)).toString('base64');
  return {
    address: mem.hex(skb),
    length: Math.max(0, mem.u32(skb, at.length) - skip),
    data: faults.guard('packet', bytes, null),
    truesize: mem.u32(skb, at.truesize),
    tcp: null,
    from: null,
    fromBytes: null,
    credentials: null,
    files: [],
    ...detail,
  };
}

function collect(kernel: Kernel, queue: Kva, read: (skb: Kva) => QueuedPacket): QueuedPacket[] {
  const found: QueuedPacket[] = [];
  forEachSkb(kernel, queue, (skb) => found.push(read(skb)));
  return found;
}

/** Segments; of the first, bytes before `from` have been read (or acknowledged) already. */
export function tcpQueue(kernel: Kernel, queue: Kva, from: number): QueuedPacket[] {
  return collect(kernel, queue, (skb) => tcpPacket(kernel, skb, from)).filter(isUnread(from));
}

/** As tcpQueue, of a tree of segments: retransmission and out-of-order queues. */
export function tcpTree(kernel: Kernel, root: Kva, from: number): QueuedPacket[] {
  const found: QueuedPacket[] = [];
  // rbnode is the first member of an sk_buff, as its list is.
  forEachRbEntry(kernel, root, 0, (skb) => found.push(tcpPacket(kernel, skb, from)), MAX_TREE);
  return found;
}

function tcpPacket(kernel: Kernel, skb: Kva, from: number): QueuedPacket {
  const { mem } = kernel;
  const control = (skb + kernel.layout('sk_buff', SKB).control) as Kva;
  const at = kernel.layout('tcp_skb_cb', TCP_CB);
  const seq = mem.u32(control, at.seq);
  const behind = (from - seq) | 0;
  const tcp = { seq, endSeq: mem.u32(control, at.endSeq), flags: mem.u8(control, at.flags) };
  return packet(kernel, skb, Math.max(0, behind), { tcp });
}

/** A segment that has been read to its end may stay in the queue until the next packet comes. */
function isUnread(from: number): (packet: QueuedPacket) => boolean {
  return ({ tcp }) => tcp !== null && ((tcp.endSeq - from) | 0) > 0;
}

/** Datagrams with their senders. UDP keeps some that it is about to deliver in a queue of the reader's. */
export function datagramQueue(kernel: Kernel, queue: Kva, udp: boolean): QueuedPacket[] {
  return collect(kernel, queue, (skb) => {
    const from = kernel.faults.guard('sender', () => sender(kernel, skb, udp), null);
    return packet(kernel, skb, 0, { from });
  });
}

function sender(kernel: Kernel, skb: Kva, udp: boolean): string | null {
  const { mem } = kernel;
  const at = kernel.layout('sk_buff', SKB);
  const head = mem.ptr(skb, at.head);
  const network = (head + mem.u16(skb, at.network)) as Kva;
  const version = mem.u8(network) >>> 4;
  if (version !== 4 && version !== 6) return null;
  const type = version === 4 ? 'iphdr' : 'ipv6hdr';
  const { saddr } = version === 4 ? kernel.layout('iphdr', IP) : kernel.layout(type, IP6);
  const address = inetAddress(mem.bytes(network, version === 4 ? 4 : 16, saddr));
  if (!udp) return address;
  const [high, low] = mem.bytes((head + mem.u16(skb, at.transport)) as Kva, UDP_PORT_BYTES);
  const port = (high as number) * 256 + (low as number);
  return version === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}

const IP6 = { saddr: 'saddr' } as const;

export function unixQueue(kernel: Kernel, queue: Kva, stream: boolean): QueuedPacket[] {
  return collect(kernel, queue, (skb) => {
    const control = (skb + kernel.layout('sk_buff', SKB).control) as Kva;
    const at = kernel.layout('unix_skb_parms', UNIX_CB);
    const { mem, faults } = kernel;
    const { name, nameBytes } = faults.guard('sender', () => unixSender(kernel, skb), UNNAMED);
    return packet(kernel, skb, stream ? mem.u32(control, at.consumed) : 0, {
      from: name,
      fromBytes: nameBytes,
      credentials: {
        pid: faults.guard('pid', () => pidNumber(kernel, mem.ptr(control, at.pid)), 0),
        uid: mem.u32(control, at.uid),
        gid: mem.u32(control, at.gid),
      },
      files: faults.guard('passed files', () => passedFiles(kernel, mem.ptr(control, at.files)), []),
    });
  });
}

function passedFiles(kernel: Kernel, list: Kva): QueuedPacket['files'] {
  if (list === NULL) return [];
  const { mem } = kernel;
  const at = kernel.layout('scm_fp_list', FILES);
  const count = mem.u16(list, at.count);
  if (count > MAX_FILES) throw mem.fault('corrupt', `${count} descriptors in one packet`, list, at.count);
  return Array.from({ length: count }, (_, i) => {
    const { address, path } = openFile(kernel, mem.ptr(list, at.files + 8 * i));
    return { address, path };
  });
}

export function netlinkQueue(kernel: Kernel, queue: Kva): QueuedPacket[] {
  return collect(kernel, queue, (skb) => {
    const control = (skb + kernel.layout('sk_buff', SKB).control) as Kva;
    const port = kernel.mem.u32(control, kernel.layout('netlink_skb_parms', NETLINK_CB).port);
    return packet(kernel, skb, 0, { from: port === 0 ? 'kernel' : `port ${port}` });
  });
}

export function plainQueue(kernel: Kernel, queue: Kva): QueuedPacket[] {
  return collect(kernel, queue, (skb) => packet(kernel, skb, 0, {}));
}
