// How much memory a BPF map is said to have, and where the counts of a program are (kernel/bpf/syscall.c).

import type { Kva } from '../../base/address.js';
import type { Wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { PER_CPU_MAPS, roundUp, usageOfMap } from './bpf-memory.js';

const MAP = {
  type: 'map_type',
  keySize: 'key_size',
  valueSize: 'value_size',
  maxEntries: 'max_entries',
} as const;
const CHARGED = { pages: 'memory.pages' } as const;
const PAGE = 4096;

function valueBytes(kernel: Kernel, map: Kva): number {
  const at = kernel.layout('bpf_map', MAP);
  const size = kernel.mem.u32(map, at.valueSize);
  const isPerCpu = PER_CPU_MAPS.has(kernel.mem.u32(map, at.type));
  return isPerCpu ? roundUp(size, 8) * kernel.cpus.possible().length : size;
}

export const mapMemory: Trait<(kernel: Kernel, map: Kva) => Wide | null> = {
  name: 'memory of a BPF map',
  eras: [
    {
      name: 'by its kind',
      since: '6.4',
      commit: '90a5527d7686',
      evidence: 'bpf_map_ops.map_mem_usage',
      probe: hasMember('bpf_map_ops.map_mem_usage'),
      reader: usageOfMap,
    },
    {
      name: 'by its sizes',
      since: '5.11',
      commit: null,
      evidence: 'no bpf_map.memory',
      probe: (types) => types.member('bpf_map.memory.pages') === undefined,
      reader: (kernel, map) => {
        const at = kernel.layout('bpf_map', MAP);
        const each = roundUp(kernel.mem.u32(map, at.keySize) + valueBytes(kernel, map), 8);
        return roundUp(kernel.mem.u32(map, at.maxEntries) * each, PAGE);
      },
    },
    {
      name: 'as charged to its owner',
      since: '5.3',
      commit: null,
      evidence: 'bpf_map.memory.pages',
      probe: hasMember('bpf_map.memory.pages'),
      reader: (kernel, map) => kernel.mem.u32(map, kernel.layout('bpf_map', CHARGED).pages) * PAGE,
    },
  ],
};

const PROGRAM = { statistics: 'stats' } as const;
const PROGRAM_AUX = { aux: 'aux' } as const;
const AUX = { statistics: 'stats' } as const;

/** The __percpu pointer to struct bpf_prog_stats, by its bits. */
export const programStatistics: Trait<(kernel: Kernel, program: Kva) => bigint> = {
  name: 'statistics of a BPF program',
  eras: [
    {
      name: 'with the program',
      since: '5.12',
      commit: '700d4796ef59',
      evidence: 'bpf_prog.stats',
      probe: hasMember('bpf_prog.stats'),
      reader: (kernel, program) => kernel.mem.u64(program, kernel.layout('bpf_prog', PROGRAM).statistics),
    },
    {
      name: 'with what is aside',
      since: '5.1',
      commit: null,
      evidence: 'bpf_prog_aux.stats',
      probe: hasMember('bpf_prog_aux.stats'),
      reader: (kernel, program) => {
        const aux = kernel.mem.ptr(program, kernel.layout('bpf_prog', PROGRAM_AUX).aux);
        return kernel.mem.u64(aux, kernel.layout('bpf_prog_aux', AUX).statistics);
      },
    },
  ],
};
