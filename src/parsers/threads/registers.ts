// A thread's user registers at its machine's death, and where they were found.

import type { Kva } from '../../base/address.js';
import type { Task } from '../../snapshot/task.js';
import type { UserRegisters } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { type CpuRegisters, cpuRegisters, wasInKernel } from './cpu-registers.js';
import { readPtRegs, taskPtRegs } from './pt-regs.js';

/** Whether a task has a user half at all. */
export function isUserTask(task: Task): boolean {
  return !task.kernelThread && !task.idle;
}

/** What a CPU said of the thread that it was running. `address`: of its task_struct. */
export function registersOnCpu(kernel: Kernel, task: Task, address: Kva): CpuRegisters | null {
  if (!task.onCpu || !isUserTask(task)) return null;
  const read = () => cpuRegisters(kernel, task.cpu, address);
  return kernel.faults.guard(`registers of CPU ${task.cpu}`, read, null);
}

/** `address`: of its task_struct. */
export function userRegisters(
  kernel: Kernel,
  task: Task,
  address: Kva,
  onCpu: CpuRegisters | null,
): UserRegisters | null {
  if (!isUserTask(task)) return null;
  if (onCpu !== null) return onCpu.registers;
  const regs = taskPtRegs(kernel, address);
  const mayBeStale = task.onCpu && !wasInKernel(kernel, task.cpu, address);
  return regs === null ? null : readPtRegs(kernel, regs, mayBeStale);
}
