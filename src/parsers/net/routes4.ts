// IPv4 routes: the tables of a namespace and the trie of each (include/net/ip_fib.h, net/ipv4/fib_trie.c). The tables
// `local` and `main` share one trie until rules are made; each route says which table it is of.

import { type Kva, NULL } from '../../base/address.js';
import type { NextHop, Route } from '../../snapshot/network.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import { inetAddress } from './addresses.js';
import { fieldOr } from './bits.js';
import type { NetNamespace } from './namespaces.js';
import { hopAt, objectHops, objectId, routeType } from './next-hops.js';

const NET = { tables: 'ipv4.fib_table_hash' } as const;
const TABLE = { node: 'tb_hlist', id: 'tb_id', trie: 'tb_data' } as const;
const VECTOR = { key: 'key', bits: 'bits', position: 'pos', leaf: 'leaf', children: 'tnode' } as const;
const ALIAS = {
  node: 'fa_list',
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
  hopCount: 'fib_nhs',
  object: 'nh?',
  hops: 'fib_nh',
} as const;
/** FIB_TABLE_HASHSZ with CONFIG_IP_MULTIPLE_TABLES. */
const TABLE_SLOTS = 256;
const POINTER = 8;
/** KEYLENGTH. */
const KEY_BITS = 32;
const MAX_CHILD_BITS = 24;
const MAX_NODES = 1 << 22;
const MAX_HOPS = 256;

export function routes4(kernel: Kernel, namespace: NetNamespace): Route[] {
  const found: Route[] = [];
  const seen = new Set<Kva>();
  for (const table of tablesOf(kernel, namespace)) {
    const trie = kernel.mem.ptr(table, kernel.layout('fib_table', TABLE).trie);
    if (seen.has(trie)) continue;
    seen.add(trie);
    const walk = () => {
      for (const leaf of leaves(kernel, trie)) found.push(...routesOf(kernel, leaf, namespace.inode));
    };
    kernel.faults.guard('trie', walk, undefined);
  }
  return found;
}

function tablesOf(kernel: Kernel, { address }: NetNamespace): Kva[] {
  const hash = kernel.mem.ptr(address, kernel.layout('net', NET).tables);
  const { node } = kernel.layout('fib_table', TABLE);
  const found: Kva[] = [];
  if (hash === NULL) return found;
  for (let slot = 0; slot < TABLE_SLOTS; slot++) {
    forEachHlistEntry(kernel, (hash + slot * POINTER) as Kva, node, (table) => found.push(table));
  }
  return found;
}

/** Inner nodes have `bits`, leaves none. Positions get lower on the way down, so there is no loop. */
function* leaves(kernel: Kernel, root: Kva): Generator<Kva> {
  const { mem } = kernel;
  const at = kernel.layout('key_vector', VECTOR);
  const waiting = [{ node: mem.ptr(root, at.children), above: KEY_BITS + 1 }];
  for (let count = 0; waiting.length > 0; count++) {
    const { node, above } = waiting.pop() as { node: Kva; above: number };
    if (node === NULL) continue;
    const [bits, position] = [mem.u8(node, at.bits), mem.u8(node, at.position)];
    if (bits === 0) {
      yield node;
      continue;
    }
    if (position >= above || bits > MAX_CHILD_BITS || count > MAX_NODES)
      throw mem.fault('corrupt', `a trie node at bit ${position} with ${bits} bits`, node);
    for (let child = 2 ** bits - 1; child >= 0; child--)
      waiting.push({ node: mem.ptr(node, at.children + child * POINTER), above: position });
  }
}

function routesOf(kernel: Kernel, leaf: Kva, namespace: number): Route[] {
  const found: Route[] = [];
  const at = kernel.layout('key_vector', VECTOR);
  const { node } = kernel.layout('fib_alias', ALIAS);
  const key = kernel.mem.u32(leaf, at.key);
  const destination = inetAddress(Uint8Array.of(key >>> 24, key >>> 16, key >>> 8, key));
  forEachHlistEntry(kernel, (leaf + at.leaf) as Kva, node, (alias) => {
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
    nextHopId: kernel.faults.guard('next hop object', () => objectId(kernel, objectOf(kernel, info)), null),
    nextHops: kernel.faults.guard('next hops', () => hopsOf(kernel, info), []),
  };
}

/** A DSCP, which is kept in its place in the TOS byte, since 5.18. */
function tosOf(kernel: Kernel, alias: Kva): number {
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
