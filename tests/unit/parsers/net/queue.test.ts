import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { datagramQueue, tcpQueue, tcpTree, unixQueue } from '../../../../src/parsers/net/queue.js';
import { MadeNet, textOf } from './made-net.js';

function segment(net: MadeNet, seq: number, text: string): Kva {
  const skb = net.skb(text);
  const cb = net.cb(skb);
  net.made.set(cb, 'tcp_skb_cb.seq', seq);
  net.made.set(cb, 'tcp_skb_cb.end_seq', (seq + text.length) >>> 0);
  return skb;
}

describe('segments', () => {
  test('are told from where they have been read to', () => {
    const net = new MadeNet();
    const queue = net.queue([
      segment(net, 10, 'read'),
      segment(net, 14, 'half read'),
      segment(net, 23, 'new'),
    ]);
    const found = tcpQueue(net.made.kernel(), queue, 19);
    expect(found.map(({ data }) => textOf(data))).toEqual(['read', 'new']);
    expect(found.map(({ length, tcp }) => [length, tcp?.seq, tcp?.endSeq])).toEqual([
      [4, 14, 23],
      [3, 23, 26],
    ]);
  });

  test('sequence numbers come round', () => {
    const net = new MadeNet();
    const queue = net.queue([segment(net, 0xffff_fffc, 'abcdefgh'), segment(net, 4, 'ijk')]);
    expect(tcpQueue(net.made.kernel(), queue, 1).map(({ data }) => textOf(data))).toEqual(['fgh', 'ijk']);
  });

  test('stand in a tree by sequence number', () => {
    const net = new MadeNet();
    const [low, top, high] = [segment(net, 1, 'a'), segment(net, 5, 'b'), segment(net, 9, 'c')];
    net.made.set(top, 'rb_node.rb_left', low);
    net.made.set(top, 'rb_node.rb_right', high);
    const root = net.made.alloc(8);
    net.made.poke(root, top);
    expect(tcpTree(net.made.kernel(), root, 0).map(({ tcp }) => tcp?.seq)).toEqual([1, 5, 9]);
  });
});

describe('unix packets', () => {
  test('of a stream begin where the reader stopped, and name their sender', () => {
    const net = new MadeNet();
    const pid = net.made.make('pid');
    net.made.poke((pid + (net.made.types.member('pid.numbers')?.offset ?? 0)) as Kva, 321, 4);
    const skb = net.skb('0123456789');
    const cb = net.cb(skb);
    for (const [name, value] of Object.entries({ pid, uid: 1001, gid: 1002, consumed: 4 }))
      net.made.set(cb, `unix_skb_parms.${name}`, value);
    const [packet] = unixQueue(net.made.kernel(), net.queue([skb]), true);
    expect(textOf(packet?.data)).toBe('456789');
    expect(packet?.credentials).toEqual({ pid: 321, uid: 1001, gid: 1002 });
  });

  test('tell the name of the socket that sent them', () => {
    const net = new MadeNet();
    const { made } = net;
    made.types
      .struct('unix_sock', { sk: 'u64[64]', addr: 'ptr', peer: 'ptr' })
      .struct('unix_address', { refcnt: 'u32', len: 'i32', name: 'char[112]' });
    const name = made.make('unix_address', { len: 2 + 4 });
    made.text((name + (made.types.member('unix_address.name')?.offset ?? 0) + 2) as Kva, '\0zoo');
    const [named, unnamed] = [net.skb('a'), net.skb('b')];
    made.set(named, 'sk_buff.sk', made.make('unix_sock', { addr: name }));
    made.set(unnamed, 'sk_buff.sk', made.make('unix_sock', { addr: 0 }));
    const kernel = made.kernel();
    const found = unixQueue(kernel, net.queue([named, unnamed, net.skb('c')]), false);
    expect(found.map(({ from }) => from)).toEqual(['@zoo', null, null]);
    expect(kernel.faults.records).toEqual([]);
  });

  test('whose bytes are gone are listed all the same', () => {
    const net = new MadeNet();
    const lost = net.skb('lost');
    const kept = net.skb('kept');
    net.made.set(lost, 'sk_buff.data', 0);
    const kernel = net.made.kernel();
    const found = unixQueue(kernel, net.queue([lost, kept]), false);
    expect(found.map(({ length, data }) => [length, textOf(data)])).toEqual([
      [4, null],
      [4, 'kept'],
    ]);
    expect(kernel.faults.records.map(({ kind, path }) => [kind, path.at(-1)])).toEqual([
      ['bad-pointer', 'packet'],
    ]);
  });
});

test('a datagram tells who sent it', () => {
  const net = new MadeNet();
  const skb = net.skb('hello');
  const head = net.made.kernel().mem.ptr(skb, net.made.types.member('sk_buff.head')?.offset);
  net.made.bytes(head, Uint8Array.of(0x45, ...Array(11).fill(0), 192, 0, 2, 7));
  net.made.bytes((head + 20) as Kva, Uint8Array.of(0x1f, 0x90));
  net.made.set(skb, 'sk_buff.transport_header', 20);
  const [packet] = datagramQueue(net.made.kernel(), net.queue([skb]), true);
  expect(packet?.from).toBe('192.0.2.7:8080');
});
