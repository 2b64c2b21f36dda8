// The tasks that a CPU's runqueue knows (kernel/sched/sched.h): its idle task, which stands in no list, and the one
// that it was running, which may have left all lists already, on its way out.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';

const RQ = { idle: 'idle', curr: 'curr' } as const;

/** init_task, which became the idle task of the CPU that booted, is always one of them. */
export function idleTasks(kernel: Kernel): Kva[] {
  const boot = kernel.faults.guard('idle tasks', () => kernel.symbol('init_task'), NULL);
  const others = ofRunqueues(kernel, 'idle').filter((task) => task !== boot);
  return boot === NULL ? others : [boot, ...others];
}

/** What each CPU was running. */
export function currentTasks(kernel: Kernel): Kva[] {
  return ofRunqueues(kernel, 'curr');
}

function ofRunqueues(kernel: Kernel, member: keyof typeof RQ): Kva[] {
  const { mem, faults } = kernel;
  const cpus = faults.guard('CPUs', () => kernel.cpus.possible(), []);
  return cpus.flatMap((cpu) => {
    const read = () => mem.ptr(kernel.perCpu('runqueues', cpu), kernel.layout('rq', RQ)[member]);
    const task = faults.guard(`runqueue of CPU ${cpu}`, read, NULL);
    return task === NULL ? [] : [task];
  });
}
