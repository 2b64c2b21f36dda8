// Addresses and lengths as a user writes them.
import { describe, expect, test } from 'vitest';
import { AddressFold, type Kva } from '../../../src/base/address.js';
import { AbsentError, InputError, UsageError } from '../../../src/base/error.js';
import { Fault } from '../../../src/base/fault.js';
import {
  orAbsent,
  parseAddress,
  parseLength,
  parsePlainAddress,
  symbolAddress,
} from '../../../src/cli/address.js';
import type { Kernel } from '../../../src/parsers/kernel/kernel.js';

const fold = new AddressFold();
const SYMBOLS: Record<string, bigint> = { init_task: 0xffff_ffff_8220_0940n, beef: 0xffff_ffff_8100_0000n };
const MODULES: Record<string, bigint> = { jbd2_thing: 0xffff_ffff_c000_1000n };
const find = (table: Record<string, bigint>, name: string): Kva | undefined =>
  name in table ? fold.fromBig(table[name] as bigint) : undefined;
const kernel = {
  symbols: {
    address: (name: string) => find(SYMBOLS, name),
    addressInModules: (name: string) => find(MODULES, name),
  },
  mem: { fold },
} as unknown as Kernel;
const parse = (text: string) => fold.hex(parseAddress(kernel, text));

describe('a kernel address', () => {
  test.each([
    ['0xffffffff81000000', '0xffffffff81000000'],
    ['FFFF888000000000', '0xffff888000000000'],
    ['init_task', '0xffffffff82200940'],
    ['init_task+0x10', '0xffffffff82200950'],
    ['init_task+16', '0xffffffff82200950'],
    ['init_task-0x40', '0xffffffff82200900'],
    ['jbd2_thing', '0xffffffffc0001000'],
    ['beef', '0xffffffff81000000'],
    ['0xbeef', '0xbeef'],
    ['cafe', '0xcafe'],
  ])('%s', (text, address) => expect(parse(text)).toBe(address));

  test.each([
    ['no_such_symbol', AbsentError],
    ['no_such_symbol+1', AbsentError],
    ['0x8000000000000000', UsageError],
    ['12 34', UsageError],
    ['init_task+', UsageError],
    ['0x11112222333344445', UsageError],
    ['', UsageError],
  ])('%j is none', (text, error) => expect(() => parse(text)).toThrow(error));

  test('of a symbol only', () => {
    expect(symbolAddress(kernel, 'ffff')).toBeUndefined();
    expect(symbolAddress(kernel, 'jbd2_thing')).toBeDefined();
  });
});

describe('a user or physical address', () => {
  test.each([
    ['00400000', 0x40_0000],
    ['0x400000', 0x40_0000],
    ['7ffd12345000', 0x7ffd_1234_5000],
    ['0', 0],
  ])('%s is hex, as maps prints it', (text, value) => {
    expect(parsePlainAddress(text, 'user address')).toBe(value);
  });

  test.each(['', 'stack', '-1', '0xffffffffffffffff', '1.5'])('%j is none', (text) => {
    expect(() => parsePlainAddress(text, 'user address')).toThrow(`${text} is no user address`);
  });
});

describe('a length', () => {
  test.each([
    ['16', 16],
    ['0x10', 16],
    ['010', 10],
  ])('%s', (text, value) => expect(parseLength(text)).toBe(value));

  test.each(['', 'ff', '-1', '1e3', '0x', '99999999999999999999'])('%j is none', (text) => {
    expect(() => parseLength(text)).toThrow(UsageError);
  });
});

test('what cannot be read is absent; other errors stay what they are', () => {
  const hole = () => orAbsent(() => fail(new Fault('hole', 'no bytes', 'physical', 0x1000)));
  expect(hole).toThrow(new AbsentError('no bytes (hole at physical address 0x1000)'));
  expect(() => orAbsent(() => fail(new InputError('no dump')))).toThrow(InputError);
  expect(orAbsent(() => 7)).toBe(7);
});

function fail(error: Error): never {
  throw error;
}
