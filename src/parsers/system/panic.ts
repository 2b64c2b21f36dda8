// Why and where the kernel died (kernel/panic.c): the message and its cause from the log, the CPU from panic_cpu, the
// task from that CPU.

import type { Kva } from '../../base/address.js';
import type { LogRecord, Panic } from '../../snapshot/system.js';
import type { Kernel } from '../kernel/kernel.js';
import { backtrace } from '../stack/backtrace.js';
import { currentTask } from '../stack/stacks.js';
import { panicCause, panicMessage } from './panic-log.js';

const TASK = { tid: 'pid', comm: 'comm' } as const;
const COMM_BYTES = 16;
const MAX_CPUS = 8192;

/** panic_cpu is taken by panic() and crash_kexec(), crashing_cpu by the jump to a crash kernel. */
function panicCpu(kernel: Kernel): number | null {
  for (const name of ['panic_cpu', 'crashing_cpu']) {
    const symbol = kernel.symbols.address(name);
    if (symbol === undefined) continue;
    const cpu = kernel.mem.i32(symbol);
    if (cpu >= 0 && cpu < MAX_CPUS) return cpu;
  }
  return null;
}

function victim(kernel: Kernel, cpu: number, stacks: boolean): Pick<Panic, 'tid' | 'comm' | 'backtrace'> {
  const { mem } = kernel;
  const task: Kva = currentTask(kernel, cpu);
  const at = kernel.layout('task_struct', TASK);
  return {
    tid: mem.u32(task, at.tid),
    comm: mem.cstr(task, at.comm, COMM_BYTES),
    backtrace: stacks ? backtrace(kernel, task) : [],
  };
}

/** `stacks`: with the victim's, which costs more than all the rest. */
export function readPanic(kernel: Kernel, log: readonly LogRecord[], stacks: boolean): Panic {
  const unknown = { tid: null, comm: null, backtrace: [] };
  const cpu = kernel.faults.guard('panic CPU', () => panicCpu(kernel), null);
  const message = panicMessage(log);
  return {
    message,
    cause: message === null && cpu === null ? null : panicCause(log),
    cpu,
    ...(cpu === null
      ? unknown
      : kernel.faults.guard(`CPU ${cpu}`, () => victim(kernel, cpu, stacks), unknown)),
  };
}
