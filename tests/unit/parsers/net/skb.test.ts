import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { skbBytes, skbFrag } from '../../../../src/parsers/net/skb.js';
import { MadeNet } from './made-net.js';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe.each([
  ['netmem', 'netmem'],
  ['bv_page', 'bio_vec'],
] as const)('a packet with fragments of the kind %s', (kind, era) => {
  test('is its linear part, then its pages', () => {
    const net = new MadeNet(kind);
    const skb = net.skb('linear ', ['first page, ', 'second page']);
    const kernel = net.made.kernel();
    expect(text(skbBytes(kernel, skb))).toBe('linear first page, second page');
    expect(kernel.era(skbFrag).name).toBe(era);
  });
});

test('a packet goes on in those of its frag_list', () => {
  const net = new MadeNet();
  const [skb, more, last] = [net.skb('one '), net.skb('two '), net.skb('three')] as [Kva, Kva, Kva];
  net.made.set(more, 'sk_buff.next', last);
  net.made.set(skb, 'sk_buff.len', 13);
  net.made.set(skb, 'sk_buff.data_len', 9);
  const head = net.made.kernel().mem.ptr(skb, net.made.types.member('sk_buff.head')?.offset);
  net.made.set((head + 256) as Kva, 'skb_shared_info.frag_list', more);
  expect(text(skbBytes(net.made.kernel(), skb))).toBe('one two three');
});

test('what cannot be a packet is a fault', () => {
  const net = new MadeNet();
  const long = net.skb('x');
  net.made.set(long, 'sk_buff.len', 0x4000_0000);
  const short = net.skb('', ['12']);
  net.made.set(short, 'sk_buff.len', 5);
  net.made.set(short, 'sk_buff.data_len', 5);
  const kernel = net.made.kernel();
  expect(() => skbBytes(kernel, long)).toThrow('a packet of 1073741824 bytes');
  expect(() => skbBytes(kernel, short)).toThrow('a packet of 5 bytes has only 2');
});

test('data in the memory of a device is said to be there', () => {
  const net = new MadeNet();
  const skb = net.skb('', ['gone']);
  const head = net.made.kernel().mem.ptr(skb, net.made.types.member('sk_buff.head')?.offset);
  const frags = head + 256 + (net.made.types.member('skb_shared_info.frags')?.offset ?? 0);
  net.made.poke(frags as Kva, 0xffff_8880_0000_1001n);
  expect(() => skbBytes(net.made.kernel(), skb)).toThrow('packet data in device memory');
});
