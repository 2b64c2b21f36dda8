// NUMA nodes and their zones (include/linux/mmzone.h).

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';

export interface MemoryZone {
  readonly address: Kva;
  /** Pages that the page allocator has. */
  readonly managed: number;
}

export interface MemoryNode {
  /** Address of its pglist_data. */
  readonly address: Kva;
  /** Those that have memory. */
  readonly zones: readonly MemoryZone[];
}

const NODE = { zones: 'node_zones', count: 'nr_zones' } as const;
const ZONE = { managed: 'managed_pages' } as const;
const MAX_NODES = 1024;
const MAX_ZONES = 16;

export function memoryNodes(kernel: Kernel): MemoryNode[] {
  const nodes: MemoryNode[] = [];
  for (const [n, pointer] of nodePointers(kernel).entries()) {
    const node = kernel.faults.guard(`node ${n}`, () => readNode(kernel, pointer()), null);
    if (node !== null) nodes.push(node);
  }
  return nodes;
}

function readNode(kernel: Kernel, address: Kva): MemoryNode | null {
  return address === 0 ? null : { address, zones: zonesOf(kernel, address) };
}

/** node_data holds a pointer per possible node; a kernel without NUMA has just one node. */
function nodePointers({ mem, symbols }: Kernel): (() => Kva)[] {
  const only = symbols.address('contig_page_data');
  if (only !== undefined) return [() => only];
  const table = symbols.address('node_data');
  if (table === undefined) return [];
  const count = symbols.address('nr_node_ids');
  const nodes = Math.min(count === undefined ? 1 : mem.u32(count), MAX_NODES);
  return Array.from({ length: nodes }, (_, n) => () => mem.ptr(table, n * 8));
}

function zonesOf(kernel: Kernel, node: Kva): MemoryZone[] {
  const { mem } = kernel;
  const at = kernel.layout('pglist_data', NODE);
  const count = Math.min(mem.u32(node, at.count), MAX_ZONES);
  const zones: MemoryZone[] = [];
  for (let n = 0; n < count; n++) {
    const address = (node + at.zones + n * kernel.sizeOf('zone')) as Kva;
    const managed = mem.nat(address, kernel.layout('zone', ZONE).managed);
    if (managed > 0) zones.push({ address, managed });
  }
  return zones;
}
