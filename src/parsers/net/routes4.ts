// IPv4 routes: the leaves of the tries (include/net/ip_fib.h, net/ipv4/fib_trie.c). The tables `local` and `main` share
// one trie until rules are made; each route says which table it is of.

import { type Kva, NULL } from '../../base/address.js';
import type { NextHop, Route } from '../../snapshot/network.js';
import type { Kernel } from '../kernel/kernel.js';
import { inetAddress } from './addresses.js';
import { fieldOr } from './bits.js';
import { fibTables, forEachAlias, KEY_BITS, keyText, type TrieNode, trieNodes } from './fib-trie.js';
import { routeMetrics } from './metrics.js';
import type { NetNamespace } from './namespaces.js';
import { hopAt, objectHops, objectId, routeType } from './next-hops.js';

const ALIAS = {
  info: 'fa_info',
  type: 'fa_type',
  length: 'fa_slen',
  table: 'tb_id',
} as const;
const INFO = {
  flags: 'fib_flags',
  protocol: 'fib_protocol',
  scope: 'fib_scope',
  source: 'fib_prefsrc',
  metric: 'fib_priority',
  metrics: 'fib_metrics',
  hopCount: 'fib_nhs',
  object: 'nh?',
  hops: 'fib_nh',
} as const;
const MAX_HOPS = 256;

export function routes4(kernel: Kernel, namespace: NetNamespace): Route[] {
  const found: Route[] = [];
  const seen = new Set<Kva>();
  for (const { trie } of fibTables(kernel, namespace)) {
    if (seen.has(trie)) continue;
    seen.add(trie);
    const walk = () => {
      for (const node of trieNodes(kernel, trie))
        if (node.bits === 0) found.push(...routesOf(kernel, node, namespace.inode));
    };
    kernel.faults.guard('trie', walk, undefined);
  }
  return found;
}

function routesOf(kernel: Kernel, leaf: TrieNode, namespace: number): Route[] {
  const found: Route[] = [];
  const destination = keyText(leaf.key);
  forEachAlias(kernel, leaf, (alias) => {
    found.push({ destination, namespace, ...readAlias(kernel, alias) });
  });
  return found;
}

function readAlias(kernel: Kernel, alias: Kva): Omit<Route, 'destination' | 'namespace'> {
  const { mem } = kernel;
  const at = kernel.layout('fib_alias', ALIAS);
  const info = mem.ptr(alias, at.info);
  const of = kernel.layout('fib_info', INFO);
  const source = mem.u32(info, of.source);
  return {
    address: mem.hex(alias),
    family: 'inet',
    table: mem.u32(alias, at.table),
    type: routeType(mem.u8(alias, at.type)),
    prefixLength: KEY_BITS - mem.u8(alias, at.length),
    metric: mem.u32(info, of.metric),
    protocol: mem.u8(info, of.protocol),
    scope: mem.u8(info, of.scope),
    source: source === 0 ? null : inetAddress(mem.bytes(info, 4, of.source)),
    tos: tosOf(kernel, alias),
    flags: mem.u32(info, of.flags),
    from: null,
    metrics: routeMetrics(kernel, mem.ptr(info, of.metrics)),
    nextHopId: kernel.faults.guard('next hop object', () => objectId(kernel, objectOf(kernel, info)), null),
    nextHops: kernel.faults.guard('next hops', () => hopsOf(kernel, info), []),
  };
}

/** A DSCP, which is kept in its place in the TOS byte, since 5.18. */
export function tosOf(kernel: Kernel, alias: Kva): number {
  return fieldOr(kernel, alias, 'fib_alias.fa_dscp', fieldOr(kernel, alias, 'fib_alias.fa_tos', 0));
}

function objectOf(kernel: Kernel, info: Kva): Kva {
  const { object } = kernel.layout('fib_info', INFO);
  return object === undefined ? NULL : kernel.mem.ptr(info, object);
}

function hopsOf(kernel: Kernel, info: Kva): NextHop[] {
  const { mem } = kernel;
  const at = kernel.layout('fib_info', INFO);
  const object = objectOf(kernel, info);
  if (object !== NULL) return objectHops(kernel, object);
  const count = mem.u32(info, at.hopCount);
  if (count > MAX_HOPS) throw mem.fault('corrupt', `a route with ${count} next hops`, info, at.hopCount);
  const size = kernel.sizeOf('fib_nh');
  return Array.from({ length: count }, (_, i) => hopAt(kernel, (info + at.hops + i * size) as Kva));
}
