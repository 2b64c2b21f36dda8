// The IPv4 tables of a namespace, and the trie of each, node by node: struct fib_table, struct key_vector
// (include/net/ip_fib.h, net/ipv4/fib_trie.c).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import type { Visit } from '../walks/visit.js';
import { inetAddress } from './addresses.js';
import type { NetNamespace } from './namespaces.js';

export interface FibTable {
  readonly id: number;
  /** struct trie: several tables may have one. */
  readonly trie: Kva;
}

export interface TrieNode {
  /** struct key_vector. */
  readonly address: Kva;
  /** The address, or the bits of it that all below have in common. */
  readonly key: number;
  readonly position: number;
  /** log2 of the number of children; 0 of a leaf. */
  readonly bits: number;
  /** Inner nodes above it. */
  readonly depth: number;
}

const NET = { tables: 'ipv4.fib_table_hash' } as const;
const TABLE = { node: 'tb_hlist', id: 'tb_id', trie: 'tb_data' } as const;
const VECTOR = { key: 'key', bits: 'bits', position: 'pos', leaf: 'leaf', children: 'tnode' } as const;
const ALIAS = { node: 'fa_list' } as const;
/** FIB_TABLE_HASHSZ with CONFIG_IP_MULTIPLE_TABLES. */
const TABLE_SLOTS = 256;
const POINTER = 8;
/** KEYLENGTH. */
export const KEY_BITS = 32;
const MAX_CHILD_BITS = 24;
const MAX_NODES = 1 << 22;

/** In the order of /proc/net/fib_trie. */
export function fibTables(kernel: Kernel, { address }: NetNamespace): FibTable[] {
  const { mem } = kernel;
  const hash = mem.ptr(address, kernel.layout('net', NET).tables);
  const at = kernel.layout('fib_table', TABLE);
  const found: FibTable[] = [];
  if (hash === NULL) return found;
  for (let slot = 0; slot < TABLE_SLOTS; slot++) {
    forEachHlistEntry(kernel, (hash + slot * POINTER) as Kva, at.node, (table) => {
      found.push({ id: mem.u32(table, at.id), trie: mem.ptr(table, at.trie) });
    });
  }
  return found;
}

/** Parents before their children, which stand in the order of keys. Positions get lower on the way down: there is no loop. */
export function* trieNodes(kernel: Kernel, trie: Kva): Generator<TrieNode> {
  const { mem } = kernel;
  const at = kernel.layout('key_vector', VECTOR);
  const waiting = [{ node: mem.ptr(trie, at.children), above: KEY_BITS + 1, depth: 0 }];
  for (let count = 0; waiting.length > 0; count++) {
    const { node, above, depth } = waiting.pop() as (typeof waiting)[number];
    if (node === NULL) continue;
    const [bits, position] = [mem.u8(node, at.bits), mem.u8(node, at.position)];
    if (bits > 0 && (position >= above || bits > MAX_CHILD_BITS || count > MAX_NODES))
      throw mem.fault('corrupt', `a trie node at bit ${position} with ${bits} bits`, node);
    yield { address: node, key: mem.u32(node, at.key), position, bits, depth };
    if (bits === 0) continue;
    for (let child = 2 ** bits - 1; child >= 0; child--) {
      const below = mem.ptr(node, at.children + child * POINTER);
      waiting.push({ node: below, above: position, depth: depth + 1 });
    }
  }
}

/** Visits each struct fib_alias of a leaf: the most specific prefix first. */
export function forEachAlias(kernel: Kernel, { address }: TrieNode, visit: Visit): void {
  const { leaf } = kernel.layout('key_vector', VECTOR);
  forEachHlistEntry(kernel, (address + leaf) as Kva, kernel.layout('fib_alias', ALIAS).node, visit);
}

export function keyText(key: number): string {
  return inetAddress(Uint8Array.of(key >>> 24, key >>> 16, key >>> 8, key));
}
