import { describe, expect, test } from 'vitest';
import { AddressFold, type Kva, type Phys } from '../../../../src/base/address.js';
import { Fault } from '../../../../src/base/fault.js';
import { KernelMemory } from '../../../../src/parsers/paging/kernel-memory.js';
import { PageTable } from '../../../../src/parsers/paging/page-table.js';
import { PageTableMaker } from '../../helpers/page-table-maker.js';
import { SparseMemory } from '../../helpers/sparse-memory.js';

const MIB = 1 << 20;
const ROOT = 0x10_0000;
/** As a 5-level guest with KASLR had them. */
const REGIONS = [0xff2f_d137_4000_0000n, 0xffa0_bf59_8000_0000n, 0xffd4_c5a9_0000_0000n];

function folded(): AddressFold {
  const fold = new AddressFold();
  for (const base of REGIONS) fold.add(base);
  return fold;
}

describe('AddressFold with five levels', () => {
  const fold = folded();
  const addresses = [
    ...REGIONS.flatMap((base) => [base, base + 1n, base + 0xfff_ffff_fff8n]),
    0xffff_ffff_8100_0000n,
    0xffff_ffff_ffff_ffffn,
    0xffff_fe00_0000_0000n,
    0x0000_7fff_ffff_f000n,
    0n,
  ];

  test.each(addresses)('0x%s comes back', (address) => {
    expect(fold.toBig(fold.fromBig(address))).toBe(address);
  });

  test('keeps distances within a region', () => {
    const [base] = REGIONS as [bigint];
    expect(fold.fromBig(base + 0x1234_5678n) - fold.fromBig(base)).toBe(0x1234_5678);
  });

  test('what is in no region is no address', () => {
    expect(fold.fromBig(0xff00_0000_0000_0000n)).toBeNaN();
    expect(fold.fromBig(0xdead_0000_0000_0100n)).toBeNaN();
  });

  test('a four-level base needs no fold', () => {
    const plain = new AddressFold();
    plain.add(0xffff_8880_0000_0000n);
    expect(plain.fromBig(0xffff_8880_0000_0000n)).toBe(-0x7780_0000_0000);
  });
});

describe('KernelMemory with five levels', () => {
  const [direct, vmalloc] = REGIONS as [bigint, bigint];

  function opened() {
    const memory = new SparseMemory(64 * MIB);
    const maker = new PageTableMaker(memory, ROOT, 5, ROOT + 0x1000);
    maker.map(vmalloc, 0x30_0000, 1);
    maker.map(vmalloc + 0x1000n, 0x50_0000, 1);
    const physical = memory.memory();
    const mem = new KernelMemory(physical, folded());
    mem.mapTables(new PageTable(physical, ROOT as Phys, 5));
    mem.mapDirect({ start: mem.fold.fromBig(direct), phys: 0 as Phys, bytes: 64 * MIB });
    return { memory, mem, at: (address: bigint) => mem.fold.fromBig(address) };
  }

  test('reads the direct map by subtraction', () => {
    const { memory, mem, at } = opened();
    memory.u64(0x20_0008, vmalloc + 0x10n);
    expect(mem.ptr(at(direct + 0x20_0000n), 8)).toBe(at(vmalloc + 0x10n));
  });

  test('reads vmalloc space through the tables, across pages that are not neighbours', () => {
    const { memory, mem, at } = opened();
    memory.write(0x30_0ffc, Uint8Array.from([1, 2, 3, 4]));
    memory.write(0x50_0000, Uint8Array.from([5, 6, 7, 8]));
    expect(mem.u64(at(vmalloc + 0xffcn))).toBe(0x0807_0605_0403_0201n);
    expect([...mem.bytes(at(vmalloc + 0xffen), 4)]).toEqual([3, 4, 5, 6]);
  });

  test('reads large leaves at any of their pages', () => {
    const memory = new SparseMemory(64 * MIB);
    const maker = new PageTableMaker(memory, ROOT, 5, ROOT + 0x1000);
    const vmemmap = REGIONS[2] as bigint;
    maker.map(vmemmap, 0x80_0000, 2);
    maker.map(vmemmap + 0x20_0000n, 0x40_0000, 2);
    const physical = memory.memory();
    const mem = new KernelMemory(physical, folded());
    mem.mapTables(new PageTable(physical, ROOT as Phys, 5));
    for (const offset of [0x3040, 0, 0x1f_ffc0, 0x20_0040, 0x3f_f000, 0x3040]) {
      const phys = offset < 0x20_0000 ? 0x80_0000 + offset : 0x40_0000 + offset - 0x20_0000;
      memory.u32(phys, offset + 1);
      expect(mem.translate(mem.fold.fromBig(vmemmap + BigInt(offset)))).toBe(phys);
    }
  });

  test.each([
    [0n, 0],
    [-1n, -1],
    [2n ** 53n - 1n, 2 ** 53 - 1],
    [2n ** 53n, '9007199254740992'],
    [1n - 2n ** 53n, 1 - 2 ** 53],
    [-(2n ** 53n), '-9007199254740992'],
    [2n ** 63n - 1n, '9223372036854775807'],
    [-(2n ** 63n), '-9223372036854775808'],
  ])('the signed number %d as a snapshot has it', (value, expected) => {
    const { memory, mem, at } = opened();
    memory.u64(0x20_0000, BigInt.asUintN(64, value));
    expect(mem.wideInt(at(direct + 0x20_0000n))).toBe(expected);
  });

  test('what is not mapped, and what is no kernel address, are faults that name the real address', () => {
    const { mem, at } = opened();
    expect(faultOf(() => mem.u8(at(vmalloc + 0x2000n)))).toMatchObject({
      kind: 'not-mapped',
      address: `0x${(vmalloc + 0x2000n).toString(16)}`,
    });
    expect(faultOf(() => mem.u8(0 as Kva)).kind).toBe('bad-pointer');
    expect(faultOf(() => mem.u8(0x1000 as Kva)).kind).toBe('bad-pointer');
  });
});

function faultOf(read: () => unknown): Fault {
  try {
    read();
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error('no fault');
}
