import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readVmas } from '../../../../src/parsers/mm/vmas.js';
import type { Mm } from '../../../../src/snapshot/mm.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';
import { BLANK_MM } from './made-mm.js';

const VMA = {
  vm_start: 'u64',
  vm_end: 'u64',
  vm_mm: 'ptr',
  vm_flags: 'u64',
  shared: 'ptr',
  anon_vma: 'ptr',
  vm_ops: 'ptr',
  vm_pgoff: 'u64',
  vm_file: 'ptr',
  vm_private_data: 'ptr',
} as const;
const STARTS = [0x1_0000, 0x2_0000, 0x4_0000, 0x8_0000];
const NULL = 0 as Kva;

class MadeVmas extends SyntheticKernel {
  readonly vmas: Kva[];
  readonly mm: Kva;

  constructor(readonly era: 'list' | 'maple') {
    super();
    this.types
      .struct('rb_node', { parent: 'u64', rb_right: 'ptr', rb_left: 'ptr' })
      .struct('rb_root', { rb_node: 'ptr' })
      .struct('maple_tree', { ma_flags: 'u32', ma_root: 'ptr' })
      .struct('maple_node', { parent: 'ptr', slot: 'ptr[31]' }, 256)
      .struct('maple_range_64', { parent: 'ptr', pivot: 'u64[15]', slot: 'ptr[16]' }, 256)
      .struct('maple_arange_64', { parent: 'ptr', pivot: 'u64[9]', slot: 'ptr[10]' }, 256)
      .enum({ maple_dense: 0, maple_leaf_64: 1, maple_range_64: 2, maple_arange_64: 3 })
      .struct('mm_struct', era === 'list' ? { mmap: 'ptr', mm_rb: 'rb_root' } : { mm_mt: 'maple_tree' })
      .struct('vm_area_struct', { ...VMA, ...(era === 'list' ? { vm_next: 'ptr', vm_rb: 'rb_node' } : {}) });
    this.mm = this.make('mm_struct');
    this.vmas = STARTS.map((vm_start) =>
      this.make('vm_area_struct', { vm_start, vm_end: vm_start + 0x4000, vm_mm: this.mm, vm_flags: 0x73 }),
    );
    if (era === 'list') this.linkList();
    else this.linkTree();
  }

  readAll(count = STARTS.length) {
    const kernel = this.kernel();
    const mm: Mm = { ...BLANK_MM, address: kernel.mem.hex(this.mm), mapCount: count };
    const starts = readVmas(kernel, mm).map((vma) => vma.start);
    return { starts, faults: kernel.faults.records.map((fault) => fault.kind) };
  }

  private linkList(): void {
    this.set(this.mm, 'mm_struct.mmap', this.vmas[0] as Kva);
    this.vmas.forEach((vma, i) => {
      this.set(vma, 'vm_area_struct.vm_next', this.vmas[i + 1] ?? NULL);
    });
    // A tree that is as lopsided as a list will do.
    const node = this.types.member('vm_area_struct.vm_rb')?.offset ?? 0;
    this.set(this.mm, 'mm_struct.mm_rb.rb_node', (this.vmas[0] as Kva) + node);
    this.vmas.forEach((vma, i) => {
      const right = this.vmas[i + 1];
      if (right !== undefined) this.set(vma, 'vm_area_struct.vm_rb.rb_right', right + node);
    });
  }

  /** Two leaves below one node. */
  private linkTree(): void {
    const [a, b, c, d] = this.vmas as [Kva, Kva, Kva, Kva];
    const left = this.leaf([
      [0xffff, NULL],
      [0x1_3fff, a],
      [0x1_ffff, NULL],
      [0x2_3fff, b],
      [0x3_ffff, NULL],
    ]);
    const right = this.leaf([
      [0x4_3fff, c],
      [0x7_ffff, NULL],
      [0x8_3fff, d],
      [2n ** 64n - 1n, NULL],
    ]);
    const root = this.make('maple_arange_64', {}, 256);
    this.set(root, 'maple_arange_64.pivot', 0x3_ffff, 0);
    this.set(root, 'maple_arange_64.pivot', 2n ** 64n - 1n, 1);
    this.set(root, 'maple_arange_64.slot', left, 0);
    this.set(root, 'maple_arange_64.slot', right, 1);
    this.set(this.mm, 'mm_struct.mm_mt.ma_root', root + 3 * 8 + 4 + 2);
  }

  private leaf(ranges: readonly (readonly [number | bigint, Kva])[]): number {
    const node = this.make('maple_range_64', {}, 256);
    ranges.forEach(([last, vma], i) => {
      this.set(node, 'maple_range_64.pivot', last, i);
      this.set(node, 'maple_range_64.slot', vma, i);
    });
    return node + 1 * 8 + 4;
  }
}

describe.each(['list', 'maple'] as const)('VMAs in a %s', (era) => {
  test('are found in order', () => {
    expect(new MadeVmas(era).readAll()).toEqual({ starts: STARTS, faults: [] });
  });

  test('that are fewer than map_count are told', () => {
    expect(new MadeVmas(era).readAll(9)).toEqual({ starts: STARTS, faults: ['corrupt'] });
  });

  test('of which one ends before it begins: it is left out', () => {
    const made = new MadeVmas(era);
    made.set(made.vmas[1] as Kva, 'vm_area_struct.vm_end', 0x10);
    expect(made.readAll()).toEqual({ starts: [0x1_0000, 0x4_0000, 0x8_0000], faults: ['corrupt'] });
  });
});

describe('a broken list', () => {
  test('that loops is completed from the tree', () => {
    const made = new MadeVmas('list');
    made.set(made.vmas[1] as Kva, 'vm_area_struct.vm_next', made.vmas[0] as Kva);
    const { starts, faults } = made.readAll();
    expect(starts).toEqual(STARTS);
    expect(faults).toEqual(['loop', 'corrupt']);
  });

  test('whose head is wild is read from the tree', () => {
    const made = new MadeVmas('list');
    made.set(made.mm, 'mm_struct.mmap', 0x4141_4141_4141_4141n);
    expect(made.readAll().starts).toEqual(STARTS);
  });
});

test('a broken leaf of the maple tree costs its own VMAs', () => {
  const made = new MadeVmas('maple');
  const root = made.types.member('mm_struct.mm_mt.ma_root');
  expect(root).toBeDefined();
  const node = made.make('maple_arange_64', {}, 256);
  made.set(node, 'maple_arange_64.pivot', 0x3_ffff, 0);
  made.set(node, 'maple_arange_64.pivot', 2n ** 64n - 1n, 1);
  made.set(node, 'maple_arange_64.slot', 0x4141_4141_4141_410cn, 0);
  const leaf = made.make('maple_range_64', {}, 256);
  made.set(leaf, 'maple_range_64.pivot', 0x4_3fff, 0);
  made.set(leaf, 'maple_range_64.slot', made.vmas[2] as Kva, 0);
  made.set(node, 'maple_arange_64.slot', leaf + 12, 1);
  made.set(made.mm, 'mm_struct.mm_mt.ma_root', node + 30);
  const { starts, faults } = made.readAll();
  expect(starts).toEqual([0x4_0000]);
  expect(faults).toContain('bad-pointer');
  expect(faults).toContain('corrupt');
});
