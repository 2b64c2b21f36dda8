// Every task by its pid: init_pid_ns.idr holds each struct pid (kernel/pid.c), and that the tasks that bear it.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachIdrEntry } from '../walks/idr.js';
import { PID, PIDTYPE, TASK } from './layout.js';

const NAMESPACE = { table: 'idr' } as const;

/** The task_structs, in order of their tid in the initial pid namespace. */
export function tasksByPid(kernel: Kernel): Kva[] {
  const found: Kva[] = [];
  const read = () => {
    const table = kernel.symbol('init_pid_ns') + kernel.layout('pid_namespace', NAMESPACE).table;
    forEachIdrEntry(kernel, table as Kva, (_tid, pid) => {
      const task = taskOf(kernel, pid);
      if (task !== NULL) found.push(task);
    });
  };
  kernel.faults.guard('pid table', read, undefined);
  return found;
}

/** pid_task(pid, PIDTYPE_PID); NULL for a pid that only names a group or session. */
export function taskOf(kernel: Kernel, pid: Kva): Kva {
  const first = kernel.mem.ptr(pid, kernel.layout('pid', PID).tasks + 8 * PIDTYPE.pid);
  if (first === NULL) return NULL;
  return (first - kernel.layout('task_struct', TASK).pidLinks - 16 * PIDTYPE.pid) as Kva;
}
