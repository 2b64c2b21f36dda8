// The ids of a task in every pid namespace that it is in: struct pid with its numbers[] (include/linux/pid.h).

import { type Kva, NULL } from '../../base/address.js';
import type { NamespaceIds } from '../../snapshot/task.js';
import type { Kernel } from '../kernel/kernel.js';
import { PID, PID_NAMESPACE, PIDTYPE, SIGNAL, TASK, UPID } from './layout.js';

/** MAX_PID_NS_LEVEL. */
const MAX_LEVEL = 32;

/** Number of a struct pid in the initial namespace; 0 for NULL. */
export function pidNumber(kernel: Kernel, pid: Kva): number {
  if (pid === NULL) return 0;
  const numbers = kernel.layout('pid', PID).numbers;
  return kernel.mem.i32(pid, numbers + kernel.layout('upid', UPID).nr);
}

/** signal->pids[type]. */
export function signalPid(kernel: Kernel, signal: Kva, type: number): Kva {
  return kernel.mem.ptr(signal, kernel.layout('signal_struct', SIGNAL).pids + 8 * type);
}

/** Outermost first; empty where the task has left its pid already (released zombies). */
export function namespaceIds(kernel: Kernel, task: Kva, signal: Kva): NamespaceIds[] {
  const { mem } = kernel;
  const own = mem.ptr(task, kernel.layout('task_struct', TASK).threadPid);
  if (own === NULL) return [];
  const [tgid, pgid, sid] = [PIDTYPE.tgid, PIDTYPE.pgid, PIDTYPE.sid].map((type) =>
    signal === NULL ? NULL : signalPid(kernel, signal, type),
  ) as [Kva, Kva, Kva];
  const depth = levels(kernel, own);
  return Array.from({ length: depth }, (_, level) => {
    const ns = namespaceAt(kernel, own, level);
    return {
      level,
      ns: mem.u32(ns, kernel.layout('pid_namespace', PID_NAMESPACE).inum),
      tid: numberIn(kernel, own, level, ns),
      tgid: numberIn(kernel, tgid, level, ns),
      pgid: numberIn(kernel, pgid, level, ns),
      sid: numberIn(kernel, sid, level, ns),
    };
  });
}

function levels(kernel: Kernel, pid: Kva): number {
  const level = kernel.mem.u32(pid, kernel.layout('pid', PID).level);
  if (level > MAX_LEVEL) throw kernel.mem.fault('corrupt', `a pid namespace of level ${level}`, pid);
  return level + 1;
}

function entry(kernel: Kernel, pid: Kva, level: number): Kva {
  return (pid + kernel.layout('pid', PID).numbers + level * kernel.sizeOf('upid')) as Kva;
}

function namespaceAt(kernel: Kernel, pid: Kva, level: number): Kva {
  return kernel.mem.ptr(entry(kernel, pid, level), kernel.layout('upid', UPID).ns);
}

/** pid_nr_ns(): 0 where the pid is not visible in that namespace. */
function numberIn(kernel: Kernel, pid: Kva, level: number, ns: Kva): number {
  if (pid === NULL || level >= levels(kernel, pid) || namespaceAt(kernel, pid, level) !== ns) return 0;
  return kernel.mem.i32(entry(kernel, pid, level), kernel.layout('upid', UPID).nr);
}
