// User registers of a thread that a CPU was running in user mode: what the CPU itself wrote on its way down. All entries
// from user mode leave pt_regs on the thread's own stack; but a CPU that was stopped from outside, in user mode, has
// left nothing there since.

import type { Kva } from '../../base/address.js';
import type { UserRegisters } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import type { RegisterWords } from '../panic-area/slot.js';
import { crashNoteRegisters, imageNoteRegisters, USER_REGS } from '../stack/saved-registers.js';
import { type Entered, enteredWith, isUserMode } from './entry-code.js';
import { registersOf } from './pt-regs.js';

export interface CpuRegisters {
  readonly registers: UserRegisters;
  /** Null where the CPU did not have the thread's. */
  readonly fsBase: bigint | null;
  readonly gsBase: bigint | null;
}

/**
 * What a note says of the user registers of a CPU that was running `task`; null where none does, or the kernel stack has
 * them. Then the bases of a crash note are still the thread's (the kernel notes the inactive gs base), those of an image
 * note the CPU's own.
 */
export function cpuRegisters(kernel: Kernel, cpu: number, task: Kva): CpuRegisters | null {
  return fromCrashNote(kernel, cpu, task) ?? fromImageNote(kernel, cpu);
}

/** Segment bases that the crash note has of the thread that was on a CPU, whatever mode it was in. */
export function crashNoteBases(kernel: Kernel, cpu: number): { fsBase: bigint; gsBase: bigint } | null {
  const regs = noteOf(kernel, cpu);
  if (regs === null) return null;
  const word = (index: number) => kernel.mem.u64(regs, index * 8);
  return { fsBase: word(USER_REGS.fs_base), gsBase: word(USER_REGS.gs_base) };
}

/** Whether `task`'s registers are known to be on its stack: its CPU panicked, or noted itself that it was in the kernel. */
export function wasInKernel(kernel: Kernel, cpu: number, task: Kva): boolean {
  const { symbols, mem, faults } = kernel;
  const panicCpu = symbols.address('panic_cpu');
  if (panicCpu !== undefined && faults.guard('panic_cpu', () => mem.i32(panicCpu), -1) === cpu) return true;
  const regs = noteOf(kernel, cpu);
  return regs !== null && enteredBy(kernel, cpu, task, wordsOf(kernel, regs)) === 'stack';
}

function fromCrashNote(kernel: Kernel, cpu: number, task: Kva): CpuRegisters | null {
  const regs = noteOf(kernel, cpu);
  if (regs === null) return null;
  const noted = wordsOf(kernel, regs);
  const words = isUserMode(noted) ? noted : enteredBy(kernel, cpu, task, noted);
  if (typeof words !== 'function') return null;
  const base = (name: 'fs_base' | 'gs_base') => kernel.mem.u64(regs, USER_REGS[name] * 8);
  return {
    registers: registersOf('crash note', false, words),
    fsBase: base('fs_base'),
    gsBase: base('gs_base'),
  };
}

function enteredBy(kernel: Kernel, cpu: number, task: Kva, noted: RegisterWords): Entered | null {
  return isUserMode(noted) ? null : enteredWith(kernel, cpu, task, noted);
}

function wordsOf(kernel: Kernel, regs: Kva): RegisterWords {
  return (name) => kernel.mem.u64(regs, USER_REGS[name] * 8);
}

function noteOf(kernel: Kernel, cpu: number): Kva | null {
  return kernel.faults.guard('crash note', () => crashNoteRegisters(kernel, cpu), null);
}

function fromImageNote(kernel: Kernel, cpu: number): CpuRegisters | null {
  const regs = imageNoteRegisters(kernel, cpu);
  if (regs === null) return null;
  const word = (name: keyof typeof USER_REGS) => regs.getBigUint64(USER_REGS[name] * 8, true);
  if (!isUserMode(word)) return null;
  return {
    registers: registersOf('image note', false, word),
    fsBase: word('fs_base'),
    gsBase: word('gs_base'),
  };
}
