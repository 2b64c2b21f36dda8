import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { errorQueue } from '../../../../src/parsers/net/errors.js';
import { MadeNet, textOf } from './made-net.js';

/** A socket with one error: its control block, and the bytes from the network header on. */
function told(
  error: Readonly<Record<string, number>>,
  header: readonly number[],
  port: readonly number[] = [],
) {
  const net = new MadeNet();
  const { made } = net;
  made.types
    .struct('iphdr', { saddr: '@12 u32', daddr: '@16 u32' })
    .struct('ipv6hdr', { saddr: '@8 u64[2]', daddr: '@24 u64[2]' })
    .struct('sock_extended_err', {
      ...{
        ee_errno: 'u32',
        ee_origin: 'u8',
        ee_type: 'u8',
        ee_code: 'u8',
        ee_info: '@8 u32',
        ee_data: 'u32',
      },
    })
    .struct('sock_exterr_skb', { ee: '@24 sock_extended_err', addr_offset: 'u16', port: 'u16' })
    .struct('sock', { sk_error_queue: 'list_head' });
  const skb = net.skb('what was sent');
  for (const [member, value] of Object.entries(error))
    made.set(net.cb(skb), `sock_exterr_skb.${member}`, value);
  const at = (net.cb(skb) + (made.types.member('sock_exterr_skb.port')?.offset ?? 0)) as Kva;
  made.bytes(at, Uint8Array.from(port));
  made.bytes(made.kernel().mem.ptr(skb, made.types.member('sk_buff.head')?.offset), Uint8Array.from(header));
  const sock = made.make('sock');
  made.list(sock, [skb]);
  return { kernel: made.kernel(), sock };
}

const padded = (bytes: number, ...rest: number[]) => [...Array<number>(bytes).fill(0), ...rest];

describe('an error that nobody has heard', () => {
  test('of ICMP tells who refused, and what', () => {
    const error = {
      'ee.ee_errno': 111,
      'ee.ee_origin': 2,
      'ee.ee_type': 3,
      'ee.ee_code': 3,
      addr_offset: 44,
    };
    const header = [...padded(12, 192, 0, 2, 7), ...padded(28, 192, 0, 2, 8)];
    const { kernel, sock } = told(error, header, [0x1f, 0x90]);
    const [found] = errorQueue(kernel, sock);
    expect(found).toMatchObject({ errno: 111, origin: 'icmp', type: 3, code: 3, info: 0, data: 0 });
    expect([found?.offender, found?.destination]).toEqual(['192.0.2.7', '192.0.2.8:8080']);
    expect(textOf(found?.contents)).toBe('what was sent');
  });

  test('of the machine itself tells where it was to go, by the header that was made up for it', () => {
    const six = padded(24, 0x20, 0x01, 0x0d, 0xb8, ...padded(11, 9));
    const error = { 'ee.ee_errno': 90, 'ee.ee_origin': 1, 'ee.ee_info': 1400, addr_offset: 24 };
    const { kernel, sock } = told(error, six, [0, 53]);
    expect(errorQueue(kernel, sock)).toMatchObject([
      { origin: 'local', info: 1400, destination: '[2001:db8::9]:53', offender: null },
    ]);
  });

  test('of another kind tells no address', () => {
    const { kernel, sock } = told(
      { 'ee.ee_errno': 42, 'ee.ee_origin': 5, 'ee.ee_code': 1, 'ee.ee_data': 3 },
      [],
    );
    expect(errorQueue(kernel, sock)).toMatchObject([
      { errno: 42, origin: 'zerocopy', code: 1, info: 0, data: 3, destination: null, offender: null },
    ]);
  });

  test('whose place is rubble keeps the rest', () => {
    const { kernel, sock } = told({ 'ee.ee_origin': 200, 'ee.ee_errno': 5 }, []);
    expect(errorQueue(kernel, sock)).toMatchObject([{ origin: '200', errno: 5, destination: null }]);
  });
});
