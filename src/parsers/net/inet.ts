// Addresses and ports of Internet sockets and minisocks (include/net/inet_sock.h): they lie in sock_common, so that the
// hash look-up reads one cache line.

import { type Kva, NULL } from '../../base/address.js';
import type { InetDetail } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { hexBytes, inetAddress } from './addresses.js';
import { field } from './bits.js';
import { COMMON } from './sock.js';

const INET_SOCK = { sport: 'inet_sport', saddr: 'inet_saddr' } as const;
const FLAGS = { flags: 'inet_flags' } as const;
const INET6 = { own: 'pinet6' } as const;
const AF_INET6 = 10;
const PORT_BYTES = 2;

/** `sport` of a full socket lies in struct inet_sock; a minisock has only skc_num. */
export function readInet(kernel: Kernel, sock: Kva, full: boolean): InetDetail {
  const { mem } = kernel;
  const at = kernel.layout('sock', COMMON);
  const six = mem.u16(sock, at.family) === AF_INET6 && at.saddr6 !== undefined && at.daddr6 !== undefined;
  const bytes = (v4: number, v6: number | undefined) =>
    six ? mem.bytes(sock, 16, v6 as number) : mem.bytes(sock, 4, v4);
  const local = bytes(at.saddr, at.saddr6);
  const remote = bytes(at.daddr, at.daddr6);
  const { sport } = kernel.layout('inet_sock', INET_SOCK);
  return {
    localAddress: inetAddress(local),
    localPort: full ? bigEndian(kernel, sock, sport) : mem.u16(sock, at.num),
    remoteAddress: inetAddress(remote),
    remotePort: bigEndian(kernel, sock, at.dport),
    localBytes: hexBytes(local),
    remoteBytes: hexBytes(remote),
    boundDevice: mem.i32(sock, at.device),
    v6only: field(kernel, sock, 'sock.__sk_common.skc_ipv6only') === 1,
    receiveErrors: full && kernel.trait(receivesErrors)(kernel, sock, six),
  };
}

/** Whether failures are queued, of IPv4 or of IPv6. */
export const receivesErrors: Trait<(kernel: Kernel, sock: Kva, six: boolean) => boolean> = {
  name: 'IP_RECVERR of a socket',
  eras: [
    {
      name: 'bits of inet_flags',
      since: '6.6',
      commit: 'c274af224269',
      evidence: 'inet_sock.inet_flags',
      probe: hasMember('inet_sock.inet_flags'),
      reader: (kernel, sock, six) => {
        const bit = kernel.types.enumerator(six ? 'INET_FLAGS_RECVERR6' : 'INET_FLAGS_RECVERR');
        const { flags } = kernel.layout('inet_sock', FLAGS);
        return bit !== undefined && ((kernel.mem.u64(sock, flags) >> BigInt(bit)) & 1n) === 1n;
      },
    },
    {
      name: 'bit-fields',
      since: '2.6',
      commit: null,
      evidence: 'inet_sock.recverr',
      probe: hasMember('inet_sock.recverr'),
      reader: (kernel, sock, six) => {
        if (!six) return field(kernel, sock, 'inet_sock.recverr') === 1;
        const own = kernel.mem.ptr(sock, kernel.layout('inet_sock', INET6).own);
        return own !== NULL && field(kernel, own, 'ipv6_pinfo.recverr') === 1;
      },
    },
  ],
};

function bigEndian(kernel: Kernel, base: Kva, offset: number): number {
  const [high, low] = kernel.mem.bytes(base, PORT_BYTES, offset) as unknown as [number, number];
  return high * 256 + low;
}

/** `127.0.0.1:80`, `[::1]:80`, `*` for any address or port. */
export function endpoint(address: string, port: number): string {
  const any = address === '0.0.0.0' || address === '::';
  const host = any ? '*' : address.includes(':') ? `[${address}]` : address;
  return `${host}:${port === 0 ? '*' : port}`;
}
