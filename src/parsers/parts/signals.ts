// Signals and timers of processes, and the queues that timers wait on.

import type { Kva } from '../../base/address.js';
import { Memo } from '../../base/memo.js';
import type { ProcessSignals } from '../../snapshot/signals.js';
import type { Task } from '../../snapshot/task.js';
import type { ProcessTimers, QueuedTimer } from '../../snapshot/timers.js';
import type { Dump } from '../dump.js';
import { readQueuedTimers } from '../signals/hrtimer.js';
import { readSignals } from '../signals/signals.js';
import { readTimers } from '../signals/timers.js';
import { readPtRegs, taskPtRegs } from '../threads/pt-regs.js';
import { readSyscall } from '../threads/syscall.js';
import { perDump } from './per-dump.js';
import { clockOf } from './system.js';

const signalSets = perDump(() => new Memo<ProcessSignals | null>());
const timerSets = perDump(() => new Memo<ProcessTimers | null>());

/** Of the whole process, by its threads; null where they could not be read. */
export function signalsOf(dump: Dump, task: Task): ProcessSignals | null {
  const read = () => readSignals(dump.kernel, dump.address(task.address), isSuspended(dump));
  return signalSets(dump).get(processKey(task), () => dump.guard(task, 'signals', read, null));
}

/** Of the whole process; null where they could not be read. */
export function timersOf(dump: Dump, task: Task): ProcessTimers | null {
  const read = () => readTimers(dump.kernel, dump.address(task.address), monotonic(dump));
  return timerSets(dump).get(processKey(task), () => dump.guard(task, 'timers', read, null));
}

/** Every high-resolution timer that waits on a CPU, as /proc/timer_list. */
export const queuedTimersOf: (dump: Dump) => readonly QueuedTimer[] = perDump((dump) =>
  readQueuedTimers(dump.kernel, monotonic(dump)),
);

const isSuspended =
  ({ kernel }: Dump) =>
  (thread: Kva): boolean => {
    const at = taskPtRegs(kernel, thread);
    const { name } = readSyscall(kernel, thread, at === null ? null : readPtRegs(kernel, at, false));
    return name === 'rt_sigsuspend' || name === 'sigsuspend';
  };

function processKey({ signalStruct, address }: Task) {
  return signalStruct ?? address;
}

/** CLOCK_MONOTONIC at death, ns; null where the timekeeper could not be read. */
function monotonic(dump: Dump): bigint | null {
  const { monotonicNs } = clockOf(dump);
  return monotonicNs === null ? null : BigInt(monotonicNs);
}
