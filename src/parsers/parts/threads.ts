// A thread where it stopped: registers, system call, vector state, kernel and user stack.

import type { StackFrame } from '../../snapshot/system.js';
import type { Task } from '../../snapshot/task.js';
import type { Thread, UserBacktrace } from '../../snapshot/thread.js';
import type { Dump } from '../dump.js';
import { backtrace } from '../stack/backtrace.js';
import { readThread } from '../threads/thread.js';
import { readUserBacktrace } from '../threads/user/user-backtrace.js';

/** User registers, system call, vector state, and what it told the kernel of its own memory. */
export function threadOf(dump: Dump, task: Task): Thread {
  const memory = () => (dump.mm(task) === null ? null : dump.userMemory(task));
  return dump.kernel.faults.within(`task ${task.tid} ${task.comm}`, () =>
    readThread(dump.kernel, task, memory()),
  );
}

/** Kernel stack, innermost frame first. */
export function backtraceOf(dump: Dump, task: Task): readonly StackFrame[] {
  return dump.guard(task, 'stack', () => backtrace(dump.kernel, dump.address(task.address)), []);
}

/** User stack, innermost frame first; null for what has no user registers, or no memory any more. */
export function userBacktraceOf(dump: Dump, task: Task): UserBacktrace | null {
  const { registers } = threadOf(dump, task);
  if (registers === null || dump.mm(task) === null) return null;
  const read = () => readUserBacktrace(dump.kernel, dump.userMemory(task), registers);
  return dump.guard(task, 'user stack', read, null);
}
