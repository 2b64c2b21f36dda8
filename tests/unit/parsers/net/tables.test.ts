import { describe, expect, test } from 'vitest';
import { type Kva, NULL } from '../../../../src/base/address.js';
import { listenerTable, tcpSockets, udpSockets, udpTables } from '../../../../src/parsers/net/inet-tables.js';
import { netlinkSockets, unixSockets, unixTables } from '../../../../src/parsers/net/other-tables.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const NODE_AT = 104;

/** A kernel with one namespace; `era` is that of the tables. */
function machine(era: 'new' | 'old') {
  const made = new SyntheticKernel();
  const isNew = era === 'new';
  made.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('hlist_node', { next: 'ptr', pprev: 'ptr' })
    .struct('sock_common', { skc_node: `@${NODE_AT} hlist_node` })
    .struct('sock', { __sk_common: 'sock_common' })
    .struct('netlink_sock', { sk: 'sock', node: 'ptr' })
    .struct('ns_common', { inum: 'u32' })
    .struct('inet_timewait_death_row', { hashinfo: 'ptr' })
    .struct('netns_ipv4', {
      tcp_death_row: 'inet_timewait_death_row',
      ...(isNew ? { udp_table: 'ptr' } : {}),
    })
    .struct('unix_table', { buckets: 'ptr' })
    .struct('netns_unix', isNew ? { table: 'unix_table' } : {}, 8)
    .struct('net', { list: 'list_head', ns: 'ns_common', ipv4: 'netns_ipv4', unx: 'netns_unix' })
    .struct('inet_ehash_bucket', { chain: 'ptr' })
    .struct('inet_listen_hashbucket', { lock: 'u32', nulls_head: '@8 ptr' })
    .struct('inet_hashinfo', {
      ...{ ehash: 'ptr', ehash_mask: 'u32', lhash2_mask: 'u32', lhash2: 'ptr' },
      ...(isNew ? {} : { listening_hash: 'inet_listen_hashbucket[32]' }),
    })
    .struct('udp_hslot', { head: 'ptr', count: 'u32' })
    .struct('udp_table', { hash: 'ptr', mask: '@16 u32' })
    .struct('bucket_table', { size: 'u32', nest: 'u32', buckets: '@64 ptr[4]' })
    .struct('rhashtable', { tbl: 'ptr' })
    .struct('netlink_table', { hash: 'rhashtable' }, 64);
  const net = made.make('net', { 'ns.inum': 4026531840 });
  const list = made.make('list_head');
  made.list(list, [net]);
  made.symbol('net_namespace_list', list);
  made.symbol('init_net', net);
  return { made, net };
}

/** Links socks in a chain that ends as a nulls list does, and hangs them at `head`. */
function hang(
  made: SyntheticKernel,
  head: Kva,
  socks: readonly Kva[],
  end: number | bigint,
  node = NODE_AT,
): void {
  const nodes = socks.map((sock) => sock + node);
  made.poke(head, nodes[0] ?? end);
  for (const [i, at] of nodes.entries()) made.poke(at as Kva, nodes[i + 1] ?? end);
}

function sock(made: SyntheticKernel): Kva {
  return made.alloc(256);
}

describe.each([
  ['new', 'by port and address'],
  ['old', 'by port'],
] as const)('TCP sockets in the tables of the %s era', (era, listeners) => {
  test('are the listeners, then the connections, slot by slot', () => {
    const { made, net } = machine(era);
    const hashinfo = made.make('inet_hashinfo', { ehash_mask: 3, lhash2_mask: 1 });
    made.set(net, 'net.ipv4.tcp_death_row.hashinfo', hashinfo);
    const ehash = made.alloc(4 * 8);
    const [one, two, three, listener] = [sock(made), sock(made), sock(made), sock(made)] as [
      Kva,
      Kva,
      Kva,
      Kva,
    ];
    for (let slot = 0; slot < 4; slot++) made.poke((ehash + slot * 8) as Kva, slot * 2 + 1);
    hang(made, (ehash + 8) as Kva, [one, two], 3);
    hang(made, (ehash + 24) as Kva, [three], 7);
    const lhash2 = made.alloc(2 * 16);
    made.set(hashinfo, 'inet_hashinfo.ehash', ehash);
    made.set(hashinfo, 'inet_hashinfo.lhash2', lhash2);
    const at =
      era === 'new' ? lhash2 : hashinfo + (made.types.member('inet_hashinfo.listening_hash')?.offset ?? 0);
    hang(made, (at + 16 + 8) as Kva, [listener], 1);
    const kernel = made.kernel();
    expect(kernel.era(listenerTable).name).toBe(listeners);
    expect(tcpSockets(kernel)).toEqual([
      { sock: listener, table: 'listen', slot: 1 },
      { sock: one, table: 'ehash', slot: 1 },
      { sock: two, table: 'ehash', slot: 1 },
      { sock: three, table: 'ehash', slot: 3 },
    ]);
    expect(kernel.faults.count).toBe(0);
  });
});

test.each([
  ['new', 'of a namespace'],
  ['old', 'global'],
] as const)('UDP sockets in the table of the %s era', (era, name) => {
  const { made, net } = machine(era);
  const table = made.make('udp_table', { mask: 1 });
  const hash = made.alloc(2 * 16);
  made.set(table, 'udp_table.hash', hash);
  if (era === 'new') made.set(net, 'net.ipv4.udp_table', table);
  else made.symbol('udp_table', table);
  const bound = sock(made);
  hang(made, (hash + 16) as Kva, [bound], NULL);
  const kernel = made.kernel();
  expect(kernel.era(udpTables).name).toBe(name);
  expect(udpSockets(kernel)).toEqual([{ sock: bound, table: 'udp', slot: 1 }]);
});

test.each([
  ['new', 'of a namespace'],
  ['old', 'global'],
] as const)('unix sockets in the table of the %s era', (era, name) => {
  const { made, net } = machine(era);
  const buckets = made.alloc(512 * 8);
  if (era === 'new') made.set(net, 'net.unx.table.buckets', buckets);
  else made.symbol('unix_socket_table', buckets);
  const last = sock(made);
  hang(made, (buckets + 511 * 8) as Kva, [last], NULL);
  const kernel = made.kernel();
  expect(kernel.era(unixTables).name).toBe(name);
  expect(unixSockets(kernel)).toEqual([{ sock: last, table: 'unix', slot: 511 }]);
});

test('netlink sockets: a resizable table for each protocol, some locked, ending in their own address', () => {
  const { made } = machine('new');
  const tables = made.alloc(32 * 64);
  const pointer = made.alloc(8);
  made.poke(pointer, tables);
  made.symbol('nl_table', pointer);
  const table = made.make('bucket_table', { size: 4 });
  made.poke((tables + 15 * 64) as Kva, table);
  const node = made.types.member('netlink_sock.node')?.offset ?? 0;
  const head = (table + 64 + 8) as Kva;
  const [one, two] = [sock(made), sock(made)] as [Kva, Kva];
  hang(made, head, [one, two], BigInt(head) + 1n, node);
  // A head whose bucket was locked when the kernel died.
  made.poke(head, BigInt(one + node) + 1n);
  const kernel = made.kernel();
  expect(netlinkSockets(kernel)).toEqual([
    { sock: one, table: 'netlink', slot: 15 },
    { sock: two, table: 'netlink', slot: 15 },
  ]);
});

test('a table whose size cannot be is a fault, and costs only its own sockets', () => {
  const { made, net } = machine('new');
  const [lhash2, listener] = [made.alloc(16), sock(made)];
  hang(made, (lhash2 + 8) as Kva, [listener], 1);
  const hashinfo = made.make('inet_hashinfo', { ehash_mask: 0xffff_fffe, lhash2 });
  made.set(net, 'net.ipv4.tcp_death_row.hashinfo', hashinfo);
  const kernel = made.kernel();
  expect(tcpSockets(kernel)).toEqual([{ sock: listener, table: 'listen', slot: 0 }]);
  expect(kernel.faults.records.map(({ kind, detail }) => [kind, detail])).toEqual([
    ['corrupt', 'a hash table of 4294967295 slots'],
  ]);
});
