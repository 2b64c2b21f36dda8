import { isIPv6 } from 'node:net';
import { describe, expect, test } from 'vitest';
import { inetAddress } from '../../../../src/parsers/net/addresses.js';
import { endpoint } from '../../../../src/parsers/net/inet.js';

const six = (hex: string) => inetAddress(Buffer.from(hex, 'hex'));

describe('addresses as inet_ntop prints them (RFC 5952)', () => {
  test.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['fe800000000000000000000000000001', 'fe80::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['20010db8000100010001000100010000', '2001:db8:1:1:1:1:1:0'],
    ['00000000000000000000ffff7f000001', '::ffff:127.0.0.1'],
  ])('%s is %s', (bytes, text) => {
    expect(six(bytes)).toBe(text);
    expect(isIPv6(text)).toBe(true);
  });

  test('of four bytes', () => {
    expect(inetAddress(Uint8Array.of(192, 0, 2, 255))).toBe('192.0.2.255');
  });

  test('endpoints', () => {
    expect(endpoint('127.0.0.1', 80)).toBe('127.0.0.1:80');
    expect(endpoint('::1', 80)).toBe('[::1]:80');
    expect(endpoint('0.0.0.0', 0)).toBe('*:*');
  });
});
