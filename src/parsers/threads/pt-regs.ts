// struct pt_regs of the entry from user mode, at the top of the kernel stack (task_pt_regs() in
// arch/x86/include/asm/processor.h): the thread's user registers, as long as it is in the kernel.

import type { Hex, Kva } from '../../base/address.js';
import type { RegistersSource, UserRegisters } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';
import { taskStack } from '../stack/stacks.js';

export const PT_REGS = {
  r15: 'r15',
  r14: 'r14',
  r13: 'r13',
  r12: 'r12',
  bp: 'bp',
  bx: 'bx',
  r11: 'r11',
  r10: 'r10',
  r9: 'r9',
  r8: 'r8',
  ax: 'ax',
  cx: 'cx',
  dx: 'dx',
  si: 'si',
  di: 'di',
  orig_ax: 'orig_ax',
  ip: 'ip',
  flags: 'flags',
  sp: 'sp',
  cs: 'cs',
  ss: 'ss',
} as const;
const USER_RPL = 3;

/** Bytes between pt_regs and the stack's end: FRED's own part of its frame is kept free, whether the CPU has it or not. */
export const stackTopPadding: Trait<number> = {
  name: 'top of the kernel stack',
  eras: [
    {
      name: 'room for the FRED frame',
      since: '6.9',
      commit: '65c9cc9e2c14',
      evidence: 'symbol asm_fred_entrypoint_user',
      probe: hasSymbol('asm_fred_entrypoint_user'),
      reader: 16,
    },
    {
      name: 'pt_regs',
      since: 'before 5.10',
      commit: null,
      evidence: 'pt_regs.orig_ax',
      probe: hasMember('pt_regs.orig_ax'),
      reader: 0,
    },
  ],
};

/** Where the entry from user mode saved the registers; null for a task without a stack. */
export function taskPtRegs(kernel: Kernel, task: Kva): Kva | null {
  const stack = taskStack(kernel, task);
  if (stack === null) return null;
  return (stack.end - kernel.trait(stackTopPadding) - kernel.sizeOf('pt_regs')) as Kva;
}

/** Reads registers from a pt_regs; null where it is not of user mode: nothing ever entered there. */
export function readPtRegs(kernel: Kernel, regs: Kva, mayBeStale: boolean): UserRegisters | null {
  const { mem } = kernel;
  const at = kernel.layout('pt_regs', PT_REGS);
  // Since FRED, 16 bits are the selector, and others stand above them.
  const cs = mem.u16(regs, at.cs);
  if ((cs & USER_RPL) !== USER_RPL) return null;
  return registersOf('kernel stack', mayBeStale, (name) => mem.u64(regs, at[name]));
}

type Name = keyof typeof PT_REGS;

const SELECTOR = 0xffffn;

/** Registers by name, wherever they stand. */
export function registersOf(
  source: RegistersSource,
  mayBeStale: boolean,
  word: (name: Name) => bigint,
): UserRegisters {
  const hex = (name: Name): Hex => `0x${word(name).toString(16)}`;
  return {
    source,
    mayBeStale,
    ...{ r15: hex('r15'), r14: hex('r14'), r13: hex('r13'), r12: hex('r12') },
    ...{ r11: hex('r11'), r10: hex('r10'), r9: hex('r9'), r8: hex('r8') },
    ...{ ax: hex('ax'), bx: hex('bx'), cx: hex('cx'), dx: hex('dx'), si: hex('si'), di: hex('di') },
    ...{ bp: hex('bp'), sp: hex('sp'), ip: hex('ip'), flags: hex('flags'), orig_ax: hex('orig_ax') },
    cs: Number(word('cs') & SELECTOR),
    ss: Number(word('ss') & SELECTOR),
  };
}
