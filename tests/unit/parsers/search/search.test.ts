// Searches against the plainest way to find a pattern: to compare at every place.
import { describe, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { AddressFold } from '../../../../src/base/address.js';
import { FaultLog } from '../../../../src/base/fault.js';
import type { Kernel } from '../../../../src/parsers/kernel/kernel.js';
import { KernelMemory } from '../../../../src/parsers/paging/kernel-memory.js';
import { PageTable } from '../../../../src/parsers/paging/page-table.js';
import { PatternScan } from '../../../../src/parsers/search/pattern-scan.js';
import { searchKernel } from '../../../../src/parsers/search/search-kernel.js';
import { searchPhysical } from '../../../../src/parsers/search/search-physical.js';
import { PageTableMaker } from '../../helpers/page-table-maker.js';
import { random } from '../../helpers/random.js';
import { SparseMemory } from '../../helpers/sparse-memory.js';

const MIB = 1 << 20;
const DIRECT = 0xffff_8880_0000_0000n;
const VMALLOC = 0xffff_c900_0000_0000n;

function plainly(bytes: Uint8Array, pattern: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at + pattern.length <= bytes.length; at++) {
    if (pattern.every((byte, i) => bytes[at + i] === byte)) found.push(at);
  }
  return found;
}

describe('PatternScan', () => {
  test('finds what comparing everywhere finds, however memory is cut into pieces', () => {
    const next = random(7);
    for (let round = 0; round < 300; round++) {
      const bytes = Uint8Array.from({ length: 60 }, () => Math.floor(next() * 2));
      const pattern = Uint8Array.from({ length: 1 + Math.floor(next() * 6) }, () => Math.floor(next() * 2));
      const scan = new PatternScan(pattern);
      const found: number[] = [];
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + 1 + Math.floor(next() * 9));
        found.push(...scan.feed(1000 + at, bytes.slice(at, end)));
        at = end;
      }
      expect(found).toEqual(plainly(bytes, pattern).map((at) => 1000 + at));
    }
  });

  test('does not join pieces that do not adjoin', () => {
    const scan = new PatternScan(Buffer.from('ab'));
    expect([...scan.feed(0, Buffer.from('xa')), ...scan.feed(3, Buffer.from('bx'))]).toEqual([]);
  });
});

test('physical memory: across chunks of reading, and not across a hole', () => {
  const memory = new SparseMemory(4 * MIB);
  memory.text(MIB - 3, 'needle');
  memory.text(2 * MIB + 4096 - 6, 'needle');
  memory.text(3 * MIB - 2, 'needle');
  memory.hole(3 * MIB);
  const found = [...searchPhysical(memory.memory(), Buffer.from('needle'))];
  expect(found).toEqual([MIB - 3, 2 * MIB + 4096 - 6]);
});

describe('kernel memory', () => {
  /** Two frames apart, side by side in vmalloc; and one that follows in both. */
  function made(): { kernel: Kernel; memory: SparseMemory } {
    const memory = new SparseMemory(4 * MIB);
    const tables = new PageTableMaker(memory, 0x1000, 4, 0x2000);
    tables.map(VMALLOC, 0x30_0000, 1);
    tables.map(VMALLOC + 4096n, 0x20_0000, 1);
    tables.map(VMALLOC + 8192n, 0x20_1000, 1);
    const fold = new AddressFold();
    const physical = memory.memory();
    const mem = new KernelMemory(physical, fold);
    mem.mapDirect({ start: fold.fromBig(DIRECT), phys: 0 as Phys, bytes: 4 * MIB });
    mem.mapTables(new PageTable(physical, 0x1000 as Phys, 4));
    const kernel = { mem, faults: new FaultLog(), location: { pagingLevels: 4 } };
    return { kernel: kernel as unknown as Kernel, memory };
  }

  test('once by the direct map, and across scattered frames of vmalloc', () => {
    const { kernel, memory } = made();
    memory.text(0x30_0000 + 4093, 'nee');
    memory.write(0x20_0000, Buffer.from('dle'));
    memory.write(0x20_0000 + 4094, Buffer.from('needle'));
    const found = [...searchKernel(kernel, Buffer.from('needle'))].map((at) => kernel.mem.fold.toBig(at));
    expect(found).toEqual([DIRECT + 0x20_0000n + 4094n, VMALLOC + 4093n]);
    expect(kernel.faults.count).toBe(0);
  });
});
