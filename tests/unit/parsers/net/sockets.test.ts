import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { socketDrops, socketInode, socketUid } from '../../../../src/parsers/net/sock.js';
import { passesCredentials } from '../../../../src/parsers/net/socket-options.js';
import { readSockets } from '../../../../src/parsers/net/sockets.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const AF_UNIX = 1;
const CLOSE = 7;

/** A kernel that knows unix sockets and no other table. */
function machine(era: 'new' | 'old') {
  const made = new SyntheticKernel();
  const isNew = era === 'new';
  made.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('hlist_node', { next: 'ptr', pprev: 'ptr' })
    .struct('ns_common', { inum: 'u32' })
    .struct('net', { list: 'list_head', ns: 'ns_common' })
    .struct('proto', { name: 'char[32]' })
    .struct('sock_common', {
      ...{ skc_daddr: 'u32', skc_rcv_saddr: 'u32', skc_dport: 'u16', skc_num: 'u16', skc_family: 'u16' },
      ...{
        skc_state: 'u8',
        skc_bound_dev_if: 'i32',
        skc_prot: 'ptr',
        skc_net: 'ptr',
        skc_node: 'hlist_node',
      },
      skc_refcnt: 'u32',
    })
    .struct('sk_backlog', { rmem_alloc: 'i32', len: 'i32' })
    .struct('sock', {
      ...{ __sk_common: 'sock_common', sk_type: 'u16', sk_protocol: 'u16', sk_socket: 'ptr', sk_uid: 'u32' },
      ...{
        sk_receive_queue: 'list_head',
        sk_write_queue: 'list_head',
        sk_error_queue: 'list_head',
        sk_err: 'i32',
        sk_backlog: 'sk_backlog',
      },
      ...{ sk_rcvbuf: 'i32', sk_sndbuf: 'i32', sk_wmem_alloc: 'i32', sk_wmem_queued: 'i32' },
      ...{ sk_forward_alloc: 'i32', sk_omem_alloc: 'i32', sk_drops: 'u32', sk_ack_backlog: 'u32' },
      ...{ sk_max_ack_backlog: 'u32', sk_peer_pid: 'ptr', sk_shutdown: 'u8' },
      ...(isNew ? { sk_ino: 'u64', sk_drop_counters: 'ptr', sk_scm_credentials: 'u8' } : {}),
    })
    .struct('numa_drop_counters', { drops0: 'u32', drops1: '@64 u32' })
    .struct('unix_sock', { sk: 'sock', addr: 'ptr', peer: 'ptr' })
    .struct('unix_address', { refcnt: 'u32', len: 'i32', name: 'char[112]' })
    .struct('socket', { sk: 'ptr', flags: 'u64' })
    .struct('inode', { i_uid: 'u32', i_ino: 'u64' })
    .struct('socket_alloc', { socket: 'socket', vfs_inode: 'inode' });
  const net = made.make('net', { 'ns.inum': 4026531840 });
  const list = made.make('list_head');
  made.list(list, [net]);
  made.symbol('net_namespace_list', list);
  made.symbol('init_net', net);
  const table = made.alloc(512 * 8);
  made.symbol('unix_socket_table', table);
  if (!isNew) made.symbol('sock_i_uid', made.alloc(8));
  return { made, net, table };
}

type Machine = ReturnType<typeof machine>;

function unixSocket({ made, net }: Machine, inode: number): { sock: Kva; inode: Kva } {
  const alloc = made.make('socket_alloc', { 'vfs_inode.i_ino': inode, 'vfs_inode.i_uid': 33 });
  const sock = made.make('unix_sock', {
    ...{
      'sk.__sk_common.skc_family': AF_UNIX,
      'sk.__sk_common.skc_state': CLOSE,
      'sk.__sk_common.skc_net': net,
    },
    ...{ 'sk.sk_type': 2, 'sk.sk_socket': alloc, 'sk.sk_uid': 1000, 'sk.sk_wmem_alloc': 1, 'sk.sk_drops': 4 },
  });
  made.set(alloc, 'socket_alloc.socket.sk', sock);
  for (const queue of ['sk_receive_queue', 'sk_write_queue', 'sk_error_queue']) {
    const head = (sock + (made.types.member(`unix_sock.sk.${queue}`)?.offset ?? 0)) as Kva;
    made.list(head, []);
  }
  return { sock, inode: (alloc + (made.types.member('socket_alloc.vfs_inode')?.offset ?? 0)) as Kva };
}

function bind({ made }: Machine, sock: Kva, name: string): void {
  const address = made.make('unix_address', { len: name.length + 2 });
  const at = (address + (made.types.member('unix_address.name')?.offset ?? 0) + 2) as Kva;
  made.text(at, name);
  made.set(sock, 'unix_sock.addr', address);
}

/** Faults of the protocols that this kernel has no tables of are not what is tested. */
const unixFaults = ({ made }: Machine) =>
  made.faults.records
    .filter(({ kind }) => kind !== 'unknown')
    .map(({ kind, detail }) => `${kind}: ${detail}`);

describe('sockets', () => {
  test('of a table and of descriptors are one', () => {
    const all = machine('old');
    const { sock, inode } = unixSocket(all, 77);
    bind(all, sock, '\0hidden\0name');
    const node = all.made.types.member('sock.__sk_common.skc_node')?.offset ?? 0;
    all.made.poke((all.table + 5 * 8) as Kva, sock + node);
    const [socket, ...others] = readSockets(all.made.kernel(), [inode]);
    expect(others).toEqual([]);
    expect(socket).toMatchObject({ family: 'unix', type: 'dgram', inode: 77, table: 'unix', slot: 5 });
    expect(socket?.unix).toMatchObject({ name: '@hidden@name', peer: null });
    expect(unixFaults(all)).toEqual([]);
  });

  test('that only a descriptor leads to are delivered, and missed in their table', () => {
    const all = machine('old');
    const { inode } = unixSocket(all, 78);
    const [socket] = readSockets(all.made.kernel(), [inode]);
    expect(socket).toMatchObject({ inode: 78, table: null });
    expect(unixFaults(all)).toEqual(['corrupt: socket is open, but in no table of its protocol']);
  });

  test('with a name that cannot be keep the rest', () => {
    const all = machine('old');
    const { sock, inode } = unixSocket(all, 79);
    bind(all, sock, 'x'.repeat(100));
    const address = all.made.kernel().mem.ptr(sock, all.made.types.member('unix_sock.addr')?.offset);
    all.made.set(address, 'unix_address.len', 5000);
    const [socket] = readSockets(all.made.kernel(), [inode]);
    expect(socket).toMatchObject({ inode: 79, unix: { name: null, nameBytes: null } });
    expect(unixFaults(all)).toContain('corrupt: a unix address of 4998 bytes');
  });
});

test('inode, user and drops, by era', () => {
  const [before, now] = [machine('old'), machine('new')];
  const [old, young] = [unixSocket(before, 80).sock, unixSocket(now, 80).sock];
  now.made.set(young, 'unix_sock.sk.sk_ino', 81);
  const told = ({ made }: Machine, sock: Kva) => {
    const kernel = made.kernel();
    return [
      kernel.trait(socketInode)(kernel, sock),
      kernel.trait(socketUid)(kernel, sock),
      kernel.trait(socketDrops)(kernel, sock),
    ];
  };
  expect(told(before, old)).toEqual([80, 33, 4]);
  expect(told(now, young)).toEqual([81, 1000, 4]);
  const counters = now.made.make('numa_drop_counters', { drops0: 2, drops1: 3 });
  now.made.set(young, 'unix_sock.sk.sk_drop_counters', counters);
  expect(told(now, young)).toEqual([81, 1000, 5]);
});

test('SO_PASSCRED, by era, where the family can have it', () => {
  const [before, now] = [machine('old'), machine('new')];
  const [old, young] = [unixSocket(before, 90), unixSocket(now, 90)];
  const passes = ({ made }: Machine, sock: Kva) => {
    const kernel = made.kernel();
    return kernel.trait(passesCredentials)(kernel, sock);
  };
  expect([passes(before, old.sock), passes(now, young.sock)]).toEqual([false, false]);
  const { made } = before;
  const socket = made.kernel().mem.ptr(old.sock, made.types.member('unix_sock.sk.sk_socket')?.offset);
  made.set(socket, 'socket.flags', 1 << 3);
  now.made.set(young.sock, 'unix_sock.sk.sk_scm_credentials', 1);
  expect([passes(before, old.sock), passes(now, young.sock)]).toEqual([true, true]);
  now.made.set(young.sock, 'unix_sock.sk.__sk_common.skc_family', 2);
  expect(passes(now, young.sock)).toBe(false);
});
