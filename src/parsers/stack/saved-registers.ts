// Where a backtrace can start: the frame that a task left behind when it was switched away from, and the registers that
// a CPU wrote to its crash note on the way into a crash kernel.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Registers } from './unwind.js';

const TASK = { sp: 'thread.sp' } as const;
const FRAME = { bp: 'bp', returnAddress: 'ret_addr' } as const;

/** What __switch_to_asm pushed (struct inactive_task_frame): the task goes on at its return address. */
export function sleepingRegisters(kernel: Kernel, task: Kva): Registers {
  const { mem } = kernel;
  const frame = mem.ptr(task, kernel.layout('task_struct', TASK).sp);
  const at = kernel.layout('inactive_task_frame', FRAME);
  const ip = mem.ptr(frame, at.returnAddress);
  const bp = mem.fold.fromWords(mem.u32(frame, at.bp), mem.u32(frame, at.bp + 4));
  // A task that never ran goes on at the first instruction of ret_from_fork: not behind a call.
  const fresh =
    ip === kernel.symbols.address('ret_from_fork') || ip === kernel.symbols.address('ret_from_fork_asm');
  return { ip, sp: (frame + kernel.sizeOf('inactive_task_frame')) as Kva, bp, signal: fresh };
}

const NT_PRSTATUS = 1;
const NOTE_NAME = 12;
const CORE_BYTES = 8;
/** struct elf_prstatus: registers in the order of struct user_regs_struct. */
export const PR_REG = 112;
/** struct user_regs_struct (arch/x86/include/asm/user_64.h), by index. */
export const USER_REGS = {
  ...{ r15: 0, r14: 1, r13: 2, r12: 3, bp: 4, bx: 5, r11: 6, r10: 7, r9: 8, r8: 9 },
  ...{ ax: 10, cx: 11, dx: 12, si: 13, di: 14, orig_ax: 15, ip: 16, cs: 17, flags: 18, sp: 19, ss: 20 },
  ...{ fs_base: 21, gs_base: 22, ds: 23, es: 24, fs: 25, gs: 26 },
} as const;
export const USER_RPL = 3;

/** Where a CPU's ELF note has its user_regs_struct (kernel/kexec_core.c, crash_save_cpu); null where it has none. */
export function crashNoteRegisters(kernel: Kernel, cpu: number): Kva | null {
  const { mem, symbols } = kernel;
  const notes = symbols.address('crash_notes');
  if (notes === undefined) return null;
  const note = kernel.cpus.pointer(mem.u64(notes), cpu);
  if (mem.u32(note, 4) < PR_REG || mem.u32(note, 8) !== NT_PRSTATUS) return null;
  return (note + NOTE_NAME + CORE_BYTES + PR_REG) as Kva;
}

/** Registers of a CPU at the crash; null where it wrote no note. */
export function crashNote(kernel: Kernel, cpu: number): (Registers & { readonly user: boolean }) | null {
  const regs = crashNoteRegisters(kernel, cpu);
  if (regs === null) return null;
  const { mem } = kernel;
  const word = (index: number) => mem.fold.fromWords(mem.u32(regs, index * 8), mem.u32(regs, index * 8 + 4));
  const user = (mem.u8(regs, USER_REGS.cs * 8) & USER_RPL) === USER_RPL;
  return { ip: word(USER_REGS.ip), sp: word(USER_REGS.sp), bp: word(USER_REGS.bp), signal: true, user };
}
