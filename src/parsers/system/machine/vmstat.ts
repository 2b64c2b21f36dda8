// /proc/vmstat. Mirrors vmstat_start() of mm/vmstat.c: zone counters, NUMA events, node counters, derived limits, events,
// in the order of the names in vmstat_text. Zone and node counters are shown without what CPUs have not yet added
// to them; events and, from 5.14 on, NUMA events with it.

import type { Kva } from '../../../base/address.js';
import { Fault } from '../../../base/fault.js';
import type { VmCounter } from '../../../snapshot/machine.js';
import { wide } from '../../../snapshot/number.js';
import type { Kernel } from '../../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../../kernel/trait.js';
import { nodeDifference, zoneDifferences } from '../memory.js';
import { type MemoryNode, type MemoryZone, memoryNodes } from '../memory-nodes.js';
import { dirtyLimits } from './dirty-limits.js';

type Unnamed = Omit<VmCounter, 'name'>;

const ZONE = { stats: 'per_cpu_zonestats' } as const;
const ZONE_STAT = { events: 'vm_numa_event' } as const;
const OLD_ZONE = { pageset: 'pageset' } as const;
const OLD_ZONE_STAT = { events: 'vm_numa_stat_diff' } as const;
/** HPAGE_PMD_NR. */
const HUGE_PAGES = 512;
/** PGPGIN and PGPGOUT count sectors, and are shown in KiB. */
const IN_SECTORS = ['PGPGIN', 'PGPGOUT'];
const THP_ITEMS = [
  'NR_ANON_THPS',
  'NR_FILE_THPS',
  'NR_SHMEM_THPS',
  'NR_SHMEM_PMDMAPPED',
  'NR_FILE_PMDMAPPED',
];
/** Far above the items of any part. */
const MAX_ITEMS = 1024;
const MAX_NAME = 64;

export const numaEvents: Trait<(kernel: Kernel, zones: readonly MemoryZone[]) => (Unnamed | null)[]> = {
  name: 'NUMA events',
  eras: [
    {
      name: 'added up when read',
      since: '5.14',
      commit: 'f19298b9516c',
      evidence: 'symbol vm_numa_event',
      probe: hasSymbol('vm_numa_event'),
      reader: foldedEvents,
    },
    {
      name: 'added up now and then',
      since: '4.14',
      commit: null,
      evidence: 'symbol vm_numa_stat',
      probe: hasSymbol('vm_numa_stat'),
      reader: unfoldedEvents,
    },
    {
      name: 'none',
      since: '2.6',
      commit: null,
      evidence: 'neither',
      probe: () => true,
      reader: () => [],
    },
  ],
};

/** What counters of huge pages count. */
export const hugePageUnit: Trait<number> = {
  name: 'counters of huge pages',
  eras: [
    {
      name: 'in pages',
      since: '5.12',
      commit: '380780e71895',
      evidence: 'no memory_stat.ratio',
      probe: (types) => types.member('memory_stat.ratio') === undefined,
      reader: HUGE_PAGES,
    },
    {
      name: 'in huge pages',
      since: '2.6.38',
      commit: null,
      evidence: 'memory_stat.ratio',
      probe: hasMember('memory_stat.ratio'),
      reader: 1,
    },
  ],
};

export function readVmstat(kernel: Kernel): VmCounter[] {
  const { mem, faults } = kernel;
  const nodes = memoryNodes(kernel);
  const zones = nodes.flatMap((node) => node.zones);
  const counters = [
    ...zoneCounters(kernel, zones),
    ...kernel.trait(numaEvents)(kernel, zones),
    ...nodeCounters(kernel, nodes),
    ...limits(kernel),
    ...events(kernel),
  ];
  const names = kernel.symbol('vmstat_text');
  const nameOf = (n: number) =>
    faults.guard(`name ${n}`, () => mem.cstr(mem.ptr(names, 8 * n), 0, MAX_NAME), '?');
  return counters.flatMap((counter, n) => (counter === null ? [] : [{ name: nameOf(n), ...counter }]));
}

/** How many items an enumeration has, by the enumerator that ends it. */
function itemsOf(kernel: Kernel, end: string): number {
  const count = kernel.types.enumerator(end);
  if (count === undefined || count > MAX_ITEMS) throw new Fault('unknown', `this kernel has no ${end}`);
  return count;
}

/** As many as the enumeration has, so that names stay beside their counters; null for what cannot be read. */
function list(kernel: Kernel, end: string, read: (item: number) => Unnamed): (Unnamed | null)[] {
  const one = (item: number) => kernel.faults.guard(`item ${item} before ${end}`, () => read(item), null);
  return Array.from({ length: itemsOf(kernel, end) }, (_, item) => one(item));
}

/** global_zone_page_state() and its like: a counter that is negative in passing is shown as 0. */
function globalCounter({ mem }: Kernel, array: Kva, item: number): number {
  return Math.max(0, mem.int(array, 8 * item));
}

function zoneCounters(kernel: Kernel, zones: readonly MemoryZone[]): (Unnamed | null)[] {
  const array = kernel.symbol('vm_zone_stat');
  const difference = kernel.trait(zoneDifferences);
  const cpus = kernel.cpus.possible();
  return list(kernel, 'NR_VM_ZONE_STAT_ITEMS', (item) => ({
    kind: 'zone',
    value: globalCounter(kernel, array, item),
    pending: zones.reduce((sum, { address }) => sum + difference(kernel, address, cpus, item), 0),
  }));
}

function nodeCounters(kernel: Kernel, nodes: readonly MemoryNode[]): (Unnamed | null)[] {
  const { types } = kernel;
  const array = kernel.symbol('vm_node_stat');
  const cpus = kernel.cpus.possible();
  const huge = new Set(THP_ITEMS.map((name) => types.enumerator(name)));
  const unit = kernel.trait(hugePageUnit);
  return list(kernel, 'NR_VM_NODE_STAT_ITEMS', (item) => {
    const value = globalCounter(kernel, array, item);
    return {
      kind: 'node',
      value: huge.has(item) ? Math.floor(value / unit) : value,
      pending: nodes.reduce((sum, { address }) => sum + nodeDifference(kernel, address, cpus, item), 0),
    };
  });
}

/** fold_vm_numa_events(). */
function foldedEvents(kernel: Kernel, zones: readonly MemoryZone[]): (Unnamed | null)[] {
  const { mem } = kernel;
  const array = kernel.symbol('vm_numa_event');
  const { events } = kernel.layout('per_cpu_zonestat', ZONE_STAT);
  const pending = perCpuSum(kernel, zones, kernel.layout('zone', ZONE).stats, (stats, item) =>
    mem.nat(stats, events + 8 * item),
  );
  return list(kernel, 'NR_VM_NUMA_EVENT_ITEMS', (item) => ({
    kind: 'numa',
    value: globalCounter(kernel, array, item) + pending(item),
    pending: 0,
  }));
}

function unfoldedEvents(kernel: Kernel, zones: readonly MemoryZone[]): (Unnamed | null)[] {
  const { mem } = kernel;
  const array = kernel.symbol('vm_numa_stat');
  const { events } = kernel.layout('per_cpu_pageset', OLD_ZONE_STAT);
  const pending = perCpuSum(kernel, zones, kernel.layout('zone', OLD_ZONE).pageset, (stats, item) =>
    mem.u16(stats, events + 2 * item),
  );
  return list(kernel, 'NR_VM_NUMA_STAT_ITEMS', (item) => ({
    kind: 'numa',
    value: globalCounter(kernel, array, item),
    pending: pending(item),
  }));
}

/** Of what every zone keeps for each CPU, by a pointer at `offset`. */
function perCpuSum(
  kernel: Kernel,
  zones: readonly MemoryZone[],
  offset: number,
  read: (stats: Kva, item: number) => number,
): (item: number) => number {
  const stats = zones.flatMap(({ address }) => {
    const perCpu = kernel.mem.ptr(address, offset);
    return kernel.cpus.possible().map((cpu) => kernel.cpus.address(perCpu, cpu));
  });
  return (item) => stats.reduce((sum, each) => sum + read(each, item), 0);
}

/** enum vm_stat_item, until 6.10 writeback_stat_item; the sizes of the memory map were added in 6.12. */
function limits(kernel: Kernel): (Unnamed | null)[] {
  const { mem, types } = kernel;
  const end =
    types.enumerator('NR_VM_STAT_ITEMS') === undefined ? 'NR_VM_WRITEBACK_STAT_ITEMS' : 'NR_VM_STAT_ITEMS';
  const size = (symbol: string) => mem.nat(kernel.symbol(symbol));
  const values: Record<string, () => number> = {
    NR_DIRTY_THRESHOLD: () => dirtyLimits(kernel).dirty,
    NR_DIRTY_BG_THRESHOLD: () => dirtyLimits(kernel).background,
    NR_MEMMAP_PAGES: () => size('nr_memmap_pages'),
    NR_MEMMAP_BOOT_PAGES: () => size('nr_memmap_boot_pages'),
  };
  const byItem = new Map(Object.entries(values).map(([name, read]) => [types.enumerator(name), read]));
  return list(kernel, end, (item) => ({
    kind: 'limit',
    value: byItem.get(item)?.() ?? 0,
    pending: 0,
  }));
}

/** all_vm_events(). Nothing where events are not counted. */
function events(kernel: Kernel): (Unnamed | null)[] {
  const { mem, symbols, types } = kernel;
  if (symbols.address('vm_event_states') === undefined) return [];
  const areas = kernel.cpus.possible().map((cpu) => kernel.perCpu('vm_event_states', cpu));
  const sectors = IN_SECTORS.map((name) => types.enumerator(name));
  return list(kernel, 'NR_VM_EVENT_ITEMS', (item) => {
    const sum = BigInt.asUintN(
      64,
      areas.reduce((total, area) => total + mem.u64(area, 8 * item), 0n),
    );
    return { kind: 'event', value: wide(sectors.includes(item) ? sum / 2n : sum), pending: 0 };
  });
}
