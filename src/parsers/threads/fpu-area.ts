// Where a task's vector registers are in memory, and whether they are the newest (arch/x86/include/asm/fpu/types.h,
// arch/x86/kernel/fpu/core.c).

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';

export interface FpuArea {
  /** union fpregs_state. */
  readonly registers: Kva;
  /** Bytes of it that are in use; null where only the kernel's global size tells. */
  readonly size: number | null;
}

const IN_THREAD = { fpstate: 'thread.fpu.fpstate' } as const;
const FPU = { fpstate: 'fpstate' } as const;
const FPSTATE = { regs: 'regs', size: 'size' } as const;
const STATE = { state: 'thread.fpu.state' } as const;
const THREAD_INFO = { flags: 'thread_info.flags' } as const;

function fromFpstate(kernel: Kernel, pointer: Kva): FpuArea {
  const { mem } = kernel;
  const at = kernel.layout('fpstate', FPSTATE);
  const fpstate = mem.ptr(pointer);
  return { registers: (fpstate + at.regs) as Kva, size: mem.u32(fpstate, at.size) };
}

export const fpuArea: Trait<(kernel: Kernel, task: Kva) => FpuArea> = {
  name: 'vector registers of a task',
  eras: [
    {
      name: 'struct fpu behind task_struct',
      since: '6.16',
      commit: 'cb7ca40a3882',
      evidence: 'fpu.fpstate, no thread.fpu',
      probe: (types) =>
        types.member('fpu.fpstate') !== undefined && types.member('task_struct.thread.fpu') === undefined,
      reader: (kernel, task) =>
        fromFpstate(kernel, (task + kernel.sizeOf('task_struct') + kernel.layout('fpu', FPU).fpstate) as Kva),
    },
    {
      name: 'thread.fpu.fpstate',
      since: '5.16',
      commit: '87d0e5be0fac',
      evidence: 'task_struct.thread.fpu.fpstate',
      probe: hasMember('task_struct.thread.fpu.fpstate'),
      reader: (kernel, task) =>
        fromFpstate(kernel, (task + kernel.layout('task_struct', IN_THREAD).fpstate) as Kva),
    },
    {
      name: 'thread.fpu.state',
      since: '4.2',
      commit: null,
      evidence: 'task_struct.thread.fpu.state',
      probe: hasMember('task_struct.thread.fpu.state'),
      reader: (kernel, task) => ({
        registers: (task + kernel.layout('task_struct', STATE).state) as Kva,
        size: null,
      }),
    },
  ],
};

const GENERIC_BIT = 19;
const X86_BIT = 14;

/**
 * TIF_NEED_FPU_LOAD: what is in memory is the newest. It moved when x86 took over the generic flag bits, which no type
 * or symbol shows; but a kernel thread never returns to user mode, so that the flag stays set in it.
 */
export const needFpuLoad: Trait<number> = {
  name: 'TIF_NEED_FPU_LOAD',
  eras: [
    {
      name: 'bit 19',
      since: '6.18',
      commit: null,
      evidence: 'flags of kthreadd',
      probe: (types, symbols, mem) => {
        const task = symbols.address('kthreadd_task');
        const flags = types.member('task_struct.thread_info.flags');
        if (task === undefined || flags === undefined) return false;
        return ((mem.u32(mem.ptr(task), flags.offset) >>> GENERIC_BIT) & 1) === 1;
      },
      reader: GENERIC_BIT,
    },
    {
      name: 'bit 14',
      since: '5.2',
      commit: null,
      evidence: 'symbol switch_fpu_return',
      probe: hasSymbol('switch_fpu_return'),
      reader: X86_BIT,
    },
  ],
};

/** Whether a task that was on a CPU had its registers there. */
export function registersInCpu(kernel: Kernel, task: Kva): boolean {
  const flags = kernel.mem.u32(task, kernel.layout('task_struct', THREAD_INFO).flags);
  return ((flags >>> kernel.trait(needFpuLoad)) & 1) === 0;
}
