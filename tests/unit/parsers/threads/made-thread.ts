// A task made up for the tests of this folder: a task_struct, its kernel stack, and the registers at the stack's top.

import type { Kva } from '../../../../src/base/address.js';
import type { Task } from '../../../../src/snapshot/task.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

export const STACK_BYTES = 16384;
const ORDER = [
  ...['r15', 'r14', 'r13', 'r12', 'bp', 'bx', 'r11', 'r10', 'r9', 'r8'],
  ...['ax', 'cx', 'dx', 'si', 'di', 'orig_ax', 'ip', 'cs', 'flags', 'sp', 'ss'],
];
const PT_REGS = Object.fromEntries(ORDER.map((name) => [name, 'u64']));

export class MadeThread extends SyntheticKernel {
  task: Kva = 0 as Kva;
  stack: Kva = 0 as Kva;

  /** Declares a task_struct with these members besides the usual, and makes one. */
  thread(members: Readonly<Record<string, string>> = {}): this {
    this.types
      .struct('pt_regs', PT_REGS)
      .struct('thread_info', { flags: 'u64', status: 'u32' })
      .struct('task_struct', { thread_info: 'thread_info', stack: 'ptr', ...members });
    this.task = this.make('task_struct');
    this.stack = this.alloc(STACK_BYTES, STACK_BYTES);
    this.set(this.task, 'task_struct.stack', this.stack);
    return this;
  }

  /** Saves registers `padding` bytes below the stack's end. */
  enter(registers: Readonly<Record<string, number | bigint>>, padding = 0): void {
    const at = (this.stack + STACK_BYTES - padding - ORDER.length * 8) as Kva;
    for (const [name, value] of Object.entries({ cs: 0x33, ss: 0x2b, ...registers })) {
      this.set(at, `pt_regs.${name}`, value);
    }
  }
}

/** What the readers here ask a Task for. */
export function asleep(values: Partial<Task> = {}): Task {
  return { pid: 7, tid: 7, kernelThread: false, idle: false, onCpu: false, cpu: 0, ...values } as Task;
}
