import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../../src/base/address.js';
import { dirtyLimits } from '../../../../../src/parsers/system/machine/dirty-limits.js';
import { readVmstat } from '../../../../../src/parsers/system/machine/vmstat.js';
import { vmstatLines } from '../../../../../src/parsers/system/machine/vmstat-text.js';
import { SyntheticKernel } from '../../../helpers/synthetic-memory.js';
import { text, twoCpus, variable } from './made.js';

const ITEMS = {
  ...{ NR_FREE_PAGES: 0, NR_VM_ZONE_STAT_ITEMS: 1 },
  ...{ NR_INACTIVE_FILE: 0, NR_ACTIVE_FILE: 1, NR_ANON_THPS: 2, NR_VM_NODE_STAT_ITEMS: 3 },
  ...{ NR_DIRTY_THRESHOLD: 0, NR_DIRTY_BG_THRESHOLD: 1, NR_VM_WRITEBACK_STAT_ITEMS: 2 },
  ...{ PGPGIN: 0, PGPGOUT: 1, NR_VM_EVENT_ITEMS: 3 },
};
const NAMES = ['free', 'hit', 'inactive', 'active', 'thp', 'dirty', 'background', 'in', 'out', 'fault'];

function array(made: SyntheticKernel, symbol: string, values: readonly (number | bigint)[]): void {
  const at = made.alloc(8 * values.length);
  for (const [n, value] of values.entries()) made.poke((at + 8 * n) as Kva, value);
  made.symbol(symbol, at);
}

/** One node with one zone, two CPUs; `folds` is the era since 5.14. */
function made(folds: boolean): SyntheticKernel {
  const kernel = new SyntheticKernel();
  const numa = folds ? { NR_VM_NUMA_EVENT_ITEMS: 1 } : { NR_VM_NUMA_STAT_ITEMS: 1 };
  kernel.types
    .enum({ ...ITEMS, ...numa })
    .struct('zone', { managed_pages: 'u64', [folds ? 'per_cpu_zonestats' : 'pageset']: 'ptr' })
    .struct('per_cpu_zonestat', { vm_stat_diff: 'i8[1]', vm_numa_event: 'u64[1]' })
    .struct('per_cpu_pageset', { vm_stat_diff: 'i8[1]', vm_numa_stat_diff: 'u16[1]' })
    .struct('pglist_data', { node_zones: 'zone[1]', nr_zones: 'i32', per_cpu_nodestats: 'ptr' })
    .struct('per_cpu_nodestat', { stat_threshold: 'i8', vm_node_stat_diff: 'i8[3]' })
    .struct('memory_stat', folds ? { name: 'ptr' } : { name: 'ptr', ratio: 'u32' });
  const areas = twoCpus(kernel);
  const [zoneStats, nodeStats, events] = [0x100, 0x200, 0x300];
  const node = kernel.make('pglist_data', { nr_zones: 1, per_cpu_nodestats: nodeStats });
  kernel.set(node, 'pglist_data.node_zones.managed_pages', 1000);
  kernel.set(node, `pglist_data.node_zones.${folds ? 'per_cpu_zonestats' : 'pageset'}`, zoneStats);
  kernel.symbol('contig_page_data', node);
  const zoneStruct = folds ? 'per_cpu_zonestat' : 'per_cpu_pageset';
  for (const [cpu, area] of areas.entries()) {
    const at = (offset: number) => (area + offset) as Kva;
    kernel.set(at(zoneStats), `${zoneStruct}.vm_stat_diff`, cpu === 0 ? -5 : 2);
    kernel.set(at(zoneStats), `${zoneStruct}.${folds ? 'vm_numa_event' : 'vm_numa_stat_diff'}`, 40 + cpu);
    kernel.set(at(nodeStats), 'per_cpu_nodestat.vm_node_stat_diff', 7, 1);
    for (const [n, value] of [10, 21, cpu === 0 ? 2n ** 64n - 1n : 4].entries())
      kernel.poke(at(events + 8 * n), value);
  }
  kernel.symbol('vm_event_states', events as Kva);
  array(kernel, 'vm_zone_stat', [500]);
  array(kernel, folds ? 'vm_numa_event' : 'vm_numa_stat', [100]);
  array(kernel, 'vm_node_stat', [-3, 200, 1024]);
  variable(kernel, 'totalreserve_pages', 100);
  variable(kernel, 'vm_dirty_bytes', 0);
  variable(kernel, 'vm_dirty_ratio', 20);
  variable(kernel, 'dirty_background_bytes', 0);
  variable(kernel, 'dirty_background_ratio', 10);
  const names = NAMES.map((name) => kernel.fold.toBig(text(kernel, name)));
  array(kernel, 'vmstat_text', names);
  return kernel;
}

describe('/proc/vmstat', () => {
  test('counters without what is pending, events with it; names in their order', () => {
    const kernel = made(true).kernel();
    const counters = readVmstat(kernel);
    expect(counters.map(({ name, kind, value, pending }) => [name, kind, value, pending])).toEqual([
      ['free', 'zone', 500, -3],
      ['hit', 'numa', 100 + 81, 0],
      ['inactive', 'node', 0, 0],
      ['active', 'node', 200, 14],
      ['thp', 'node', 2, 0],
      ['dirty', 'limit', 120, 0],
      ['background', 'limit', 60, 0],
      ['in', 'event', 10, 0],
      ['out', 'event', 21, 0],
      ['fault', 'event', 3, 0],
    ]);
    expect([...vmstatLines(counters)].slice(-2)).toEqual(['fault 3', 'nr_unstable 0']);
    expect(kernel.faults.count).toBe(0);
  });

  test('older kernels show NUMA events as they were last added up, and huge pages by their number', () => {
    const counters = readVmstat(made(false).kernel());
    expect(counters[1]).toMatchObject({ name: 'hit', value: 100, pending: 81 });
    expect(counters[4]).toMatchObject({ name: 'thp', value: 1024 });
  });

  test('a counter that cannot be read costs only itself, a name only the name', () => {
    const kernel = made(true);
    const names = kernel.kernel().symbol('vmstat_text');
    kernel.poke(names, 0x1234_0000_0000_0000n);
    kernel.poke((kernel.kernel().symbol('vm_zone_stat') + 0) as Kva, 2n ** 62n);
    kernel.poke((names + 8) as Kva, 0x1234_0000_0000_0000n);
    const dump = kernel.kernel();
    const counters = readVmstat(dump);
    // The limits are made of it.
    expect(counters.map(({ name }) => name)).toEqual([
      '?',
      'inactive',
      'active',
      'thp',
      'in',
      'out',
      'fault',
    ]);
    expect(dump.faults.records.map(({ kind }) => kind)).toEqual([
      'corrupt',
      'corrupt',
      'corrupt',
      'bad-pointer',
    ]);
  });

  test('an enumeration that ends nowhere is a fault', () => {
    const kernel = made(true);
    kernel.types.enum({ NR_VM_EVENT_ITEMS: 100_000 });
    expect(() => readVmstat(kernel.kernel())).toThrow('NR_VM_EVENT_ITEMS');
  });
});

describe('limits of dirty pages', () => {
  test('in bytes where they are set so; the lower one is below the other', () => {
    const kernel = new SyntheticKernel();
    kernel.types.enum(ITEMS);
    array(kernel, 'vm_zone_stat', [50]);
    array(kernel, 'vm_node_stat', [1, 2]);
    variable(kernel, 'totalreserve_pages', 100);
    variable(kernel, 'vm_dirty_bytes', 4096 * 10 + 1);
    variable(kernel, 'dirty_background_bytes', 4096 * 30);
    expect(dirtyLimits(kernel.kernel())).toEqual({ dirty: 11, background: 5 });
  });

  test('a share of what can be dirty: nothing of the reserve', () => {
    const kernel = new SyntheticKernel();
    kernel.types.enum(ITEMS);
    array(kernel, 'vm_zone_stat', [50]);
    array(kernel, 'vm_node_stat', [400, 599]);
    variable(kernel, 'totalreserve_pages', 100);
    for (const name of ['vm_dirty_bytes', 'dirty_background_bytes']) variable(kernel, name, 0);
    variable(kernel, 'vm_dirty_ratio', 20);
    variable(kernel, 'dirty_background_ratio', 10);
    // 1000 pages: 819 and 409 of 4096ths.
    expect(dirtyLimits(kernel.kernel())).toEqual({ dirty: 199, background: 99 });
  });
});
