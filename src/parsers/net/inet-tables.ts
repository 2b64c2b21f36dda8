// The hash tables of Internet sockets, slot by slot in the order of /proc/net. Mirrors net/ipv4/tcp_ipv4.c (listeners,
// then connections), udp.c, raw.c and ping.c. All of them are chains through skc_node, most of the nulls kind.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import { namespacePointers } from './namespaces.js';
import { type Bucket, MAX_BUCKETS, NODE, type SocketPlace } from './places.js';

const DEATH_ROW = { hashinfo: 'ipv4.tcp_death_row.hashinfo' } as const;
const HASHINFO = { ehash: 'ehash', ehashMask: 'ehash_mask' } as const;
const LHASH2 = { table: 'lhash2', mask: 'lhash2_mask' } as const;
const LISTENING = { table: 'listening_hash' } as const;
const LISTEN_BUCKET = { head: 'nulls_head' } as const;
const EHASH_BUCKET = { head: 'chain' } as const;
const NET_UDP = { table: 'ipv4.udp_table' } as const;
const UDP_TABLE = { hash: 'hash', mask: 'mask' } as const;
const HSLOT = { head: 'head' } as const;
const RAW = { heads: 'ht' } as const;
const PING = { heads: 'hash' } as const;

interface HeadArray {
  readonly first: Kva;
  readonly count: number;
  readonly stride: number;
  readonly head: number;
}

/** Where TCP's listeners are, in the order of /proc/net/tcp. */
export const listenerTable: Trait<(kernel: Kernel, hashinfo: Kva) => HeadArray> = {
  name: 'TCP listeners',
  eras: [
    {
      name: 'by port and address',
      since: '5.19',
      commit: 'cae3873c5b3a',
      evidence: 'no inet_hashinfo.listening_hash',
      probe: (types) => types.member('inet_hashinfo.listening_hash') === undefined,
      reader: (kernel, hashinfo) => {
        const at = kernel.layout('inet_hashinfo', LHASH2);
        const count = kernel.mem.u32(hashinfo, at.mask) + 1;
        return listenHeads(kernel, kernel.mem.ptr(hashinfo, at.table), count);
      },
    },
    {
      name: 'by port',
      since: '2.6',
      commit: null,
      evidence: 'inet_hashinfo.listening_hash',
      probe: hasMember('inet_hashinfo.listening_hash'),
      reader: (kernel, hashinfo) => {
        const { table } = kernel.layout('inet_hashinfo', LISTENING);
        const count = kernel.types.member('inet_hashinfo.listening_hash')?.count ?? 0;
        return listenHeads(kernel, (hashinfo + table) as Kva, count);
      },
    },
  ],
};

/** Every UDP table: one for all, or one that a namespace may have to itself. */
export const udpTables: Trait<(kernel: Kernel) => Kva[]> = {
  name: 'UDP table',
  eras: [
    {
      name: 'of a namespace',
      since: '6.2',
      commit: '9804985bf27f',
      evidence: 'net.ipv4.udp_table',
      probe: hasMember('net.ipv4.udp_table'),
      reader: (kernel) => {
        const { table } = kernel.layout('net', NET_UDP);
        return namespacePointers(kernel, table);
      },
    },
    {
      name: 'global',
      since: '2.6',
      commit: null,
      evidence: 'symbol udp_table',
      probe: hasSymbol('udp_table'),
      reader: (kernel) => [kernel.symbol('udp_table')],
    },
  ],
};

export function tcpSockets(kernel: Kernel): SocketPlace[] {
  const { hashinfo } = kernel.layout('net', DEATH_ROW);
  return namespacePointers(kernel, hashinfo).flatMap((table) => [
    ...guarded(kernel, 'listen', () => kernel.trait(listenerTable)(kernel, table)),
    ...guarded(kernel, 'ehash', () => connections(kernel, table)),
  ]);
}

function connections(kernel: Kernel, hashinfo: Kva): HeadArray {
  const at = kernel.layout('inet_hashinfo', HASHINFO);
  return {
    first: kernel.mem.ptr(hashinfo, at.ehash),
    count: kernel.mem.u32(hashinfo, at.ehashMask) + 1,
    stride: kernel.sizeOf('inet_ehash_bucket'),
    head: kernel.layout('inet_ehash_bucket', EHASH_BUCKET).head,
  };
}

function listenHeads(kernel: Kernel, first: Kva, count: number): HeadArray {
  const { head } = kernel.layout('inet_listen_hashbucket', LISTEN_BUCKET);
  return { first, count, stride: kernel.sizeOf('inet_listen_hashbucket'), head };
}

export function udpSockets(kernel: Kernel): SocketPlace[] {
  const tables = kernel
    .trait(udpTables)(kernel)
    .flatMap((table) => udpPlaces(kernel, 'udp', table));
  const lite = kernel.symbols.address('udplite_table');
  return lite === undefined ? tables : [...tables, ...udpPlaces(kernel, 'udplite', lite)];
}

function udpPlaces(kernel: Kernel, name: string, table: Kva): SocketPlace[] {
  const at = kernel.layout('udp_table', UDP_TABLE);
  return places(kernel, name, {
    first: kernel.mem.ptr(table, at.hash),
    count: kernel.mem.u32(table, at.mask) + 1,
    stride: kernel.sizeOf('udp_hslot'),
    head: kernel.layout('udp_hslot', HSLOT).head,
  });
}

export function rawSockets(kernel: Kernel): SocketPlace[] {
  return ['raw_v4_hashinfo', 'raw_v6_hashinfo'].flatMap((symbol) => {
    const table = kernel.symbols.address(symbol);
    if (table === undefined) return [];
    const { heads } = kernel.layout('raw_hashinfo', RAW);
    const count = kernel.types.member('raw_hashinfo.ht')?.count ?? 0;
    return places(kernel, 'raw', { first: (table + heads) as Kva, count, stride: 8, head: 0 });
  });
}

export function pingSockets(kernel: Kernel): SocketPlace[] {
  const table = kernel.symbols.address('ping_table');
  if (table === undefined) return [];
  const { heads } = kernel.layout('ping_table', PING);
  const count = kernel.types.member('ping_table.hash')?.count ?? 0;
  return places(kernel, 'ping', { first: (table + heads) as Kva, count, stride: 8, head: 0 });
}

/** A table that cannot be walked costs its own sockets only. */
function guarded(kernel: Kernel, table: string, array: () => HeadArray): SocketPlace[] {
  return kernel.faults.guard(table, () => places(kernel, table, array()), []);
}

function places(kernel: Kernel, table: string, array: HeadArray): SocketPlace[] {
  const found: SocketPlace[] = [];
  const { node } = kernel.layout('sock', NODE);
  for (const { slot, head } of buckets(kernel, array)) {
    forEachHlistEntry(kernel, head, node, (sock) => found.push({ sock, table, slot }));
  }
  return found;
}

/** The slots that are not empty: most of a large table's are, and are not worth a walk. */
function* buckets(kernel: Kernel, { first, count, stride, head }: HeadArray): Generator<Bucket> {
  const { mem } = kernel;
  if (count > MAX_BUCKETS) throw mem.fault('corrupt', `a hash table of ${count} slots`, first);
  for (let slot = 0; slot < count; slot++) {
    const at = (first + slot * stride + head) as Kva;
    try {
      const low = mem.u32(at);
      if ((low & 1) !== 0 || (low === 0 && mem.u32(at, 4) === 0)) continue;
    } catch (error) {
      kernel.faults.caught(`slot ${slot}`, error);
      continue;
    }
    yield { slot, head: at };
  }
}
