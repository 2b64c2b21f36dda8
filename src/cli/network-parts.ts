// `net devices`, `net addresses`, `net routes`: each namespace's, in ip's words.

import type { Dump } from '../parsers/dump.js';
import { networkOf } from '../parsers/parts/network.js';
import type { InterfaceAddress, NetDevice, Route } from '../snapshot/network.js';
import type { Style } from './render/style.js';
import { type Column, table } from './render/table.js';
import { printable } from './render/units.js';
import type { Result } from './result.js';

const LOOPBACK = 772;
const ETHERNET = 1;
const SCOPES: Readonly<Record<number, string>> = {
  0: 'global',
  200: 'site',
  253: 'link',
  254: 'host',
  255: 'nowhere',
};
const TABLES: Readonly<Record<number, string>> = { 253: 'default', 254: 'main', 255: 'local' };
const ROUTE_PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'redirect',
  2: 'kernel',
  4: 'static',
  9: 'ra',
  16: 'dhcp',
};
/** RTPROT_BOOT. */
const BOOT = 3;
/** RTNH_F_ONLINK. */
const ONLINK = 4;
/** IFA_F_* that ip names; `secondary` is `temporary` of IPv6. */
const ADDRESS_FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [1, 'secondary'],
  [0x40, 'tentative'],
  [0x20, 'deprecated'],
  [2, 'nodad'],
  [4, 'optimistic'],
  [8, 'dadfailed'],
  [0x100, 'mngtmpaddr'],
  [0x200, 'noprefixroute'],
];
const ADDRESS_PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'kernel_lo',
  2: 'kernel_ra',
  3: 'kernel_ll',
};

type Part = { readonly namespace: number };

/** Those of one namespace, or all; a heading for each namespace where there are several. */
function* byNamespace<T extends Part>(
  all: readonly T[],
  style: Style,
  lines: (some: readonly T[]) => Iterable<string>,
): Generator<string> {
  const namespaces = [...new Set(all.map(({ namespace }) => namespace))];
  for (const [i, namespace] of namespaces.entries()) {
    if (i > 0) yield '';
    if (namespaces.length > 1) yield style.title(`netns ${namespace}`);
    yield* lines(all.filter((each) => each.namespace === namespace));
  }
}

function wanted<T extends Part>(all: readonly T[], namespace: number | undefined): readonly T[] {
  return namespace === undefined ? all : all.filter((each) => each.namespace === namespace);
}

const DEVICES: readonly Column<NetDevice>[] = [
  { head: 'IFINDEX', right: true, cell: ({ index }) => index },
  { head: 'NAME', cell: ({ name }) => printable(name) },
  { head: 'STATE', cell: ({ operState }) => operState },
  { head: 'MTU', right: true, cell: ({ mtu }) => mtu },
  { head: 'LINK', cell: linkText },
  { head: 'QDISC', cell: ({ qdisc }) => qdisc ?? '-' },
  { head: 'RX BYTES', right: true, cell: ({ stats }) => stats?.rxBytes ?? '?' },
  { head: 'PACKETS', right: true, cell: ({ stats }) => stats?.rxPackets ?? '?' },
  { head: 'TX BYTES', right: true, cell: ({ stats }) => stats?.txBytes ?? '?' },
  { head: 'PACKETS', right: true, cell: ({ stats }) => stats?.txPackets ?? '?' },
  { head: 'FLAGS', cell: ({ flags }) => flags.join(',') },
];

function linkText({ type, mac, kind }: NetDevice): string {
  const name = type === LOOPBACK ? 'loopback' : type === ETHERNET ? 'ether' : `type ${type}`;
  return [name, mac, ...(kind === null ? [] : [`(${kind})`])].join(' ');
}

export function netDevices(dump: Dump, namespace: number | undefined): Result<'net-devices'> {
  const found = wanted(networkOf(dump).devices, namespace);
  return {
    schema: 'net-devices',
    data: () => found,
    text: (style) => byNamespace(found, style, (some) => table(DEVICES, some)),
  };
}

/** As `ip addr` has it. */
export function addressLine(each: InterfaceAddress): string {
  const peer = each.peer === each.address ? '' : ` peer ${each.peer}`;
  const broadcast = each.broadcast === null ? '' : ` brd ${each.broadcast}`;
  const protocol = each.protocol === 0 ? '' : ` proto ${ADDRESS_PROTOCOLS[each.protocol] ?? each.protocol}`;
  const scope = SCOPES[each.scope] ?? String(each.scope);
  const flags = ADDRESS_FLAGS.map(([bit, name]) => ((each.flags & bit) === 0 ? '' : ` ${name}`)).join('');
  const label = each.label === null ? '' : ` ${printable(each.label)}`;
  const prefix = `/${each.prefixLength}`;
  const address = peer === '' ? `${each.address}${prefix}` : `${each.address}${peer}${prefix}`;
  return `${each.family} ${address}${broadcast} scope ${scope}${flags}${protocol}${label}`;
}

export function netAddresses(dump: Dump, namespace: number | undefined): Result<'net-addresses'> {
  const found = wanted(networkOf(dump).addresses, namespace);
  const lines = (some: readonly InterfaceAddress[]) =>
    some.map((each) => `${each.index}: ${printable(each.device)} ${addressLine(each)}${lifetimes(each)}`);
  return {
    schema: 'net-addresses',
    data: () => found,
    text: (style) => byNamespace(found, style, lines),
  };
}

function lifetimes({ validLifetime, preferredLifetime }: InterfaceAddress): string {
  const text = (seconds: number | null) => (seconds === null ? 'forever' : `${seconds}sec`);
  return ` valid_lft ${text(validLifetime)} preferred_lft ${text(preferredLifetime)}`;
}

/** As `ip route show table all` has it. */
export function routeLine(route: Route): string {
  const host = route.prefixLength === (route.family === 'inet' ? 32 : 128);
  const prefix =
    route.prefixLength === 0 ? 'default' : `${route.destination}${host ? '' : `/${route.prefixLength}`}`;
  const type = route.type === 'unicast' ? '' : `${route.type} `;
  const hops = route.nextHops.map(hopText);
  const words = [
    route.from === null ? '' : `from ${route.from}`,
    route.tos === 0 ? '' : `tos 0x${route.tos.toString(16)}`,
    route.nextHopId === null ? '' : `nhid ${route.nextHopId}`,
    route.nextHops.length > 1 ? '' : (hops[0] ?? ''),
    route.table === 254 ? '' : `table ${TABLES[route.table] ?? route.table}`,
    // As with ip, what was added by hand is not said to be.
    route.protocol === BOOT ? '' : `proto ${ROUTE_PROTOCOLS[route.protocol] ?? route.protocol}`,
    route.scope === 0 ? '' : `scope ${SCOPES[route.scope] ?? route.scope}`,
    route.source === null ? '' : `src ${route.source}`,
    route.metric === 0 && route.family === 'inet' ? '' : `metric ${route.metric}`,
    ...metricWords(route.metrics),
    ...(route.nextHops.length > 1
      ? route.nextHops.map((hop) => `nexthop ${hopText(hop)} weight ${hop.weight}`)
      : []),
  ];
  return `${type}${prefix} ${words.filter((word) => word !== '').join(' ')}`;
}

type Metric = keyof Route['metrics'];
/** ip's words, in its order. */
const METRICS: readonly (readonly [metric: Metric, word: string])[] = [
  ['mtu', 'mtu'],
  ['window', 'window'],
  ['rtt', 'rtt'],
  ['rttVar', 'rttvar'],
  ['ssthresh', 'ssthresh'],
  ['cwnd', 'cwnd'],
  ['advmss', 'advmss'],
  ['reordering', 'reordering'],
  ['hopLimit', 'hoplimit'],
  ['initialCwnd', 'initcwnd'],
  ['rtoMin', 'rto_min'],
  ['initialRwnd', 'initrwnd'],
  ['quickAck', 'quickack'],
  ['fastOpenNoCookie', 'fastopen_no_cookie'],
];
/** In milliseconds, by how many of the kernel's units there are in one. */
const MILLISECONDS: Partial<Record<Metric, number>> = { rtt: 8, rttVar: 4, rtoMin: 1 };
/** RTAX_* of what can be locked, as bits of `lock`. */
const RTAX: Partial<Record<Metric, number>> = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttVar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  rtoMin: 13,
};

function metricWords(metrics: Route['metrics']): string[] {
  return METRICS.flatMap(([metric, word]) => {
    const value = metrics[metric];
    if (value === undefined) return [];
    const lock = ((metrics.lock ?? 0) >>> (RTAX[metric] ?? 0)) & 1 ? 'lock ' : '';
    const unit = MILLISECONDS[metric];
    return [`${word} ${lock}${unit === undefined ? value : `${Math.floor(value / unit)}ms`}`];
  });
}

function hopText({ gateway, device, flags }: Route['nextHops'][number]): string {
  const via = gateway === null ? [] : [`via ${gateway}`];
  const onlink = (flags & ONLINK) === 0 ? [] : ['onlink'];
  return [...via, ...(device === null ? [] : [`dev ${printable(device)}`]), ...onlink].join(' ');
}

export function netRoutes(dump: Dump, namespace: number | undefined): Result<'net-routes'> {
  const found = wanted(networkOf(dump).routes, namespace);
  return {
    schema: 'net-routes',
    data: () => found,
    text: (style) => byNamespace(found, style, (some) => some.map(routeLine)),
  };
}
