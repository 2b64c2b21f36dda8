// /proc/net/ipv6_route and if_inet6, byte for byte. Mirrors ipv6_route_native_seq_show() of net/ipv6/ip6_fib.c and
// if6_seq_show() of net/ipv6/addrconf.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import { deviceIndex, deviceName } from './devices.js';
import type { NetNamespace } from './namespaces.js';
import { firstObjectHop } from './next-hops.js';
import { hexColumn, right } from './proc-columns.js';
import { forEachRoute6 } from './routes6.js';

const INFO = {
  destination: 'fib6_dst',
  from: 'fib6_src?',
  metric: 'fib6_metric',
  references: 'fib6_ref',
  flags: 'fib6_flags',
  object: 'nh?',
  hop: 'fib6_nh',
} as const;
const KEY = { address: 'addr', length: 'plen' } as const;
const HOP = { device: 'nhc_dev', gatewayFamily: 'nhc_gw_family', gateway: 'nhc_gw' } as const;
const IFA = {
  node: 'addr_lst',
  owner: 'idev',
  address: 'addr',
  prefixLength: 'prefix_len',
  scope: 'scope',
  flags: 'flags',
} as const;
const NET = { addresses: 'ipv6.inet6_addr_lst' } as const;
const DEVICE = { net: 'nd_net.net' } as const;
const OWNER = { device: 'dev' } as const;
const RTF_GATEWAY = 2;
/** IN6_ADDR_HSIZE. */
const ADDRESS_SLOTS = 256;
const POINTER = 8;
const NO_ADDRESS = '0'.repeat(32);

export function ipv6RouteText(kernel: Kernel, namespace: NetNamespace): string[] {
  const lines: string[] = [];
  forEachRoute6(kernel, namespace, (info) => lines.push(routeLine(kernel, info)));
  return lines;
}

function routeLine(kernel: Kernel, info: Kva): string {
  const { mem } = kernel;
  const at = kernel.layout('fib6_info', INFO);
  const of = kernel.layout('fib_nh_common', HOP);
  const object = at.object === undefined ? NULL : mem.ptr(info, at.object);
  const hop = object === NULL ? ((info + at.hop) as Kva) : firstObjectHop(kernel, object);
  const hasGateway = mem.u8(hop, of.gatewayFamily) !== 0;
  const device = mem.ptr(hop, of.device);
  const columns = [
    prefixColumns(kernel, (info + at.destination) as Kva),
    at.from === undefined ? `${NO_ADDRESS} 00` : prefixColumns(kernel, (info + at.from) as Kva),
    hasGateway ? hexBytes(mem.bytes(hop, 16, of.gateway)) : NO_ADDRESS,
    ...[mem.u32(info, at.metric), mem.u32(info, at.references), 0].map(hexWord),
    hexWord(mem.u32(info, at.flags) | (hasGateway ? RTF_GATEWAY : 0)),
    right(device === NULL ? '' : deviceName(kernel, device), 8),
  ];
  return columns.join(' ');
}

function prefixColumns(kernel: Kernel, key: Kva): string {
  const at = kernel.layout('rt6key', KEY);
  return `${hexBytes(kernel.mem.bytes(key, 16, at.address))} ${hexByte(kernel.mem.u32(key, at.length))}`;
}

const hexWord = (value: number): string => hexColumn(value, 8).toLowerCase();
const hexByte = (value: number): string => hexColumn(value, 2).toLowerCase();
const hexBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Heads of the chains of addresses, of a namespace or of all. */
export const addressTable: Trait<(kernel: Kernel, net: Kva) => Kva> = {
  name: 'IPv6 addresses by hash',
  eras: [
    {
      name: 'of a namespace',
      since: '5.18',
      commit: '21a216a8fc63',
      evidence: 'net.ipv6.inet6_addr_lst',
      probe: hasMember('net.ipv6.inet6_addr_lst'),
      reader: (kernel, net) => kernel.mem.ptr(net, kernel.layout('net', NET).addresses),
    },
    {
      name: 'global',
      since: '2.6',
      commit: null,
      evidence: 'symbol inet6_addr_lst',
      probe: hasSymbol('inet6_addr_lst'),
      reader: (kernel) => kernel.symbol('inet6_addr_lst'),
    },
  ],
};

export function ifInet6Text(kernel: Kernel, { address: net }: NetNamespace): string[] {
  const { mem } = kernel;
  const at = kernel.layout('inet6_ifaddr', IFA);
  const lines: string[] = [];
  const table = kernel.trait(addressTable)(kernel, net);
  for (let slot = 0; table !== NULL && slot < ADDRESS_SLOTS; slot++) {
    forEachHlistEntry(kernel, (table + slot * POINTER) as Kva, at.node, (ifa) => {
      const device = mem.ptr(mem.ptr(ifa, at.owner), kernel.layout('inet6_dev', OWNER).device);
      if (mem.ptr(device, kernel.layout('net_device', DEVICE).net) !== net) return;
      const columns = [
        hexBytes(mem.bytes(ifa, 16, at.address)),
        ...[deviceIndex(kernel, device), mem.u32(ifa, at.prefixLength)].map(hexByte),
        ...[mem.u16(ifa, at.scope), mem.u32(ifa, at.flags) & 0xff].map(hexByte),
        right(deviceName(kernel, device), 8),
      ];
      lines.push(columns.join(' '));
    });
  }
  return lines;
}
