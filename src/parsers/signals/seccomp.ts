// seccomp: the mode and the filters of a task. Mirrors kernel/seccomp.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Seccomp, SeccompFilter } from '../../snapshot/confinement.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachLinked } from '../walks/hlist.js';

const TASK = { mode: 'seccomp.mode', filter: 'seccomp.filter' } as const;
const FILTER = { previous: 'prev', program: 'prog', log: 'log', listener: 'notif?' } as const;
const PROGRAM = { length: 'len', original: 'orig_prog' } as const;
const ORIGINAL = { length: 'len' } as const;
/** MAX_INSNS_PER_PATH, which a chain of the shortest filters cannot pass. */
const MAX_FILTERS = 32768;

export function readSeccomp(kernel: Kernel, task: Kva): Seccomp {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const filters: SeccompFilter[] = [];
  const readFilters = () =>
    forEachLinked(
      kernel,
      mem.ptr(task, at.filter),
      kernel.layout('seccomp_filter', FILTER).previous,
      (filter) => filters.push(readFilter(kernel, filter)),
      MAX_FILTERS,
    );
  // Filters that cannot be read do not make a task that has none.
  faults.guard('filters', readFilters, undefined);
  return { mode: mem.u32(task, at.mode), filters };
}

function readFilter(kernel: Kernel, filter: Kva): SeccompFilter {
  const { mem } = kernel;
  const at = kernel.layout('seccomp_filter', FILTER);
  const of = kernel.layout('bpf_prog', PROGRAM);
  const program = mem.ptr(filter, at.program);
  const original = mem.ptr(program, of.original);
  return {
    address: mem.hex(filter),
    instructions:
      original === NULL ? null : mem.u16(original, kernel.layout('sock_fprog_kern', ORIGINAL).length),
    translated: mem.u32(program, of.length),
    log: mem.u8(filter, at.log) !== 0,
    listener: at.listener !== undefined && mem.ptr(filter, at.listener) !== NULL,
  };
}
