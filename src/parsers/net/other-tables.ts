// The tables of unix, netlink and packet sockets. Mirrors net/unix/af_unix.c, net/netlink/af_netlink.c and
// net/packet/af_packet.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import { namespacePointers, netNamespaces } from './namespaces.js';
import { NODE, type SocketPlace } from './places.js';

const NET_UNIX = { buckets: 'unx.table.buckets' } as const;
const NET_PACKET = { list: 'packet.sklist?' } as const;
const NETLINK_TABLE = { table: 'hash.tbl' } as const;
const BUCKETS = { size: 'size', nest: 'nest', first: 'buckets' } as const;
const NETLINK_SOCK = { node: 'node' } as const;
/** UNIX_HASH_SIZE: both 5.10's single table and each namespace's. */
const UNIX_SLOTS = 512;
/** MAX_LINKS. */
const NETLINK_PROTOCOLS = 32;
const MAX_NETLINK_SLOTS = 1 << 20;
const POINTER = 8;

/** The arrays of UNIX_SLOTS chains. */
export const unixTables: Trait<(kernel: Kernel) => Kva[]> = {
  name: 'unix socket table',
  eras: [
    {
      name: 'of a namespace',
      since: '6.0',
      commit: 'cf2f225e2653',
      evidence: 'net.unx.table.buckets',
      probe: hasMember('net.unx.table.buckets'),
      reader: (kernel) => {
        const { buckets } = kernel.layout('net', NET_UNIX);
        return namespacePointers(kernel, buckets);
      },
    },
    {
      name: 'global',
      since: '2.6',
      commit: null,
      evidence: 'symbol unix_socket_table',
      probe: hasSymbol('unix_socket_table'),
      reader: (kernel) => [kernel.symbol('unix_socket_table')],
    },
  ],
};

export function unixSockets(kernel: Kernel): SocketPlace[] {
  const found: SocketPlace[] = [];
  const { node } = kernel.layout('sock', NODE);
  for (const table of kernel.trait(unixTables)(kernel)) {
    for (let slot = 0; slot < UNIX_SLOTS; slot++) {
      const head = (table + slot * POINTER) as Kva;
      forEachHlistEntry(kernel, head, node, (sock) => found.push({ sock, table: 'unix', slot }));
    }
  }
  return found;
}

export function packetSockets(kernel: Kernel): SocketPlace[] {
  const found: SocketPlace[] = [];
  const { node } = kernel.layout('sock', NODE);
  const { list } = kernel.layout('net', NET_PACKET);
  if (list === undefined) return found;
  for (const { address } of netNamespaces(kernel)) {
    const head = (address + list) as Kva;
    forEachHlistEntry(kernel, head, node, (sock) => found.push({ sock, table: 'packet', slot: 0 }));
  }
  return found;
}

/** Of each protocol a resizable hash table; the slot tells the protocol. */
export function netlinkSockets(kernel: Kernel): SocketPlace[] {
  const { mem, faults } = kernel;
  const tables = mem.ptr(kernel.symbol('nl_table'));
  const size = kernel.sizeOf('netlink_table');
  const { table } = kernel.layout('netlink_table', NETLINK_TABLE);
  return Array.from({ length: NETLINK_PROTOCOLS }, (_, protocol) => protocol).flatMap((protocol) =>
    faults.guard(
      `netlink protocol ${protocol}`,
      () => rhashtable(kernel, mem.ptr((tables + protocol * size) as Kva, table), protocol),
      [],
    ),
  );
}

/** Chains of lib/rhashtable.c: bit 0 of a head is a lock, an odd pointer the end. */
function rhashtable(kernel: Kernel, table: Kva, protocol: number): SocketPlace[] {
  if (table === NULL) return [];
  const { mem } = kernel;
  const at = kernel.layout('bucket_table', BUCKETS);
  const slots = mem.u32(table, at.size);
  if (slots > MAX_NETLINK_SLOTS || mem.u32(table, at.nest) !== 0) {
    throw mem.fault('corrupt', `a table of ${slots} slots, nested ${mem.u32(table, at.nest)}`, table);
  }
  const found: SocketPlace[] = [];
  const { node } = kernel.layout('netlink_sock', NETLINK_SOCK);
  for (let slot = 0; slot < slots; slot++) {
    const head = (table + at.first + slot * POINTER) as Kva;
    forEachHlistEntry(kernel, head, node, (sock) => found.push({ sock, table: 'netlink', slot: protocol }));
  }
  return found;
}
