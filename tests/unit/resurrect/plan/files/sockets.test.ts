// Sockets: addresses, peers, queues, TCP streams put together, and what is refused.

import { describe, expect, test } from 'vitest';
import { FILE_KIND } from '../../../../../src/resurrect/abi/records/files.js';
import { SOCKET_FLAG, SOCKET_STATE } from '../../../../../src/resurrect/abi/records/sockets.js';
import { inetAddress, parseInet } from '../../../../../src/resurrect/plan/files/sockets/sockaddr.js';
import { planTcp } from '../../../../../src/resurrect/plan/files/sockets/tcp.js';
import type { QueuedPacket, Socket, TcpDetail } from '../../../../../src/snapshot/socket.js';
import { address, file, made, socket, UNNAMED } from './made-files.js';

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1');
const hex = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('hex');

function packet(data: string | null, rest: Partial<QueuedPacket> = {}): QueuedPacket {
  const base64 = data === null ? null : Buffer.from(data, 'latin1').toString('base64');
  const nothing = { truesize: 768, tcp: null, from: null, fromBytes: null, credentials: null, files: [] };
  return { address: address(), length: data?.length ?? 0, data: base64, ...nothing, ...rest };
}

test.each([
  ['127.0.0.1:53', '020000357f0000010000000000000000'],
  ['10.0.0.1', '020000000a0000010000000000000000'],
  ['[::1]:53', `0a0000350000000000000000000000000000000000000001${'00'.repeat(4)}`],
  ['[2001:db8::ffff:1.2.3.4]:1', `0a00000100000000${'20010db8000000000000ffff01020304'}00000000`],
])('the sender %s', (from, bytes) => {
  expect(hex(parseInet(from))).toBe(bytes);
});

test('a sender that is no address is none', () => {
  for (const bad of ['', 'kernel', '1.2.3.999:5', '[::1::2]:3', '[1:2:3:4:5:6:7:8:9]:1', '1.2.3.4:70000'])
    expect(parseInet(bad)).toBeNull();
});

test('a link-local address has its interface', () => {
  const local = new Uint8Array(16);
  local.set([0xfe, 0x80]);
  expect(inetAddress(local, 80, 3)[24]).toBe(3);
  expect(inetAddress(new Uint8Array(16), 80, 3)[24]).toBe(0);
});

describe('unix', () => {
  const pair = () => {
    const [a, b] = [address(), address()];
    const connected = { state: 'established' } as const;
    return [
      socket({ address: a, ...connected, unix: { ...UNNAMED, peer: b } }),
      socket({ address: b, ...connected, unix: { ...UNNAMED, peer: a, peerPid: 2 } }),
    ] as const;
  };

  test('a pair knows each other', () => {
    const [a, b] = pair();
    const { rows, reasons } = made([a.file, b.file], { sockets: [a.socket, b.socket] });
    expect(rows('socket').map(({ peer, state, peerPid }) => [peer, state, peerPid])).toEqual([
      [1, SOCKET_STATE.connected, 0],
      [0, SOCKET_STATE.connected, 2],
    ]);
    expect(reasons).toEqual([]);
  });

  test('a peer outside of the plan is refused, one that is closed is none', () => {
    const [a, b] = pair();
    const outside = made([a.file], { sockets: [a.socket, b.socket] }, { others: [b.file] });
    expect([outside.rows('socket').length, outside.rows('socket')[0]?.peer]).toEqual([1, null]);
    expect(outside.reasons).toEqual([expect.stringContaining('unix_peer: socket:[')]);
    const closed = made([a.file], { sockets: [a.socket] });
    expect([closed.rows('socket')[0]?.peer, closed.reasons]).toEqual([null, []]);
  });

  test('a datagram socket connected to a name outside keeps the name', () => {
    const log = socket({
      type: 'dgram',
      unix: { ...UNNAMED, name: '/dev/log', nameBytes: '2f6465762f6c6f6700' },
    });
    const client = socket({
      type: 'dgram',
      state: 'established',
      unix: { ...UNNAMED, peer: log.socket.address },
    });
    const { rows, refusals } = made(
      [client.file],
      { sockets: [log.socket, client.socket] },
      { others: [log.file] },
    );
    expect(text(rows('socket')[0]?.remote)).toBe('\x01\0/dev/log\0');
    expect(refusals.map(({ resource }) => resource)).toEqual(['unix_name']);
  });

  test('who sent a packet is told byte for byte, whether it is there still or not', () => {
    const names = ['40666f6f00', '00666f6f0000', 'fffe00', ''];
    const receiver = socket({
      type: 'dgram',
      unix: { ...UNNAMED, nameBytes: '007a' },
      receiveQueue: names.map((fromBytes) => packet('x', { from: 'not this', fromBytes: fromBytes || null })),
    });
    const [row] = made([receiver.file], { sockets: [receiver.socket] }).rows('socket');
    expect(row?.queue.map(({ from }) => hex(from))).toEqual([
      '010040666f6f00',
      '010000666f6f0000',
      '0100fffe00',
      '',
    ]);
  });

  test('a listener has the connections that wait, marked, with the users of the listener', () => {
    const embryo = address();
    const client = socket({ state: 'established', unix: { ...UNNAMED, peer: embryo } });
    const waiting = socket({
      address: embryo,
      inode: 0,
      state: 'established',
      unix: { ...UNNAMED, peer: client.socket.address },
    });
    const pending = [{ request: null, socket: embryo, peer: '?' }];
    const listener = socket({
      state: 'listen',
      unix: { ...UNNAMED, nameBytes: '007a' },
      backlog: { length: 1, limit: 5, pending },
    });
    const sockets = [listener.socket, client.socket, waiting.socket];
    const { rows } = made([listener.file, client.file], { sockets });
    const [first] = rows('socket');
    expect([first?.backlog, first?.state, hex(first?.local)]).toEqual([
      5,
      SOCKET_STATE.listening,
      '0100007a',
    ]);
    const child = rows('socket')[first?.pending[0]?.socket ?? -1];
    expect([child?.flags, child?.inode]).toEqual([SOCKET_FLAG.embryo, 0n]);
    expect(rows('socket')[child?.peer ?? -1]?.inode).toBe(BigInt(client.socket.inode));
  });

  test('descriptors and credentials on their way, and what could not be read', () => {
    const passed = file({ path: '/passed' });
    const credentials = { pid: 9, uid: 8, gid: 7 };
    const lost = { address: address(), path: '/lost' };
    const one = socket({
      type: 'dgram',
      unix: UNNAMED,
      receiveQueue: [
        packet('x', { credentials, files: [{ address: passed.address, path: '/passed' }, lost] }),
        packet(null),
      ],
    });
    const { rows, reasons } = made([one.file], { sockets: [one.socket], files: [passed] });
    const [first] = rows('socket')[0]?.queue ?? [];
    expect(first).toMatchObject({ pid: 9, uid: 8, gid: 7, files: [{ file: 1 }, { file: null }] });
    expect(rows('file')[1]).toMatchObject({ path: '/passed', kind: FILE_KIND.regular });
    expect(reasons.map((reason) => reason.replace(/^.*\]: /, ''))).toEqual([
      '1 packets in its queue could not be read',
      'a descriptor in its queue (/lost) could not be read',
    ]);
  });
});

const inet = (localPort: number, remotePort: number, rest = {}) => ({
  ...{
    localAddress: '127.0.0.1',
    remoteAddress: '127.0.0.1',
    localBytes: '7f000001',
    remoteBytes: '7f000001',
  },
  ...{ localPort, remotePort, boundDevice: 0, v6only: false },
  ...rest,
});

describe('UDP', () => {
  test('senders, addresses and options', () => {
    const bound = { localAddress: '0.0.0.0', localBytes: '00000000', remoteBytes: '00000000' };
    const one = socket({
      ...{
        family: 'inet',
        type: 'dgram',
        protocol: 17,
        protocolName: 'UDP',
        inet: inet(53, 0, bound) as never,
      },
      receiveQueue: [packet('query', { from: '10.0.0.9:1000' })],
    });
    const [row] = made([one.file], { sockets: [one.socket] }).rows('socket');
    expect([hex(row?.local), hex(row?.remote), row?.state]).toEqual([
      '02000035'.padEnd(32, '0'),
      '',
      SOCKET_STATE.unconnected,
    ]);
    expect([text(row?.queue[0]?.contents), hex(row?.queue[0]?.from)]).toEqual([
      'query',
      '020003e80a000009'.padEnd(32, '0'),
    ]);
  });

  test.each([
    [{ family: 'af-38', type: 'seqpacket' }, 'socket_family'],
    [{ family: 'inet', type: 'stream', protocol: 262, inet: inet(1, 2) }, 'mptcp'],
    [
      { family: 'inet', type: 'stream', protocol: 132, protocolName: 'SCTP', inet: inet(1, 2) },
      'socket_family',
    ],
    [
      {
        family: 'netlink',
        type: 'raw',
        netlink: { portId: 1, peerPortId: 0, groups: [], groupMask: 0, dumping: true },
      },
      'netlink_dump',
    ],
    [
      {
        family: 'vsock',
        type: 'stream',
        state: 'established',
        vsock: { localCid: 3, localPort: 1, remoteCid: 2, remotePort: 1 },
      },
      'vsock_connection',
    ],
  ] as const)('refused: %o', (rest, resource) => {
    const one = socket(rest as unknown as Partial<Socket>);
    const { rows, refusals } = made([one.file], { sockets: [one.socket] });
    expect(refusals.map((each) => each.resource)).toEqual([resource]);
    expect(rows('file')[0]).toMatchObject({ kind: FILE_KIND.refused, target: null });
    expect(rows('socket')).toEqual([]);
  });

  test('a socket with a filter is planned, and the filter refused', () => {
    const one = socket({
      family: 'packet',
      type: 'raw',
      packet: { etherType: 0x806, interface: 2, running: true },
    });
    const filtered = { ...one.socket, options: { ...one.socket.options, filtered: true } } as Socket;
    const { rows, refusals } = made([one.file], { sockets: [filtered] });
    expect([rows('socket')[0]?.protocol, hex(rows('socket')[0]?.local)]).toEqual([
      0x806,
      `1100080602000000${'00'.repeat(12)}`,
    ]);
    expect(refusals.map(({ resource }) => resource)).toEqual(['socket_filter', 'packet_options']);
  });
});

describe('TCP', () => {
  const detail = (rest: Partial<TcpDetail> = {}) =>
    ({
      ...{
        sndUna: 100,
        sndNxt: 100,
        writeSeq: 100,
        rcvNxt: 500,
        copiedSeq: 500,
        rcvWup: 500,
        sndWl1: 1,
        sndWnd: 9,
      },
      ...{
        rcvWnd: 8,
        maxWindow: 9,
        mssClamp: 1460,
        sndWscale: 7,
        rcvWscale: 6,
        timestamps: true,
        sack: true,
      },
      ...{
        windowScaling: true,
        ecn: 0,
        tsRecent: 5,
        tsOffset: 0,
        tsMicroseconds: false,
        nonagle: 0,
        congestion: 'cubic',
      },
      ...{
        keepaliveTime: 0,
        keepaliveInterval: 0,
        keepaliveProbes: 0,
        userTimeout: 0,
        deferAccept: 0,
        fastopenLimit: 0,
      },
      ...{ upperLayer: null, unacknowledged: [], unsent: [], outOfOrder: [] },
      ...rest,
    }) as unknown as TcpDetail;
  const segment = (seq: number, data: string | null, flags = 16, length = data?.length ?? 0) =>
    packet(data, { tcp: { seq, endSeq: (seq + length + (flags & 3 ? 1 : 0)) >>> 0, flags } });
  const established = (rest: Partial<Socket> = {}) =>
    ({ state: 'established', stateNumber: 1, receiveQueue: [], ...rest }) as unknown as Socket;

  test('segments that overlap, across the end of the numbers', () => {
    const from = 0xffff_fffe;
    const receiveQueue = [segment(from, 'abcd'), segment(0, 'cdef'), segment(0, 'cd')];
    const { tcp, missing } = planTcp(
      established({ receiveQueue }),
      detail({ copiedSeq: from, rcvNxt: 4 }),
      null,
    );
    expect([text(tcp.unread), missing]).toEqual(['abcdef', 0]);
  });

  test('a FIN has a number, and no byte', () => {
    const receiveQueue = [segment(500, 'ab', 17)];
    const { tcp, missing } = planTcp(established({ receiveQueue }), detail({ rcvNxt: 503 }), null);
    expect([text(tcp.unread), missing]).toEqual(['ab', 0]);
    const syn = planTcp(
      established({ state: 'syn-sent' }),
      detail({ sndNxt: 101, writeSeq: 101, unacknowledged: [segment(100, '', 2)] }),
      null,
    );
    expect([syn.tcp.unacknowledged.length, syn.missing]).toEqual([0, 0]);
  });

  test('behind a segment that could not be read nothing has a place', () => {
    const unsent = [segment(100, 'ab'), segment(102, null, 16, 3), segment(105, 'cd')];
    const { tcp, missing } = planTcp(established(), detail({ writeSeq: 107, unsent }), null);
    expect([text(tcp.unsent), missing]).toEqual(['ab', 5]);
    const gap = planTcp(established(), detail({ writeSeq: 107, unsent: [segment(105, 'cd')] }), null);
    expect([text(gap.tcp.unsent), gap.missing]).toEqual(['', 7]);
  });

  test('timestamps never go back, and their lowest bit tells the unit', () => {
    const at = (monotonic: bigint, rest: Partial<TcpDetail> = {}) =>
      planTcp(established(), detail(rest), monotonic).tcp.tsValue;
    expect([at(7_000_000n), at(8_999_999n), at(7_000_000n, { tsOffset: 0xffff_ffff })]).toEqual([8, 8, 6]);
    expect(at(7_000n, { tsMicroseconds: true })).toBe(7);
    expect(at(7_000_000n, { timestamps: false })).toBe(0);
  });

  test('a listener has its settings alone', () => {
    const listener = established({ state: 'listen', stateNumber: 10 });
    const { tcp } = planTcp(listener, detail({ deferAccept: 5, fastopenLimit: 3, keepaliveTime: 60 }), 1n);
    expect(tcp).toMatchObject({
      state: 10,
      deferAccept: 31,
      fastOpen: 3,
      keepaliveTime: 60,
      sndUna: 0,
      options: 0,
    });
  });

  test('the other end: in the plan, outside, closed, on another machine', () => {
    const tcp = {
      ...{ family: 'inet', type: 'stream', protocol: 6, protocolName: 'TCP' },
      state: 'established',
      tcp: detail(),
    };
    const here = socket({ ...tcp, inet: inet(1, 2) } as never);
    const there = socket({ ...tcp, inet: inet(2, 1) } as never);
    const both = made([here.file, there.file], { sockets: [here.socket, there.socket] });
    expect([both.rows('socket').length, both.reasons]).toEqual([2, []]);
    const resources = (sockets: readonly Socket[], others = [there.file]) =>
      made([here.file], { sockets }, { others }).refusals.map(({ resource }) => resource);
    expect(resources([here.socket, there.socket])).toEqual(['tcp_peer']);
    expect(resources([here.socket, { ...there.socket, form: 'timewait', inode: 0 }])).toEqual([
      'tcp_closed_peer',
    ]);
    expect(resources([here.socket])).toEqual(['tcp_outside']);
  });
});
