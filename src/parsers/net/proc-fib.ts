// /proc/net/route and fib_trie, byte for byte. Mirrors fib_route_seq_show() and fib_trie_seq_show() of
// net/ipv4/fib_trie.c.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import {
  type FibTable,
  fibTables,
  forEachAlias,
  KEY_BITS,
  keyText,
  type TrieNode,
  trieNodes,
} from './fib-trie.js';
import type { NetNamespace } from './namespaces.js';
import { routeType } from './next-hops.js';
import { hexColumn } from './proc-columns.js';
import { routes4, tosOf } from './routes4.js';

const ALIAS = { info: 'fa_info', type: 'fa_type', length: 'fa_slen' } as const;
const INFO = { scope: 'fib_scope' } as const;
const TNODE = { empty: 'empty_children', full: 'full_children', vector: 'kv' } as const;
const ROUTE_HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const ROUTE_WIDTH = 127;
/** RTF_UP, RTF_GATEWAY, RTF_HOST, RTF_REJECT. */
const FLAG = { up: 1, gateway: 2, host: 4, reject: 0x200 } as const;
const NOT_SHOWN = new Set(['broadcast', 'multicast']);
const REJECTED = new Set(['unreachable', 'prohibit']);
const TABLE = { main: 254, local: 255 } as const;
const SCOPES: Readonly<Record<number, string>> = {
  0: 'universe',
  200: 'site',
  253: 'link',
  254: 'host',
  255: 'nowhere',
};
/** What an MSS is less than the MTU: the headers of IPv4 and TCP. */
const HEADERS = 40;

/** Nothing, not even the heading, before there is a main table. */
export function routeText(kernel: Kernel, namespace: NetNamespace): string[] {
  if (!fibTables(kernel, namespace).some(({ id }) => id === TABLE.main)) return [];
  const lines = routes4(kernel, namespace)
    .filter(({ table, type }) => table === TABLE.main && !NOT_SHOWN.has(type))
    .map(({ destination, prefixLength, type, metric, metrics, nextHops: [hop] }) => {
      const gateway = hop?.gateway ?? null;
      const flags =
        FLAG.up |
        (gateway === null ? 0 : FLAG.gateway) |
        (prefixLength === KEY_BITS ? FLAG.host : 0) |
        (REJECTED.has(type) ? FLAG.reject : 0);
      const columns = [
        hop?.device ?? '*',
        addressColumn(destination),
        addressColumn(gateway?.includes(':') ? '0.0.0.0' : (gateway ?? '0.0.0.0')),
        ...[hexColumn(flags, 4), 0, 0, metric | 0, maskColumn(prefixLength)],
        ...[metrics.advmss === undefined ? 0 : metrics.advmss + HEADERS, metrics.window ?? 0],
        (metrics.rtt ?? 0) >>> 3,
      ];
      return columns.join('\t');
    });
  return [ROUTE_HEAD, ...lines].map((line) => line.padEnd(ROUTE_WIDTH));
}

/** The bytes of an address as the processor reads them. */
function addressColumn(address: string): string {
  const bytes = address.split('.').map((byte) => hexColumn(Number(byte), 2));
  return bytes.reverse().join('');
}

function maskColumn(length: number): string {
  const bytes = [0, 8, 16, 24].map((bit) => 256 - 2 ** (8 - Math.min(8, Math.max(0, length - bit))));
  return bytes
    .map((byte) => hexColumn(byte, 2))
    .reverse()
    .join('');
}

export function fibTrieText(kernel: Kernel, namespace: NetNamespace): string[] {
  return fibTables(kernel, namespace).flatMap((table) => {
    const nodes = [...trieNodes(kernel, table.trie)];
    if (nodes.length === 0) return [];
    return [tableName(table), ...nodes.flatMap((node) => nodeLines(kernel, node))];
  });
}

function tableName({ id }: FibTable): string {
  if (id === TABLE.local) return 'Local:';
  return id === TABLE.main ? 'Main:' : `Id ${id}:`;
}

function nodeLines(kernel: Kernel, node: TrieNode): string[] {
  const indent = '   '.repeat(node.depth);
  if (node.bits === 0)
    return [`${indent}  |-- ${keyText(node.key)}`, ...aliasLines(kernel, node, `${indent}   `)];
  const { full, empty } = childCounts(kernel, node);
  const length = KEY_BITS - node.position - node.bits;
  return [`${indent}  +-- ${keyText(node.key)}/${length} ${node.bits} ${full} ${empty}`];
}

/** struct tnode, which the struct key_vector ends. */
function childCounts(kernel: Kernel, { address }: TrieNode) {
  const at = kernel.layout('tnode', TNODE);
  const tnode = (address - at.vector) as Kva;
  return { full: kernel.mem.u32(tnode, at.full), empty: kernel.mem.u32(tnode, at.empty) };
}

function aliasLines(kernel: Kernel, leaf: TrieNode, indent: string): string[] {
  const { mem } = kernel;
  const at = kernel.layout('fib_alias', ALIAS);
  const lines: string[] = [];
  forEachAlias(kernel, leaf, (alias) => {
    const scope = mem.u8(mem.ptr(alias, at.info), kernel.layout('fib_info', INFO).scope);
    const type = routeType(mem.u8(alias, at.type));
    const tos = tosOf(kernel, alias);
    const length = KEY_BITS - mem.u8(alias, at.length);
    const told = `  /${length} ${SCOPES[scope] ?? `scope=${scope}`} ${/^\d/.test(type) ? `type ${type}` : type.toUpperCase()}`;
    lines.push(`${indent}${told}${tos === 0 ? '' : ` tos=${tos}`}`);
  });
  return lines;
}
