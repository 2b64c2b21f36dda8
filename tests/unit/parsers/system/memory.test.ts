import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readMemory } from '../../../../src/parsers/system/memory.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const CPUS = 2;
const ZONES = 2;
const NODE_ITEMS = {
  NR_ANON_MAPPED: 0,
  NR_FILE_PAGES: 1,
  NR_SHMEM: 2,
  NR_SLAB_RECLAIMABLE_B: 3,
  NR_SLAB_UNRECLAIMABLE_B: 4,
};

function variable(made: SyntheticKernel, name: string, ...words: readonly (number | bigint)[]): Kva {
  const at = made.alloc(words.length * 8);
  for (const [n, word] of words.entries()) made.poke((at + n * 8) as Kva, word);
  made.symbol(name, at);
  return at;
}

/** One node of two zones, two CPUs that each still hold differences. */
function machine(zone: Record<string, string>): {
  made: SyntheticKernel;
  zones: Kva[];
  areas: Kva[];
  table: Kva;
} {
  const made = new SyntheticKernel();
  made.types
    .enum({ NR_FREE_PAGES: 0, ...NODE_ITEMS })
    .struct('per_cpu_zonestat', { vm_stat_diff: 'i8[4]' })
    .struct('per_cpu_pageset', { pcp: 'u64', vm_stat_diff: 'i8[4]' })
    .struct('per_cpu_nodestat', { stat_threshold: 'i8', vm_node_stat_diff: 'i8[8]' })
    .struct('zone', { managed_pages: 'u64', ...zone })
    .struct('pglist_data', { node_zones: `zone[${ZONES}]`, nr_zones: 'u32', per_cpu_nodestats: 'ptr' });
  const areas = Array.from({ length: CPUS }, () => made.alloc(4096, 4096));
  variable(made, '__per_cpu_offset', ...areas.map((area) => made.fold.toBig(area)));
  made.symbol('__per_cpu_start', 0 as Kva);
  variable(made, '__cpu_possible_mask', 3);
  variable(made, 'nr_cpu_ids', CPUS);
  const node = made.make('pglist_data', { nr_zones: ZONES, per_cpu_nodestats: 0x100 });
  const table = variable(made, 'node_data', node);
  variable(made, 'nr_node_ids', 1);
  variable(made, '_totalram_pages', 3000);
  variable(made, 'vm_zone_stat', 1000);
  variable(made, 'vm_node_stat', 100, 200, -1, 30, 40);
  variable(made, 'total_swap_pages', 500);
  variable(made, 'nr_swap_pages', 400);
  const size = made.types.sizeOf('zone') as number;
  const zones = Array.from({ length: ZONES }, (_, n) => (node + n * size) as Kva);
  for (const [n, each] of zones.entries()) made.set(each, 'zone.managed_pages', n === 0 ? 1000 : 2000);
  // CPU 1 freed three pages of the first zone, mapped two, and put one slab back.
  made.poke(((areas[1] as Kva) + 0x101) as Kva, 2, 1);
  made.poke(((areas[1] as Kva) + 0x104) as Kva, -1, 1);
  return { made, zones, areas, table };
}

const TOTALS = {
  total: 3000,
  managed: 3000,
  pageCache: 200,
  anon: 102,
  slab: 69,
  shmem: 0,
  swapTotal: 500,
  swapFree: 400,
};

describe('memory totals', () => {
  test('with what each CPU had not yet added', () => {
    const { made, zones, areas } = machine({ per_cpu_zonestats: 'ptr' });
    made.set(zones[0] as Kva, 'zone.per_cpu_zonestats', 0x200);
    made.poke(((areas[0] as Kva) + 0x200) as Kva, -5, 1);
    made.poke(((areas[1] as Kva) + 0x200) as Kva, 3, 1);
    const kernel = made.kernel();
    expect(readMemory(kernel)).toEqual({ ...TOTALS, free: 998 });
    expect(kernel.faults.records).toEqual([]);
  });

  test('from the page sets of before 5.14', () => {
    const { made, zones, areas } = machine({ pageset: 'ptr' });
    made.set(zones[1] as Kva, 'zone.pageset', 0x300);
    made.poke(((areas[0] as Kva) + 0x308) as Kva, 7, 1);
    expect(readMemory(made.kernel())).toEqual({ ...TOTALS, free: 1007 });
  });

  test('a node that cannot be read costs only its differences', () => {
    const { made, table } = machine({ per_cpu_zonestats: 'ptr' });
    made.poke(table, 0x1234_5678_9abc_def0n);
    const kernel = made.kernel();
    expect(readMemory(kernel)).toEqual({ ...TOTALS, managed: 0, anon: 100, slab: 70, free: 1000 });
    expect(kernel.faults.records.map(({ kind, path }) => [kind, path])).toEqual([
      ['bad-pointer', ['node 0']],
    ]);
  });
});
