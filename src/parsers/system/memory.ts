// Memory totals as /proc/meminfo counts them (fs/proc/meminfo.c), with what each CPU had not yet added to them.

import type { Kva } from '../../base/address.js';
import type { System } from '../../snapshot/system.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { type MemoryNode, memoryNodes } from './memory-nodes.js';

/** Sums the CPUs' differences of one zone counter. */
type ZoneDifference = (kernel: Kernel, zone: Kva, cpus: readonly number[], item: number) => number;

const ZONE = { stats: 'per_cpu_zonestats' } as const;
const OLD_ZONE = { pageset: 'pageset' } as const;
const ZONE_STAT = { differences: 'vm_stat_diff' } as const;
const OLD_ZONE_STAT = { differences: 'vm_stat_diff' } as const;
const NODE = { stats: 'per_cpu_nodestats' } as const;
const NODE_STAT = { differences: 'vm_node_stat_diff' } as const;

function difference(kernel: Kernel, perCpu: Kva, cpus: readonly number[], offset: number): number {
  if (perCpu === 0) return 0;
  const sum = (total: number, cpu: number) =>
    total + ((kernel.mem.u8(kernel.cpus.address(perCpu, cpu), offset) << 24) >> 24);
  return cpus.reduce(sum, 0);
}

export const zoneDifferences: Trait<ZoneDifference> = {
  name: 'per-CPU zone counters',
  eras: [
    {
      name: 'per_cpu_zonestat',
      since: '5.14',
      commit: '28f836b6777b',
      evidence: 'zone.per_cpu_zonestats',
      probe: hasMember('zone.per_cpu_zonestats'),
      reader: (kernel, zone, cpus, item) => {
        const perCpu = kernel.mem.ptr(zone, kernel.layout('zone', ZONE).stats);
        const { differences } = kernel.layout('per_cpu_zonestat', ZONE_STAT);
        return difference(kernel, perCpu, cpus, differences + item);
      },
    },
    {
      name: 'per_cpu_pageset',
      since: '2.6.34',
      commit: null,
      evidence: 'zone.pageset',
      probe: hasMember('zone.pageset'),
      reader: (kernel, zone, cpus, item) => {
        const perCpu = kernel.mem.ptr(zone, kernel.layout('zone', OLD_ZONE).pageset);
        const { differences } = kernel.layout('per_cpu_pageset', OLD_ZONE_STAT);
        return difference(kernel, perCpu, cpus, differences + item);
      },
    },
  ],
};

/** Sums the CPUs' differences of one node counter. */
export function nodeDifference(kernel: Kernel, node: Kva, cpus: readonly number[], item: number): number {
  const { differences } = kernel.layout('per_cpu_nodestat', NODE_STAT);
  const perCpu = kernel.mem.ptr(node, kernel.layout('pglist_data', NODE).stats);
  return difference(kernel, perCpu, cpus, differences + item);
}

class Counters {
  private readonly nodes: readonly MemoryNode[];
  private readonly cpus: readonly number[];

  constructor(private readonly kernel: Kernel) {
    this.nodes = memoryNodes(kernel);
    this.cpus = kernel.cpus.possible();
  }

  get managed(): number {
    return this.nodes.reduce((sum, node) => node.zones.reduce((pages, zone) => pages + zone.managed, sum), 0);
  }

  zone(name: string): number {
    const read = this.kernel.trait(zoneDifferences);
    return this.counter('vm_zone_stat', name, (node, item) =>
      node.zones.reduce((sum, zone) => sum + read(this.kernel, zone.address, this.cpus, item), 0),
    );
  }

  node(name: string): number {
    return this.counter('vm_node_stat', name, (node, item) =>
      nodeDifference(this.kernel, node.address, this.cpus, item),
    );
  }

  /** A global counter and its differences; 0 where it is not counted or, passing through, negative. */
  private counter(
    array: string,
    name: string,
    differenceOf: (node: MemoryNode, item: number) => number,
  ): number {
    const item = this.kernel.types.enumerator(name);
    if (item === undefined) return 0;
    const global = this.kernel.mem.int(this.kernel.symbol(array), item * 8);
    return Math.max(
      0,
      this.nodes.reduce((sum, node) => sum + differenceOf(node, item), global),
    );
  }
}

export const NO_MEMORY: System['memory'] = {
  total: 0,
  free: 0,
  managed: 0,
  pageCache: 0,
  anon: 0,
  slab: 0,
  shmem: 0,
  swapTotal: 0,
  swapFree: 0,
};

export function readMemory(kernel: Kernel): System['memory'] {
  const { mem } = kernel;
  const counters = new Counters(kernel);
  return {
    total: mem.nat(kernel.symbol('_totalram_pages')),
    free: counters.zone('NR_FREE_PAGES'),
    managed: counters.managed,
    pageCache: counters.node('NR_FILE_PAGES'),
    anon: counters.node('NR_ANON_MAPPED'),
    slab: counters.node('NR_SLAB_RECLAIMABLE_B') + counters.node('NR_SLAB_UNRECLAIMABLE_B'),
    shmem: counters.node('NR_SHMEM'),
    ...readSwap(kernel),
  };
}

/** A kernel without CONFIG_SWAP has neither symbol. */
function readSwap({ mem, symbols }: Kernel): { swapTotal: number; swapFree: number } {
  const total = symbols.address('total_swap_pages');
  const free = symbols.address('nr_swap_pages');
  return {
    swapTotal: total === undefined ? 0 : mem.nat(total),
    swapFree: free === undefined ? 0 : Math.max(0, mem.int(free)),
  };
}
