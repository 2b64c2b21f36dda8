// A backtrace as /proc/PID/stack prints it (fs/proc/base.c, kernel/stacktrace.c): a sleeping task's own way into the
// scheduler is left out, and nothing marks where it was interrupted.

import type { StackFrame } from '../../snapshot/system.js';
import type { Kernel } from '../kernel/kernel.js';

/** One line per frame. */
export function procStackLines(kernel: Kernel, frames: readonly StackFrame[]): string[] {
  const isScheduler = schedulerText(kernel);
  const first = frames.findIndex((frame) => !isScheduler(frame));
  if (first < 0) return [];
  return frames.slice(first).map(({ symbol, address }) => `[<0>] ${symbol ?? address}`);
}

/** in_sched_functions(): the section that all of the scheduler's waiting functions are in. */
function schedulerText({ symbols, mem }: Kernel): (frame: StackFrame) => boolean {
  const start = symbols.address('__sched_text_start');
  const end = symbols.address('__sched_text_end');
  if (start === undefined || end === undefined) return () => false;
  return ({ address }) => {
    const at = mem.fromHex(address);
    return at >= start && at < end;
  };
}
