// Parents, tracer and children of a task, as /proc/PID/status and /proc/PID/task/TID/children tell them.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { TASK } from './layout.js';

export function readParents(kernel: Kernel, task: Kva): { ppid: number; tracerPid: number } {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const alive = faults.guard('pid', () => mem.ptr(task, at.threadPid) !== NULL, false);
  if (!alive) return { ppid: 0, tracerPid: 0 };
  const number = (parent: Kva, member: number) => (parent === NULL ? 0 : mem.i32(parent, member));
  return {
    ppid: faults.guard('parent', () => number(mem.ptr(task, at.realParent), at.tgid), 0),
    tracerPid: faults.guard(
      'tracer',
      () => (mem.u32(task, at.ptrace) ? number(mem.ptr(task, at.parent), at.pid) : 0),
      0,
    ),
  };
}

export function readChildren(kernel: Kernel, task: Kva): number[] {
  const at = kernel.layout('task_struct', TASK);
  const found: number[] = [];
  forEachListEntry(kernel, (task + at.children) as Kva, at.sibling, (child) => {
    found.push(kernel.mem.i32(child, at.tgid));
  });
  return found;
}
