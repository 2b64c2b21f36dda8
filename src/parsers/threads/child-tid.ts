// Words in its own memory that a thread told the kernel of, for its birth and death (kernel/fork.c).

import { type Hex, hex, type Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';

const TASK = { set: 'set_child_tid', clear: 'clear_child_tid' } as const;
/** task_struct.set_child_tid of a kernel thread or an io worker is the kernel's own. */
const KERNEL_HALF = 1n << 63n;

export function readChildTid(kernel: Kernel, task: Kva): { setChildTid: Hex; clearChildTid: Hex } {
  const at = kernel.layout('task_struct', TASK);
  const word = (offset: number): Hex => {
    const value = kernel.mem.u64(task, offset);
    return hex(value & KERNEL_HALF ? 0n : value);
  };
  return { setChildTid: word(at.set), clearChildTid: word(at.clear) };
}
