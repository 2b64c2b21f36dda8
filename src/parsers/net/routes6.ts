// IPv6 routes: the tables of a namespace and the tree of each (include/net/ip6_fib.h, net/ipv6/ip6_fib.c).

import { type Kva, NULL } from '../../base/address.js';
import type { NextHop, Route } from '../../snapshot/network.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachHlistEntry, forEachLinked } from '../walks/hlist.js';
import { inetAddress } from './addresses.js';
import { routeMetrics } from './metrics.js';
import type { NetNamespace } from './namespaces.js';
import { hopAt, objectHops, objectId, routeType } from './next-hops.js';

const NET = { tables: 'ipv6.fib_table_hash', none: 'ipv6.fib6_null_entry' } as const;
const TABLE = { node: 'tb6_hlist', id: 'tb6_id', root: 'tb6_root' } as const;
const NODE = { left: 'left', right: 'right', leaf: 'leaf', flags: 'fn_flags', subtree: 'subtree?' } as const;
const INFO = {
  next: 'fib6_next',
  destination: 'fib6_dst',
  from: 'fib6_src?',
  source: 'fib6_prefsrc',
  metric: 'fib6_metric',
  flags: 'fib6_flags',
  type: 'fib6_type',
  protocol: 'fib6_protocol',
  metrics: 'fib6_metrics',
  object: 'nh?',
  hop: 'fib6_nh',
} as const;
const KEY = { address: 'addr', length: 'plen' } as const;
/** RTN_RTINFO: the node has routes. */
const HAS_ROUTES = 4;
/** FIB6_TABLE_HASHSZ. */
const TABLE_SLOTS = 256;
const POINTER = 8;
/** A node for each bit of an address, and of the source's. */
const MAX_DEPTH = 2 * 128;
const MAX_NODES = 1 << 22;

export function routes6(kernel: Kernel, namespace: NetNamespace): Route[] {
  const none = kernel.mem.ptr(namespace.address, kernel.layout('net', NET).none);
  const found: Route[] = [];
  forEachRoute6(kernel, namespace, (info, table) => {
    if (info !== none) found.push(readRoute(kernel, info, table, namespace.inode));
  });
  return found;
}

/** Visits each struct fib6_info in the order of /proc/net/ipv6_route, those too that stand for `nowhere`. */
export function forEachRoute6(
  kernel: Kernel,
  { address }: NetNamespace,
  visit: (info: Kva, table: number) => void,
): void {
  const { mem } = kernel;
  const hash = mem.ptr(address, kernel.layout('net', NET).tables);
  const table = kernel.layout('fib6_table', TABLE);
  for (let slot = 0; hash !== NULL && slot < TABLE_SLOTS; slot++) {
    forEachHlistEntry(kernel, (hash + slot * POINTER) as Kva, table.node, (entry) => {
      const id = mem.u32(entry, table.id);
      forEachInTree(kernel, (entry + table.root) as Kva, (info) => visit(info, id));
    });
  }
}

/** What is below a node comes before it: that of a tree by source (CONFIG_IPV6_SUBTREES), left, right. */
function forEachInTree(kernel: Kernel, root: Kva, visit: (info: Kva) => void): void {
  const { mem } = kernel;
  const at = kernel.layout('fib6_node', NODE);
  const { next } = kernel.layout('fib6_info', INFO);
  const waiting = [{ node: root, depth: 0, isOpen: false }];
  for (let count = 0; waiting.length > 0; count++) {
    const { node, depth, isOpen } = waiting.pop() as (typeof waiting)[number];
    if (node === NULL) continue;
    if (isOpen) {
      if ((mem.u16(node, at.flags) & HAS_ROUTES) !== 0)
        forEachLinked(kernel, mem.ptr(node, at.leaf), next, visit);
      continue;
    }
    if (depth > MAX_DEPTH || count > MAX_NODES)
      throw mem.fault('bound', 'a tree of routes without end', node);
    waiting.push({ node, depth, isOpen: true });
    const subtree = at.subtree === undefined ? NULL : mem.ptr(node, at.subtree);
    for (const below of [mem.ptr(node, at.right), mem.ptr(node, at.left), subtree])
      waiting.push({ node: below, depth: depth + 1, isOpen: false });
  }
}

function readRoute(kernel: Kernel, info: Kva, table: number, namespace: number): Route {
  const { mem } = kernel;
  const at = kernel.layout('fib6_info', INFO);
  const key = kernel.layout('rt6key', KEY);
  const hasSource = mem.u32(info, at.source + key.length) !== 0;
  return {
    address: mem.hex(info),
    namespace,
    family: 'inet6',
    table,
    type: routeType(mem.u8(info, at.type)),
    destination: inetAddress(mem.bytes(info, 16, at.destination + key.address)),
    prefixLength: mem.u32(info, at.destination + key.length),
    metric: mem.u32(info, at.metric),
    protocol: mem.u8(info, at.protocol),
    scope: 0,
    source: hasSource ? inetAddress(mem.bytes(info, 16, at.source + key.address)) : null,
    tos: 0,
    flags: mem.u32(info, at.flags),
    from: at.from === undefined ? null : prefixText(kernel, (info + at.from) as Kva),
    metrics: routeMetrics(kernel, mem.ptr(info, at.metrics)),
    nextHopId: kernel.faults.guard('next hop object', () => objectId(kernel, objectOf(kernel, info)), null),
    nextHops: kernel.faults.guard('next hops', () => hopsOf(kernel, info), []),
  };
}

/** A struct rt6key; null for that of every address. */
function prefixText(kernel: Kernel, key: Kva): string | null {
  const at = kernel.layout('rt6key', KEY);
  const length = kernel.mem.u32(key, at.length);
  return length === 0 ? null : `${inetAddress(kernel.mem.bytes(key, 16, at.address))}/${length}`;
}

function objectOf(kernel: Kernel, info: Kva): Kva {
  const { object } = kernel.layout('fib6_info', INFO);
  return object === undefined ? NULL : kernel.mem.ptr(info, object);
}

/** Siblings of a multipath route are routes of their own in the list. */
function hopsOf(kernel: Kernel, info: Kva): NextHop[] {
  const object = objectOf(kernel, info);
  const { hop } = kernel.layout('fib6_info', INFO);
  return object === NULL ? [hopAt(kernel, (info + hop) as Kva)] : objectHops(kernel, object);
}
