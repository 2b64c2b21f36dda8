// What a network namespace has besides sockets, as plain data: devices, addresses, routes (include/linux/netdevice.h,
// inetdevice.h, net/if_inet6.h, net/ip_fib.h, net/ip6_fib.h).

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

/** struct rtnl_link_stats64, in the order of /proc/net/dev's columns, which add some of them up. */
export interface DeviceStats {
  readonly rxBytes: Wide;
  readonly rxPackets: Wide;
  readonly rxErrors: Wide;
  readonly rxDropped: Wide;
  readonly multicast: Wide;
  readonly txBytes: Wide;
  readonly txPackets: Wide;
  readonly txErrors: Wide;
  readonly txDropped: Wide;
  readonly collisions: Wide;
}

export interface NetDevice {
  readonly address: Hex;
  /** Inode number of its network namespace. */
  readonly namespace: number;
  readonly index: number;
  readonly name: string;
  /** ARPHRD_*: 1 Ethernet, 772 loopback. */
  readonly type: number;
  /** `veth`, `bridge`, …; null for a driver's own device. */
  readonly kind: string | null;
  /** Hardware address, `aa:bb:…`; empty where it has none. */
  readonly mac: string;
  readonly broadcast: string;
  /** IFF_* as ip prints them, in its order. */
  readonly flags: readonly string[];
  readonly flagBits: number;
  readonly mtu: number;
  readonly queueLength: number;
  /** Queueing discipline's name, `noqueue`; null for none. */
  readonly qdisc: string | null;
  /** `UP`, `DOWN`, `UNKNOWN`, … */
  readonly operState: string;
  readonly group: number;
  /** Null where only the driver knows them. */
  readonly stats: DeviceStats | null;
}

export interface InterfaceAddress {
  readonly namespace: number;
  readonly device: string;
  readonly index: number;
  readonly family: 'inet' | 'inet6';
  readonly address: string;
  /** The other end of a point-to-point link; else the address itself. */
  readonly peer: string;
  readonly prefixLength: number;
  /** IPv4's broadcast address; null for none. */
  readonly broadcast: string | null;
  /** rtnetlink's RT_SCOPE_*: 0 global, 200 site, 253 link, 254 host. */
  readonly scope: number;
  /** IFA_F_*: 128 permanent, 8 optimistic, 64 tentative, … */
  readonly flags: number;
  /** IPv4's label; null where there is none. */
  readonly label: string | null;
  /** Seconds that it was given, when it was last told; null for ever. */
  readonly validLifetime: number | null;
  readonly preferredLifetime: number | null;
  /** IFAPROT_*: 1 the kernel for loopback, 2 router advertisement, 3 link-local; 0 not told. */
  readonly protocol: number;
}

export interface NextHop {
  /** Null where the route leads nowhere. */
  readonly device: string | null;
  readonly index: number;
  /** Null for a direct route. */
  readonly gateway: string | null;
  readonly weight: number;
  /** RTNH_F_*: 1 dead, 4 onlink, 16 no link. */
  readonly flags: number;
}

/** RTAX_*: those that are set, as the kernel keeps them (`rtt` in eighths of a millisecond, `rttVar` in quarters). */
export interface RouteMetrics {
  /** Bits of those that the kernel may not change. */
  readonly lock?: number;
  readonly mtu?: number;
  readonly window?: number;
  readonly rtt?: number;
  readonly rttVar?: number;
  readonly ssthresh?: number;
  readonly cwnd?: number;
  readonly advmss?: number;
  readonly reordering?: number;
  readonly hopLimit?: number;
  readonly initialCwnd?: number;
  readonly features?: number;
  readonly rtoMin?: number;
  readonly initialRwnd?: number;
  readonly quickAck?: number;
  /** Key of the congestion control. */
  readonly congestion?: number;
  readonly fastOpenNoCookie?: number;
}

export interface Route {
  readonly address: Hex;
  readonly namespace: number;
  readonly family: 'inet' | 'inet6';
  /** 254 main, 255 local, 253 default. */
  readonly table: number;
  /** RTN_*: `unicast`, `local`, `broadcast`, `unreachable`, … */
  readonly type: string;
  readonly destination: string;
  readonly prefixLength: number;
  readonly metric: number;
  /** RTPROT_*: 2 kernel, 3 boot, 4 static, 9 router advertisement, … */
  readonly protocol: number;
  /** RT_SCOPE_*, IPv4 only: 0 for IPv6. */
  readonly scope: number;
  /** Source that is preferred; null for none. */
  readonly source: string | null;
  /** IPv6: it is for packets from there only, `2001:db8::/32`; null for all. */
  readonly from: string | null;
  readonly metrics: RouteMetrics;
  /** TOS of IPv4's route; 0 for any. */
  readonly tos: number;
  /** RTNH_F_* of the route (IPv4), RTF_* (IPv6). */
  readonly flags: number;
  /** Id of the next hop object that the route refers to; null where it has next hops of its own. */
  readonly nextHopId: number | null;
  readonly nextHops: readonly NextHop[];
}

/** A protocol that has registered: struct proto. */
export interface NetProtocol {
  readonly name: string;
  /** Bytes of a socket. */
  readonly objectSize: number;
  /** In the namespace asked for. */
  readonly sockets: number;
  /** Pages of buffers, of all namespaces; null where it does not count them. */
  readonly memoryPages: number | null;
  readonly pressure: boolean | null;
  readonly maxHeader: number;
  readonly slab: boolean;
  /** Null for the kernel itself. */
  readonly module: string | null;
  /** Which operations it has, by the columns of /proc/net/protocols. */
  readonly operations: readonly { readonly column: string; readonly there: boolean }[];
}
