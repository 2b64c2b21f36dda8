// The name of a VMA without a file, as the last column of /proc/PID/maps. Mirrors get_vma_name() in
// fs/proc/task_mmu.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';
import type { TypeSource } from '../types/types.js';

const VMA = { mm: 'vm_mm', operations: 'vm_ops', private: 'vm_private_data' } as const;
const ANON = { name: 'anon_name' } as const;
const ANON_NAME = { text: 'name' } as const;
const OPERATIONS = { name: 'name' } as const;
const SPECIAL = { name: 'name' } as const;
const MAX_NAME = 256;

/** What of mm_struct decides the names `[heap]` and `[stack]`. */
export interface MmMarks {
  readonly startBrk: number;
  readonly brk: number;
  readonly startStack: number;
}

type HeapTest = (start: number, end: number, marks: MmMarks) => boolean;

export const heapTest: Trait<HeapTest> = {
  name: 'which VMA is [heap]',
  eras: [
    {
      name: 'overlaps the heap',
      since: '6.7',
      commit: 'd3bb89ea9c13',
      // Nothing that shows in types or symbols changed with it; these members are of the same time.
      evidence: 'inode.__i_atime or inode.i_atime_sec',
      probe: (types) => hasMember('inode.__i_atime')(types) || hasMember('inode.i_atime_sec')(types),
      reader: (start, end, marks) => start < marks.brk && end > marks.startBrk,
    },
    {
      name: 'overlaps or touches it',
      since: '2.6',
      commit: null,
      evidence: 'inode.i_atime',
      probe: () => true,
      reader: (start, end, marks) => start <= marks.brk && end >= marks.startBrk,
    },
  ],
};

/** struct anon_vma_name of a VMA, given by prctl(PR_SET_VMA_ANON_NAME); NULL for none. */
export const anonName: Trait<{ readonly shmem: boolean; readonly read: (kernel: Kernel, vma: Kva) => Kva }> =
  {
    name: 'names of anonymous memory',
    eras: [
      {
        name: 'of shared memory too',
        since: '6.2',
        commit: 'd09e8ca6cb93',
        evidence: 'vm_area_struct.anon_name beside vm_area_struct.shared',
        probe: (types, symbols) => named(types, symbols) && !unioned(types),
        reader: { shmem: true, read: readAnonName },
      },
      {
        name: 'of private memory',
        since: '5.17',
        commit: '9a10064f5625',
        evidence: 'vm_area_struct.anon_name, symbol anon_vma_name_alloc',
        probe: named,
        reader: { shmem: false, read: readAnonName },
      },
      {
        name: 'none',
        since: '2.6',
        commit: null,
        evidence: 'no vm_area_struct.anon_name, or not configured',
        probe: () => true,
        reader: { shmem: false, read: () => NULL },
      },
    ],
  };

/** CONFIG_ANON_VMA_NAME. */
function named(types: TypeSource, symbols: Kernel['symbols']): boolean {
  return hasMember('vm_area_struct.anon_name')(types) && hasSymbol('anon_vma_name_alloc')(types, symbols);
}

function unioned(types: TypeSource): boolean {
  return types.member('vm_area_struct.anon_name')?.offset === types.member('vm_area_struct.shared')?.offset;
}

function readAnonName(kernel: Kernel, vma: Kva): Kva {
  return kernel.mem.ptr(vma, kernel.layout('vm_area_struct', ANON).name);
}

/** `[anon_shmem:name]` for a VMA with a file; null for those that go by their file's path. */
export function sharedMemoryName(kernel: Kernel, vma: Kva): string | null {
  const names = kernel.trait(anonName);
  const name = names.shmem ? names.read(kernel, vma) : NULL;
  return name === NULL ? null : `[anon_shmem:${anonText(kernel, name)}]`;
}

function anonText(kernel: Kernel, name: Kva): string {
  return kernel.mem.cstr(name, kernel.layout('anon_vma_name', ANON_NAME).text, MAX_NAME);
}

export function vmaName(kernel: Kernel, vma: Kva, start: number, end: number, marks: MmMarks | null): string {
  const { mem } = kernel;
  const at = kernel.layout('vm_area_struct', VMA);
  const operations = mem.ptr(vma, at.operations);
  const own = operations === NULL ? null : nameByOperations(kernel, operations, vma);
  if (own !== null) return own;
  if (marks === null || mem.ptr(vma, at.mm) === NULL) return '[vdso]';
  if (kernel.trait(heapTest)(start, end, marks)) return '[heap]';
  if (start <= marks.startStack && end >= marks.startStack) return '[stack]';
  const name = kernel.trait(anonName).read(kernel, vma);
  return name === NULL ? '' : `[anon:${anonText(kernel, name)}]`;
}

const nameFunctions = perKernel(() => new Map<Kva, Kva>());

/** vm_ops->name(), for the two that the kernel itself has: special mappings and the vsyscall page. */
function nameByOperations(kernel: Kernel, operations: Kva, vma: Kva): string | null {
  const { mem, symbols } = kernel;
  const known = nameFunctions(kernel);
  let call = known.get(operations);
  if (call === undefined) {
    call = mem.ptr(operations, kernel.layout('vm_operations_struct', OPERATIONS).name);
    known.set(operations, call);
  }
  if (call === NULL) return null;
  if (call === symbols.address('gate_vma_name')) return '[vsyscall]';
  if (call !== symbols.address('special_mapping_name')) return null;
  const mapping = mem.ptr(vma, kernel.layout('vm_area_struct', VMA).private);
  const name = mem.ptr(mapping, kernel.layout('vm_special_mapping', SPECIAL).name);
  return name === NULL ? null : mem.cstr(name, 0, MAX_NAME);
}
