// Whether a process may be dumped, and what of it: prctl(PR_GET_DUMPABLE) and /proc/PID/coredump_filter.
// Mirrors include/linux/sched/coredump.h (mm_types.h since 6.16) and kernel/exec_state.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { TASK } from '../tasks/layout.js';

const MM = { flags: 'flags' } as const;
const STATE = { state: 'exec_state' } as const;
const EXEC_STATE = { dumpable: 'dumpable' } as const;
/** MMF_DUMPABLE_MASK; the filter's bits stand behind these two, also where the two are no longer used. */
const DUMPABLE_BITS = 2;
/** MMF_DUMP_FILTER_BITS. */
const FILTER_MASK = 0x1ff;

/** Null for a task without an address space. */
export const dumpable: Trait<(kernel: Kernel, task: Kva) => number | null> = {
  name: 'dumpable',
  eras: [
    {
      name: 'task_exec_state',
      since: '7.2',
      commit: '6b1c66c9cca9',
      evidence: 'task_struct.exec_state',
      probe: hasMember('task_struct.exec_state'),
      reader: (kernel, task) => {
        if (addressSpace(kernel, task) === NULL) return null;
        const state = kernel.mem.ptr(task, kernel.layout('task_struct', STATE).state);
        return kernel.mem.u32(state, kernel.layout('task_exec_state', EXEC_STATE).dumpable);
      },
    },
    {
      name: 'mm flags',
      since: '2.6.13',
      commit: null,
      evidence: 'mm_struct.flags',
      probe: hasMember('mm_struct.flags'),
      reader: (kernel, task) => {
        const flags = mmFlags(kernel, task);
        return flags === null ? null : flags & 3;
      },
    },
  ],
};

export function coredumpFilter(kernel: Kernel, task: Kva): number | null {
  const flags = mmFlags(kernel, task);
  return flags === null ? null : (flags >>> DUMPABLE_BITS) & FILTER_MASK;
}

function addressSpace(kernel: Kernel, task: Kva): Kva {
  return kernel.mem.ptr(task, kernel.layout('task_struct', TASK).mm);
}

/** The low 32 bits: a word until 6.17, a bitmap since, with the same bits in it. */
function mmFlags(kernel: Kernel, task: Kva): number | null {
  const mm = addressSpace(kernel, task);
  return mm === NULL ? null : kernel.mem.u32(mm, kernel.layout('mm_struct', MM).flags);
}
