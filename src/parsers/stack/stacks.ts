// The stacks that a kernel backtrace can cross (arch/x86/kernel/dumpstack_64.c): the task's own, and of its CPU the
// hard-interrupt stack and the exception stacks of the IST.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';

export interface Stack {
  /** As the kernel's traces name it: `TASK`, `IRQ`, `NMI`, `#DF`, … */
  readonly name: string;
  readonly start: Kva;
  readonly end: Kva;
}

const TASK = { stack: 'stack' } as const;
const PCPU_HOT = { task: 'current_task', irqStack: 'hardirq_stack_ptr' } as const;
const PAGE = 4096;
/** THREAD_SIZE and IRQ_STACK_SIZE without KASAN. */
const STACK_BYTES = 4 * PAGE;
const MAX_STACK_BYTES = 64 * PAGE;
/** struct cea_exception_stacks: each stack has a guard page below it. */
const EXCEPTION_STACKS = ['DF', 'NMI', 'DB', 'MCE', 'VC', 'VC2'];

interface CpuPointers {
  readonly currentTask: (kernel: Kernel, cpu: number) => Kva;
  readonly irqStack: (kernel: Kernel, cpu: number) => Kva;
}

export const cpuPointers: Trait<CpuPointers> = {
  name: 'current task of a CPU',
  eras: [
    {
      name: 'pcpu_hot.current_task',
      since: '6.2',
      commit: 'e57ef2ed97c1',
      evidence: 'pcpu_hot.current_task',
      probe: hasMember('pcpu_hot.current_task'),
      reader: {
        currentTask: (kernel, cpu) => pcpuHot(kernel, cpu, 'task'),
        irqStack: (kernel, cpu) => pcpuHot(kernel, cpu, 'irqStack'),
      },
    },
    {
      name: 'variable current_task',
      since: 'before 6.2 and, by a1e4cc0155ad, since 6.15',
      commit: null,
      evidence: 'symbol current_task',
      probe: hasSymbol('current_task'),
      reader: {
        currentTask: (kernel, cpu) => kernel.mem.ptr(kernel.perCpu('current_task', cpu)),
        irqStack: (kernel, cpu) => kernel.mem.ptr(kernel.perCpu('hardirq_stack_ptr', cpu)),
      },
    },
  ],
};

function pcpuHot(kernel: Kernel, cpu: number, member: keyof typeof PCPU_HOT): Kva {
  return kernel.mem.ptr(kernel.perCpu('pcpu_hot', cpu), kernel.layout('pcpu_hot', PCPU_HOT)[member]);
}

/** The task that was on a CPU. */
export function currentTask(kernel: Kernel, cpu: number): Kva {
  return kernel.trait(cpuPointers).currentTask(kernel, cpu);
}

/** THREAD_SIZE, by the room that the linker script gives the first task's stack. */
function threadBytes({ symbols }: Kernel): number {
  const start = symbols.address('init_stack');
  const end = symbols.address('__end_init_stack') ?? symbols.address('__end_init_task');
  const bytes = start === undefined || end === undefined ? 0 : end - start;
  const possible = bytes >= 2 * PAGE && bytes <= MAX_STACK_BYTES && Number.isInteger(Math.log2(bytes));
  return possible ? bytes : STACK_BYTES;
}

/** Null for a task whose stack was given back. */
export function taskStack(kernel: Kernel, task: Kva): Stack | null {
  const start = kernel.mem.ptr(task, kernel.layout('task_struct', TASK).stack);
  return start === 0 ? null : { name: 'TASK', start, end: (start + threadBytes(kernel)) as Kva };
}

/** What can be found of a CPU's own stacks; a kernel without one of them just has fewer. */
export function cpuStacks(kernel: Kernel, cpu: number): Stack[] {
  return [...attempt(() => exceptionStacks(kernel, cpu)), ...attempt(() => [irqStack(kernel, cpu)])];
}

function attempt(read: () => Stack[]): Stack[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

/** hardirq_stack_ptr is the stack's end, or, since 5.12, the last word below it. */
function irqStack(kernel: Kernel, cpu: number): Stack {
  const top = kernel.trait(cpuPointers).irqStack(kernel, cpu);
  const end = (Math.ceil(top / PAGE) * PAGE) as Kva;
  return { name: 'IRQ', start: (end - threadBytes(kernel)) as Kva, end };
}

function exceptionStacks(kernel: Kernel, cpu: number): Stack[] {
  const { mem, types } = kernel;
  const area = mem.ptr(kernel.perCpu('cea_exception_stacks', cpu));
  if (area === 0) return [];
  const stacks: Stack[] = [];
  for (const name of EXCEPTION_STACKS) {
    const member = types.member(`cea_exception_stacks.${name}_stack`);
    if (member === undefined || member.size === 0) continue;
    const start = (area + member.offset) as Kva;
    stacks.push({ name: name === 'NMI' ? name : `#${name}`, start, end: (start + member.size) as Kva });
  }
  return stacks;
}

export function stackOf(stacks: readonly Stack[], address: number, bytes = 8): Stack | undefined {
  return stacks.find(({ start, end }) => address >= start && address + bytes <= end);
}
