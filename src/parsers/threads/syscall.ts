// The system call that a thread is in, as /proc/PID/syscall tells it (fs/proc/base.c, lib/syscall.c,
// arch/x86/include/asm/syscall.h).

import type { Hex, Kva } from '../../base/address.js';
import type { SystemCall, UserRegisters } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { syscallName } from './syscall-table.js';

const THREAD_INFO = { status: 'thread_info.status' } as const;
/** thread_info.status: a 32-bit system call. */
const TS_COMPAT = 2;
const X32_BIT = 0x4000_0000;
const LOW_WORD = 0xffff_ffffn;

export const NO_CALL: SystemCall = { nr: -1, abi: 'x86-64', name: null, args: [], sp: '0x0', pc: '0x0' };

export function readSyscall(kernel: Kernel, task: Kva, regs: UserRegisters | null): SystemCall {
  if (regs === null) return NO_CALL;
  const nr = Number(BigInt.asIntN(32, BigInt(regs.orig_ax)));
  const where = { sp: regs.sp, pc: regs.ip };
  if (nr === -1) return { ...NO_CALL, ...where };
  const status = kernel.mem.u32(task, kernel.layout('task_struct', THREAD_INFO).status);
  const abi = status & TS_COMPAT ? 'ia32' : nr & X32_BIT ? 'x32' : 'x86-64';
  const index = abi === 'x32' ? nr & ~X32_BIT : nr;
  return { nr, abi, name: syscallName(kernel, index, abi), args: args(regs, abi), ...where };
}

function args(regs: UserRegisters, abi: SystemCall['abi']): Hex[] {
  if (abi !== 'ia32') return [regs.di, regs.si, regs.dx, regs.r10, regs.r8, regs.r9];
  const low = (word: Hex): Hex => `0x${(BigInt(word) & LOW_WORD).toString(16)}`;
  return [regs.bx, regs.cx, regs.dx, regs.si, regs.di, regs.bp].map(low);
}

/** The line of /proc/PID/syscall. */
export function syscallLine({ nr, args, sp, pc }: SystemCall): string {
  return [nr, ...(nr < 0 ? [] : args), sp, pc].join(' ');
}
