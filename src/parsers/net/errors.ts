// The error queue of a socket: struct sock_exterr_skb (include/linux/errqueue.h) in each packet's control block. Mirrors
// ip_recv_error() of net/ipv4/ip_sockglue.c and ipv6_recv_error() of net/ipv6/datagram.c in what addresses it tells.

import type { Kva } from '../../base/address.js';
import type { QueuedError } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { inetAddress } from './addresses.js';
import { forEachSkb, SKB, skbBytes } from './skb.js';

const SOCK = { queue: 'sk_error_queue' } as const;
const CONTROL = { error: 'ee', destination: 'addr_offset', port: 'port' } as const;
const ERROR = {
  errno: 'ee_errno',
  origin: 'ee_origin',
  type: 'ee_type',
  code: 'ee_code',
  info: 'ee_info',
  data: 'ee_data',
} as const;
const IP4 = { source: 'saddr', destination: 'daddr' } as const;
const IP6 = { source: 'saddr', destination: 'daddr' } as const;
/** SO_EE_ORIGIN_*. */
const ORIGINS = ['none', 'local', 'icmp', 'icmp6', 'timestamping', 'zerocopy', 'txtime'];
const PORT_BYTES = 2;

interface Family {
  readonly bytes: number;
  /** Offset of the source in its header. */
  readonly source: number;
}

export function errorQueue(kernel: Kernel, sock: Kva): QueuedError[] {
  const found: QueuedError[] = [];
  const queue = (sock + kernel.layout('sock', SOCK).queue) as Kva;
  forEachSkb(kernel, queue, (skb) => found.push(readError(kernel, skb)));
  return found;
}

function readError(kernel: Kernel, skb: Kva): QueuedError {
  const { mem, faults } = kernel;
  const control = (skb + kernel.layout('sk_buff', SKB).control) as Kva;
  const at = kernel.layout('sock_exterr_skb', CONTROL);
  const of = kernel.layout('sock_extended_err', ERROR);
  const error = (control + at.error) as Kva;
  const number = mem.u8(error, of.origin);
  const origin = ORIGINS[number] ?? String(number);
  return {
    address: mem.hex(skb),
    errno: mem.u32(error, of.errno),
    origin,
    type: mem.u8(error, of.type),
    code: mem.u8(error, of.code),
    info: mem.u32(error, of.info),
    data: mem.u32(error, of.data),
    destination: faults.guard('destination', () => destination(kernel, skb, control, origin), null),
    offender: faults.guard('offender', () => offender(kernel, skb, origin), null),
    contents: faults.guard('contents', () => Buffer.from(skbBytes(kernel, skb)).toString('base64'), null),
  };
}

function families(kernel: Kernel): readonly [v4: Family, v6: Family] {
  return [
    { bytes: 4, source: kernel.layout('iphdr', IP4).source },
    { bytes: 16, source: kernel.layout('ipv6hdr', IP6).source },
  ];
}

/** Of an ICMP message and of what failed here. A header that was made up for a local failure says its family by its length. */
function destination(kernel: Kernel, skb: Kva, control: Kva, origin: string): string | null {
  const { mem } = kernel;
  const at = kernel.layout('sock_exterr_skb', CONTROL);
  const offset = mem.u16(control, at.destination);
  const [v4, v6] = families(kernel);
  const isLocal6 = origin === 'local' && offset === kernel.layout('ipv6hdr', IP6).destination;
  if (!['local', 'icmp', 'icmp6'].includes(origin)) return null;
  const family = origin === 'icmp6' || isLocal6 ? v6 : v4;
  const address = inetAddress(mem.bytes(networkHeader(kernel, skb), family.bytes, offset));
  const [high, low] = mem.bytes(control, PORT_BYTES, at.port) as unknown as [number, number];
  return `${family === v6 ? `[${address}]` : address}:${high * 256 + low}`;
}

function offender(kernel: Kernel, skb: Kva, origin: string): string | null {
  if (origin !== 'icmp' && origin !== 'icmp6') return null;
  const [v4, v6] = families(kernel);
  const { source, bytes } = origin === 'icmp6' ? v6 : v4;
  return inetAddress(kernel.mem.bytes(networkHeader(kernel, skb), bytes, source));
}

function networkHeader(kernel: Kernel, skb: Kva): Kva {
  const at = kernel.layout('sk_buff', SKB);
  return (kernel.mem.ptr(skb, at.head) + kernel.mem.u16(skb, at.network)) as Kva;
}
