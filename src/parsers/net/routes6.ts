// IPv6 routes: the tables of a namespace and the tree of each (include/net/ip6_fib.h, net/ipv6/ip6_fib.c).

import { type Kva, NULL } from '../../base/address.js';
import type { NextHop, Route } from '../../snapshot/network.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachHlistEntry, forEachLinked } from '../walks/hlist.js';
import { inetAddress } from './addresses.js';
import type { NetNamespace } from './namespaces.js';
import { hopAt, objectHops, objectId, routeType } from './next-hops.js';

const NET = { tables: 'ipv6.fib_table_hash', none: 'ipv6.fib6_null_entry' } as const;
const TABLE = { node: 'tb6_hlist', id: 'tb6_id', root: 'tb6_root' } as const;
const NODE = { left: 'left', right: 'right', leaf: 'leaf', flags: 'fn_flags' } as const;
const INFO = {
  next: 'fib6_next',
  destination: 'fib6_dst',
  source: 'fib6_prefsrc',
  metric: 'fib6_metric',
  flags: 'fib6_flags',
  type: 'fib6_type',
  protocol: 'fib6_protocol',
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
  const { mem } = kernel;
  const at = kernel.layout('net', NET);
  const hash = mem.ptr(namespace.address, at.tables);
  const none = mem.ptr(namespace.address, at.none);
  const table = kernel.layout('fib6_table', TABLE);
  const found: Route[] = [];
  for (let slot = 0; hash !== NULL && slot < TABLE_SLOTS; slot++) {
    forEachHlistEntry(kernel, (hash + slot * POINTER) as Kva, table.node, (entry) => {
      const id = mem.u32(entry, table.id);
      forEachRoute(kernel, (entry + table.root) as Kva, (info) => {
        if (info !== none) found.push(readRoute(kernel, info, id, namespace.inode));
      });
    });
  }
  return found;
}

function forEachRoute(kernel: Kernel, root: Kva, visit: (info: Kva) => void): void {
  const { mem } = kernel;
  const at = kernel.layout('fib6_node', NODE);
  const { next } = kernel.layout('fib6_info', INFO);
  const waiting = [{ node: root, depth: 0 }];
  for (let count = 0; waiting.length > 0; count++) {
    const { node, depth } = waiting.pop() as { node: Kva; depth: number };
    if (node === NULL) continue;
    if (depth > MAX_DEPTH || count > MAX_NODES)
      throw mem.fault('bound', 'a tree of routes without end', node);
    if ((mem.u16(node, at.flags) & HAS_ROUTES) !== 0)
      forEachLinked(kernel, mem.ptr(node, at.leaf), next, visit);
    waiting.push({ node: mem.ptr(node, at.right), depth: depth + 1 });
    waiting.push({ node: mem.ptr(node, at.left), depth: depth + 1 });
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
    nextHopId: kernel.faults.guard('next hop object', () => objectId(kernel, objectOf(kernel, info)), null),
    nextHops: kernel.faults.guard('next hops', () => hopsOf(kernel, info), []),
  };
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
