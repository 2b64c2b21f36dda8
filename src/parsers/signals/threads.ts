// The threads of a process by its signal_struct: __for_each_thread() of include/linux/sched/signal.h.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { SIGNAL, TASK } from '../tasks/layout.js';
import { forEachListEntry } from '../walks/list.js';
import type { Visit } from '../walks/visit.js';

/** PID_MAX_LIMIT. */
const MAX_THREADS = 4 << 20;

/** Visits the task_struct of each thread that is not yet reaped, the leader's first. */
export function forEachThread(kernel: Kernel, signal: Kva, visit: Visit): void {
  const head = (signal + kernel.layout('signal_struct', SIGNAL).threadHead) as Kva;
  forEachListEntry(kernel, head, kernel.layout('task_struct', TASK).threadNode, visit, MAX_THREADS);
}
