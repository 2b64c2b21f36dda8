import { describe, expect, test } from 'vitest';
import { PteDecoder } from '../../../../src/parsers/mm/pte.js';
import { swapTypes } from '../../../../src/parsers/mm/swap-types.js';
import { PAGE } from '../../../../src/snapshot/mm.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

interface Config {
  readonly exclusive?: boolean;
  readonly mmRssStat?: boolean;
  readonly symbols?: readonly string[];
}

function types({ exclusive = true, mmRssStat = false, symbols = [] }: Config = {}) {
  const made = new SyntheticKernel();
  if (exclusive) made.types.enum({ PG_anon_exclusive: 17 });
  if (mmRssStat) made.types.struct('mm_rss_stat', { count: 'u64[4]' });
  for (const name of symbols) made.symbol(name, made.alloc(8));
  return swapTypes(made.kernel());
}

function decode(entry: bigint, config?: Config, dirtyHigh = 0) {
  const pte = new PteDecoder(types(config), dirtyHigh);
  pte.decode(Number(entry & 0xffff_ffffn), Number((entry >> 32n) & 0xffff_ffffn));
  const names = Object.entries(PAGE).filter(([, bit]) => pte.flags & bit);
  return { pfn: pte.pfn, type: pte.swapType, flags: names.map(([name]) => name).join(' ') };
}

/** __swp_entry(): type in bits 59–63, inverted offset in 9–58. */
function swap(type: number, offset: bigint, flags = 0n): bigint {
  return (BigInt(type) << 59n) | ((~offset & ((1n << 50n) - 1n)) << 9n) | flags;
}

describe('a present entry', () => {
  test('with a frame beyond 4 GiB and NX', () => {
    expect(decode((1n << 63n) | (0x12_3456_7n << 12n) | 0x67n)).toEqual({
      pfn: 0x12_3456_7,
      type: 0,
      flags: 'present dirty accessed writable',
    });
  });

  test('soft-dirty, write-protected by userfaultfd', () => {
    expect(decode(0x1c25n).flags).toBe('present accessed softDirty uffdWp');
  });

  test('dirty by bit 58 where the kernel saves it there', () => {
    const entry = (1n << 58n) | 0x1025n;
    expect(decode(entry, {}, 1 << 26).flags).toBe('present dirty accessed');
    expect(decode(entry).flags).toBe('present accessed');
  });
});

test('PROT_NONE: the frame is stored inverted', () => {
  const inverted = (~(0x4242n << 12n) & 0x000f_ffff_ffff_f000n) | 0x160n;
  expect(decode(inverted)).toEqual({ pfn: 0x4242, type: 0, flags: 'present dirty accessed protNone' });
});

test('nothing, also with the bits that some processors set by mistake', () => {
  expect([decode(0n).flags, decode(0x60n).flags]).toEqual(['', '']);
});

describe('an entry in swap format', () => {
  test('on a device', () => {
    expect(decode(swap(0, 5n))).toEqual({ pfn: 5, type: 0, flags: 'swap' });
    expect(decode(swap(3, 0x3_ffff_ffffn, 0xen))).toEqual({
      pfn: 0x3_ffff_ffff,
      type: 3,
      flags: 'swap softDirty uffdWp exclusive',
    });
  });

  test('migration since 5.19: three types, and flags above the frame since 6.1', () => {
    const moving = (type: number) => decode(swap(type, 0x777n | (3n << 34n)));
    expect(moving(28)).toEqual({ pfn: 0x777, type: 28, flags: 'migration' });
    expect(moving(29).flags).toBe('migration exclusive');
    expect(moving(30).flags).toBe('migration writable');
  });

  test('migration before: two types, the last ones', () => {
    const old = { exclusive: false };
    expect(decode(swap(30, 0x777n), old).flags).toBe('migration');
    expect(decode(swap(31, 0x777n), old)).toEqual({ pfn: 0x777, type: 31, flags: 'migration writable' });
    expect(decode(swap(29, 0x777n), old).flags).toBe('swap');
  });

  test('markers: a guard, and one that keeps a write protection', () => {
    expect(decode(swap(31, 4n))).toEqual({ pfn: 4, type: 31, flags: 'marker' });
    expect(decode(swap(31, 1n)).flags).toBe('uffdWp marker');
  });
});

describe('MAX_SWAPFILES', () => {
  test.each([
    ['5.10 cloud', 30, { exclusive: false }],
    [
      '5.10 with poisoned and device pages',
      27,
      { exclusive: false, symbols: ['memory_failure', 'request_free_mem_region'] },
    ],
    ['6.1 cloud', 27, { mmRssStat: true, symbols: ['request_free_mem_region', 'alloc_free_mem_region'] }],
    ['6.12 cloud', 27, { symbols: ['memory_failure', 'request_free_mem_region', 'alloc_free_mem_region'] }],
    ['6.12 with device pages', 23, { symbols: ['memory_failure', 'make_device_exclusive_range'] }],
    ['7.2 cloud', 24, { symbols: ['memory_failure', 'make_device_exclusive'] }],
  ])('of %s is %i', (_name, devices, config) => {
    expect(types(config).devices).toBe(devices);
  });
});
