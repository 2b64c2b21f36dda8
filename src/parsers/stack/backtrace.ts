// Kernel backtraces: of a sleeping task from the frame it left, of a task on a CPU from what the CPU left behind.

import { type Kva, NULL } from '../../base/address.js';
import type { StackFrame } from '../../snapshot/system.js';
import type { Kernel } from '../kernel/kernel.js';
import { OrcTables } from './orc-table.js';
import { cpuState, sleepingRegisters } from './saved-registers.js';
import { scanStacks } from './stack-scan.js';
import { cpuStacks, currentTask, type Stack, taskStack } from './stacks.js';
import { functionAt, textSymbol } from './text-symbol.js';
import { type Frame, Unwinder } from './unwind.js';

/** What all backtraces of a kernel need, read once. */
interface Shared {
  readonly orc: OrcTables;
  readonly running: ReadonlyMap<Kva, number>;
}

/** Entry points of faults and traps; the others are of interrupts (arch/x86/include/asm/idtentry.h). */
const EXCEPTION_ENTRY = 'asm_exc_';

const known = new WeakMap<Kernel, Shared>();

function shared(kernel: Kernel): Shared {
  let found = known.get(kernel);
  if (found === undefined) {
    found = { orc: new OrcTables(kernel), running: runningTasks(kernel) };
    known.set(kernel, found);
  }
  return found;
}

/** The stack of calls of a task, innermost first; empty where it has none, or was in user mode. */
export function backtrace(kernel: Kernel, task: Kva): StackFrame[] {
  return kernel.faults.guard('backtrace', () => {
    const cpu = shared(kernel).running.get(task);
    const own = taskStack(kernel, task);
    if (own === null) return [];
    return cpu === undefined ? sleeping(kernel, task, own) : running(kernel, cpu, own);
  }, []);
}

/** Which CPU each running task was on; a panic takes all but one offline, so every possible one is asked. */
function runningTasks(kernel: Kernel): Map<Kva, number> {
  const { faults, cpus } = kernel;
  const found = new Map<Kva, number>();
  for (const cpu of faults.guard('CPUs', () => cpus.possible(), [0])) {
    const task = faults.guard(`CPU ${cpu}`, () => currentTask(kernel, cpu), NULL);
    if (task !== NULL && !found.has(task)) found.set(task, cpu);
  }
  return found;
}

function sleeping(kernel: Kernel, task: Kva, own: Stack): StackFrame[] {
  const unwinder = new Unwinder(kernel, shared(kernel).orc, [own]);
  const { frames } = unwinder.unwind(sleepingRegisters(kernel, task));
  return frames.map((frame, n) => describe(kernel, frame, frames[n - 1], false));
}

function running(kernel: Kernel, cpu: number, own: Stack): StackFrame[] {
  const stacks = [...cpuStacks(kernel, cpu), own];
  const { orc } = shared(kernel);
  const unwinder = new Unwinder(kernel, orc, stacks);
  const note = kernel.faults.guard('registers of a CPU', () => cpuState(kernel, cpu), null);
  if (note?.user) return [];
  const noted = note && unwinder.unwind(note);
  const found = noted?.complete
    ? { frames: noted.frames, guess: false }
    : scanStacks(kernel, unwinder, stacks, orc);
  return found?.frames.map((frame, n, all) => describe(kernel, frame, all[n - 1], found.guess)) ?? [];
}

function describe(kernel: Kernel, frame: Frame, inner: Frame | undefined, guess: boolean): StackFrame {
  return {
    address: kernel.mem.hex(frame.ip),
    symbol: textSymbol(kernel, frame.ip, !frame.signal),
    guess,
    mark: mark(kernel, frame, inner),
  };
}

/** `<IRQ>` where a trace begins on a stack of that name or comes to it; what interrupted a frame. */
function mark(kernel: Kernel, frame: Frame, inner: Frame | undefined): string | null {
  if (frame.regs !== null && inner !== undefined) {
    const entry = functionAt(kernel, inner.ip) ?? kernel.mem.hex(inner.ip);
    return `${entry.startsWith(EXCEPTION_ENTRY) ? 'exception' : 'interrupt'} ${entry}`;
  }
  return frame.stack === inner?.stack || (inner === undefined && frame.stack.name === 'TASK')
    ? null
    : `<${frame.stack.name}>`;
}
