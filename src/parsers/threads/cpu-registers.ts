// User registers of a thread that a CPU was running in user mode: what the CPU itself wrote on its way down. All entries
// from user mode leave pt_regs on the thread's own stack; but a CPU that was stopped from outside, in user mode, has
// left nothing there since.

import type { Kva } from '../../base/address.js';
import type { UserRegisters } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { crashNoteRegisters, imageNoteRegisters, USER_REGS, USER_RPL } from '../stack/saved-registers.js';
import { registersOf } from './pt-regs.js';

export interface CpuRegisters {
  readonly registers: UserRegisters;
  readonly fsBase: bigint;
  readonly gsBase: bigint;
}

/**
 * What a note says of a CPU; null where none does, or it was in the kernel. Then the bases of a crash note are still
 * the thread's (the kernel notes the inactive gs base), those of an image note the CPU's own.
 */
export function cpuRegisters(kernel: Kernel, cpu: number): CpuRegisters | null {
  return fromCrashNote(kernel, cpu) ?? fromImageNote(kernel, cpu);
}

/** Segment bases that the crash note has of the thread that was on a CPU, whatever mode it was in. */
export function crashNoteBases(kernel: Kernel, cpu: number): { fsBase: bigint; gsBase: bigint } | null {
  const regs = noteOf(kernel, cpu);
  if (regs === null) return null;
  const word = (index: number) => kernel.mem.u64(regs, index * 8);
  return { fsBase: word(USER_REGS.fs_base), gsBase: word(USER_REGS.gs_base) };
}

/** Whether a CPU is known to have been in the kernel: it panicked, or noted so itself. */
export function wasInKernel(kernel: Kernel, cpu: number): boolean {
  const { symbols, mem, faults } = kernel;
  const panicCpu = symbols.address('panic_cpu');
  if (panicCpu !== undefined && faults.guard('panic_cpu', () => mem.i32(panicCpu), -1) === cpu) return true;
  const regs = noteOf(kernel, cpu);
  return regs !== null && (mem.u8(regs, USER_REGS.cs * 8) & USER_RPL) !== USER_RPL;
}

function fromCrashNote(kernel: Kernel, cpu: number): CpuRegisters | null {
  const regs = noteOf(kernel, cpu);
  return regs === null ? null : inUserMode('crash note', (index) => kernel.mem.u64(regs, index * 8));
}

function noteOf(kernel: Kernel, cpu: number): Kva | null {
  return kernel.faults.guard('crash note', () => crashNoteRegisters(kernel, cpu), null);
}

function fromImageNote(kernel: Kernel, cpu: number): CpuRegisters | null {
  const regs = imageNoteRegisters(kernel, cpu);
  return regs && inUserMode('image note', (index) => regs.getBigUint64(index * 8, true));
}

function inUserMode(
  source: 'crash note' | 'image note',
  word: (index: number) => bigint,
): CpuRegisters | null {
  if ((Number(word(USER_REGS.cs) & 0xffffn) & USER_RPL) !== USER_RPL) return null;
  return {
    registers: registersOf(source, false, (name) => word(USER_REGS[name])),
    fsBase: word(USER_REGS.fs_base),
    gsBase: word(USER_REGS.gs_base),
  };
}
