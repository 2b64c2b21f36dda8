import { describe, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { Fault } from '../../../../src/base/fault.js';
import { PageTable, walkSteps } from '../../../../src/parsers/paging/page-table.js';
import { PageTableMaker } from '../../helpers/page-table-maker.js';
import { SparseMemory } from '../../helpers/sparse-memory.js';

const ROOT = 0x10_0000;
const MIB = 1 << 20;

function made(levels: 4 | 5) {
  const memory = new SparseMemory(64 * MIB);
  const maker = new PageTableMaker(memory, ROOT, levels, ROOT + 0x1000);
  return { memory, maker, tables: () => new PageTable(memory.memory(), ROOT as Phys, levels) };
}

const PLACES: [levels: 4 | 5, virtual: bigint][] = [
  [4, 0xffff_ffff_8120_0000n],
  [4, 0xffff_8880_0000_0000n],
  [4, 0x0000_7fff_ffe0_0000n],
  [5, 0xffff_ffff_8120_0000n],
  [5, 0xff11_0000_4000_0000n],
  [5, 0xff2f_d137_4000_0000n],
  [5, 0x00ff_ffff_c000_0000n],
];

describe.each(PLACES)('%i levels, 0x%s', (levels, virtual) => {
  test('a page of 4 KiB', () => {
    const { maker, tables } = made(levels);
    maker.map(virtual, 0x123000, 1);
    expect(tables().translate(virtual + 0xabcn)).toBe(0x123abc);
    expect(tables().translate(virtual + 0x1000n)).toBeUndefined();
  });

  test('a leaf of 2 MiB, whose PAT bit is no address', () => {
    const { maker, tables } = made(levels);
    maker.map(virtual, 0x40_0000, 2, 0x1000n);
    expect(tables().translate(virtual + 0x1f_fffen)).toBe(0x5f_fffe);
  });

  test('a leaf of 1 GiB beyond 4 GiB, with no-execute and protection-key bits', () => {
    const { maker, tables } = made(levels);
    const at = virtual & ~0x3fff_ffffn;
    maker.map(at, 0x1_4000_0000, 3, 0xf800_0000_0000_0000n);
    expect(tables().translate(at + 0x3fff_0010n)).toBe(0x1_7fff_0010);
  });
});

describe('damage', () => {
  test('an entry that is not present is undefined, with the bytes that it decides about', () => {
    const { tables } = made(4);
    expect(tables().decide(0xffff_8880_0000_0000n)).toEqual({ leaf: undefined, bytes: 2 ** 39 });
  });

  test('a table that is not in the image is a fault', () => {
    const { memory, maker, tables } = made(4);
    maker.map(0xffff_ffff_8100_0000n, 0x20_0000);
    memory.hole(ROOT + 0x2000);
    expect(() => tables().translate(0xffff_ffff_8100_0000n)).toThrow(Fault);
  });
});

describe('walkSteps', () => {
  test('shows each entry down to the leaf', () => {
    const { maker, tables } = made(5);
    maker.map(0xff11_0000_0020_0000n, 0x60_0000, 2);
    const steps = walkSteps(tables(), 0xff11_0000_0020_0123n);
    expect(steps.map(({ level }) => level)).toEqual(['pgd', 'p4d', 'pud', 'pmd']);
    expect(steps.map(({ physical }) => physical)).toEqual([null, null, null, 0x60_0123]);
    // Bits 48 to 56 of the address.
    expect(steps[0]?.at).toBe(ROOT + 0x111 * 8);
  });

  test('ends at an entry that is not present', () => {
    const { tables } = made(4);
    expect(walkSteps(tables(), 0x1000n)).toEqual([{ level: 'pgd', at: ROOT, entry: 0n, physical: null }]);
  });
});
