// The user registers of a thread whose CPU was stopped by an NMI in the kernel. As a rule they stand at the top of its kernel
// stack. Not so in the first instructions behind user mode (arch/x86/entry/entry_64.S): there the processor has pushed some,
// or none, and the others are still where they were: among the registers that the NMI interrupted. Processors that have an
// interrupt and an NMI pending take both, one upon the other, so this is less rare than the few instructions suggest.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import type { RegisterName, RegisterWords } from '../panic-area/slot.js';
import { OrcTables } from '../stack/orc-table.js';
import { cpuStacks, type Stack, taskStack } from '../stack/stacks.js';
import { functionAt } from '../stack/text-symbol.js';
import { Unwinder, type Unwound } from '../stack/unwind.js';
import { PT_REGS } from './pt-regs.js';

/** Registers; or the top of the kernel stack has them; or nothing does. */
export type Entered = RegisterWords | 'stack' | 'unknown';

/** Functions in C that entry code calls before the registers stand where they belong. */
const EARLY = ['sync_regs', 'fixup_bad_iret'];
/** The ways out: what was at the top of the stack is in the processor, and still there. */
const LEAVING = [
  ...[
    'swapgs_restore_regs_and_return_to_usermode',
    'common_interrupt_return',
    'restore_regs_and_return_to_kernel',
  ],
  ...['syscall_return_via_sysret', 'entry_SYSRETQ_unsafe_stack', 'native_iret', 'native_irq_return_iret'],
  ...['early_xen_iret_patch', 'error_return', 'paranoid_exit', 'nmi_restore'],
];
const SYSCALL = ['entry_SYSCALL_64', 'entry_SYSCALL_64_safe_stack', 'entry_SYSCALL_64_after_hwframe'];
/** In entry_SYSCALL_64, endbr64 and swapgs: the stack pointer is the user's until they are over. */
const STACK_IS_USERS = 7;
/** Bytes of the instruction. */
const SYSCALL_BYTES = 2;
const [USER_CS, USER_SS] = [0x33n, 0x2bn];
const TSS = { top: 'x86_tss.sp0', userSp: 'x86_tss.sp2' } as const;
const PAGE = 4096;
const USER_RPL = 3;
/** pt_regs.orig_ax of whoever is in no system call. */
const NO_CALL = -1n & 0xffff_ffff_ffff_ffffn;

/** What the processor pushes. */
const PUSHED: readonly RegisterName[] = ['ip', 'cs', 'flags', 'sp', 'ss'];

/** `interrupted`: the registers of `cpu`, in kernel mode, which was running `task`. */
export function enteredWith(kernel: Kernel, cpu: number, task: Kva, interrupted: RegisterWords): Entered {
  const ip = kernel.mem.fold.fromBig(interrupted('ip'));
  const name = functionAt(kernel, ip) ?? '';
  if (!isEntryText(kernel, ip) && !EARLY.includes(name)) return 'stack';
  const entered = kernel.faults.guard('entry code', () => unwound(kernel, cpu, task, interrupted, ip), null);
  if (entered !== null) return entered;
  if (LEAVING.includes(name)) return 'stack';
  return SYSCALL.includes(name) ? beforeSyscall(kernel, cpu, interrupted, ip) : 'unknown';
}

function isEntryText({ symbols }: Kernel, ip: Kva): boolean {
  const start = symbols.address('__entry_text_start');
  const end = symbols.address('__entry_text_end');
  return start !== undefined && end !== undefined && ip >= start && ip < end;
}

/** By the kernel's own tables for unwinding, which say where the registers are at each instruction. */
function unwound(
  kernel: Kernel,
  cpu: number,
  task: Kva,
  interrupted: RegisterWords,
  ip: Kva,
): RegisterWords | null {
  const [sp, bp] = (['sp', 'bp'] as const).map((name) => kernel.mem.fold.fromBig(interrupted(name))) as [
    Kva,
    Kva,
  ];
  const unwinder = new Unwinder(kernel, new OrcTables(kernel), stacksOf(kernel, cpu, task));
  const found = unwinder.unwind({ ip, sp, bp, signal: true });
  if (found.userRegs === null) return null;
  const at = kernel.layout('pt_regs', PT_REGS);
  const regs = found.userRegs;
  const saved: RegisterWords = (name) => kernel.mem.u64(regs, at[name]);
  if (found.allSaved) return saved;
  if (!othersAreUntouched(kernel, found, ip)) return null;
  return (name) => (PUSHED.includes(name) ? saved(name) : name === 'orig_ax' ? NO_CALL : interrupted(name));
}

/** A function that the entry code has called moves one while it saves them: only at its first instruction it has not. */
function othersAreUntouched({ symbols }: Kernel, { frames }: Unwound, ip: Kva): boolean {
  return frames.length === 1 || (frames.length === 2 && symbols.nearest(ip)?.offset === 0);
}

function stacksOf(kernel: Kernel, cpu: number, task: Kva): Stack[] {
  const own = taskStack(kernel, task);
  const end = kernel.mem.ptr(tss(kernel, cpu), kernel.layout('tss_struct', TSS).top);
  const entry: Stack = { name: 'ENTRY', start: (end - PAGE) as Kva, end };
  return [...cpuStacks(kernel, cpu), entry, ...(own === null ? [] : [own])];
}

function tss(kernel: Kernel, cpu: number): Kva {
  return kernel.perCpu('cpu_tss_rw', cpu);
}

/** SYSCALL pushes nothing: as if it was still to be made. What it put into rcx and r11 no program relies on. */
function beforeSyscall(kernel: Kernel, cpu: number, interrupted: RegisterWords, ip: Kva): Entered {
  const first = kernel.symbols.address('entry_SYSCALL_64');
  const read = () =>
    first !== undefined && ip - first <= STACK_IS_USERS
      ? interrupted('sp')
      : kernel.mem.u64(tss(kernel, cpu), kernel.layout('tss_struct', TSS).userSp);
  const sp = kernel.faults.guard('stack pointer of SYSCALL', read, null);
  if (sp === null) return 'unknown';
  const made: Partial<Record<RegisterName, bigint>> = {
    ...{ ip: interrupted('cx') - BigInt(SYSCALL_BYTES), cs: USER_CS, ss: USER_SS },
    ...{ flags: interrupted('r11'), sp, orig_ax: NO_CALL },
  };
  return (name) => made[name] ?? interrupted(name);
}

/** Whether registers are of user mode. */
export function isUserMode(words: RegisterWords): boolean {
  return (Number(words('cs') & 0xffffn) & USER_RPL) === USER_RPL;
}
