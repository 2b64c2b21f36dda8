// How much memory a BPF map is said to have, whose it is, and where the counts of a program are (kernel/bpf/syscall.c).

import { type Kva, NULL } from '../../base/address.js';
import type { BpfMapOwner } from '../../snapshot/descriptor.js';
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
      commit: '80ee81e0403c',
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

const OWNER = { owner: 'owner' } as const;
const OWNER_MEMBERS = { type: 'owner.type', jited: 'owner.jited' } as const;
const OWNED = { type: 'type', jited: 'jited' } as const;
const ARRAY = { aux: 'aux' } as const;
const PROG_ARRAY = 3;

/** The type of the first program that an array of programs was used with, and whether it is compiled: what others must be. */
export const mapOwner: Trait<(kernel: Kernel, map: Kva) => BpfMapOwner | null> = {
  name: 'owner of a BPF map',
  eras: [
    {
      name: 'aside',
      since: '6.17',
      commit: 'fd1c98f0ef5c',
      evidence: 'bpf_map_owner',
      probe: hasMember('bpf_map_owner.type'),
      reader: (kernel, map) => {
        const owner = kernel.mem.ptr(map, kernel.layout('bpf_map', OWNER).owner);
        return owner === NULL ? null : ownerAt(kernel, owner, kernel.layout('bpf_map_owner', OWNED));
      },
    },
    {
      name: 'in the map',
      since: '5.18',
      commit: 'f45d5b6ce2e8',
      evidence: 'bpf_map.owner.type',
      probe: hasMember('bpf_map.owner.type'),
      reader: (kernel, map) => ownerAt(kernel, map, kernel.layout('bpf_map', OWNER_MEMBERS)),
    },
    {
      name: 'with an array of programs',
      since: '5.5',
      commit: null,
      evidence: 'bpf_array_aux.owner',
      probe: hasMember('bpf_array_aux.owner.type'),
      reader: (kernel, map) => {
        if (kernel.mem.u32(map, kernel.layout('bpf_map', MAP).type) !== PROG_ARRAY) return null;
        const aux = kernel.mem.ptr(map, kernel.layout('bpf_array', ARRAY).aux);
        return ownerAt(kernel, aux, kernel.layout('bpf_array_aux', OWNER_MEMBERS));
      },
    },
  ],
};

/** Null where nobody has claimed the map. */
function ownerAt(kernel: Kernel, base: Kva, at: { type: number; jited: number }): BpfMapOwner | null {
  const type = kernel.mem.u32(base, at.type);
  return type === 0 ? null : { type, jited: kernel.mem.u8(base, at.jited) !== 0 };
}
