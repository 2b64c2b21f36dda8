// Where a backtrace can start: the frame that a task left behind when it was switched away from, the registers that a
// CPU wrote to its crash note on the way into a crash kernel, and those that the maker of the image noted.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
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
const REGISTERS = 27;

/** Where a CPU's ELF note has its user_regs_struct (kernel/kexec_core.c, crash_save_cpu); null where it has none. */
export function crashNoteRegisters(kernel: Kernel, cpu: number): Kva | null {
  const { mem, symbols } = kernel;
  const notes = symbols.address('crash_notes');
  if (notes === undefined) return null;
  const note = kernel.cpus.pointer(mem.u64(notes), cpu);
  if (mem.u32(note, 4) < PR_REG || mem.u32(note, 8) !== NT_PRSTATUS) return null;
  return (note + NOTE_NAME + CORE_BYTES + PR_REG) as Kva;
}

/**
 * The user_regs_struct of a CPU in the image's own notes; null where it has none. The makers of vmcores write one
 * NT_PRSTATUS for each CPU, in their order.
 */
export function imageNoteRegisters(kernel: Kernel, cpu: number): DataView | null {
  const notes = kernel.mem.physical.image.notes.filter(
    ({ name, type }) => name === 'CORE' && type === NT_PRSTATUS,
  );
  const desc = notes[cpu]?.desc;
  if (desc === undefined) return null;
  if (desc.length < PR_REG + REGISTERS * 8)
    throw new Fault('corrupt', `NT_PRSTATUS of CPU ${cpu} is cut off`);
  return new DataView(desc.buffer, desc.byteOffset + PR_REG, REGISTERS * 8);
}

interface CpuState extends Registers {
  readonly user: boolean;
}

/** Registers of a CPU at the crash, by its own note, else by the image's; null where neither has them. */
export function cpuState(kernel: Kernel, cpu: number): CpuState | null {
  return crashNote(kernel, cpu) ?? imageNote(kernel, cpu);
}

function crashNote(kernel: Kernel, cpu: number): CpuState | null {
  const regs = crashNoteRegisters(kernel, cpu);
  if (regs === null) return null;
  const { mem } = kernel;
  return stateOf(kernel, (at) => mem.u32(regs, at));
}

function imageNote(kernel: Kernel, cpu: number): CpuState | null {
  const regs = imageNoteRegisters(kernel, cpu);
  return regs && stateOf(kernel, (at) => regs.getUint32(at, true));
}

function stateOf(kernel: Kernel, u32: (at: number) => number): CpuState {
  const word = (index: number) => kernel.mem.fold.fromWords(u32(index * 8), u32(index * 8 + 4));
  const user = (u32(USER_REGS.cs * 8) & USER_RPL) === USER_RPL;
  return { ip: word(USER_REGS.ip), sp: word(USER_REGS.sp), bp: word(USER_REGS.bp), signal: true, user };
}
