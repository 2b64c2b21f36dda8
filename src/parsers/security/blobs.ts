// Where a security module has its part of the security of a struct cred or task: struct lsm_blob_sizes
// (include/linux/lsm_hooks.h), which holds offsets once a module is active; before, and of those that are not, sizes.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';

const PARTS = { cred: 'lbs_cred', task: 'lbs_task' } as const;
const CRED = { security: 'security' } as const;
const TASK = { security: 'security' } as const;
/** What the parts of all modules could take together: far more than they do. */
const MAX_OFFSET = 4096;

export function credBlob(kernel: Kernel, module: string, cred: Kva): Kva {
  return (kernel.mem.ptr(cred, kernel.layout('cred', CRED).security) + offset(kernel, module, 'cred')) as Kva;
}

export function taskBlob(kernel: Kernel, module: string, task: Kva): Kva {
  const { security } = kernel.layout('task_struct', TASK);
  return (kernel.mem.ptr(task, security) + offset(kernel, module, 'task')) as Kva;
}

type Part = keyof typeof PARTS;

const known = perKernel(() => ({ cred: new Map<string, number>(), task: new Map<string, number>() }));

function offset(kernel: Kernel, module: string, part: Part): number {
  const memo = known(kernel)[part];
  let found = memo.get(module);
  if (found === undefined) memo.set(module, (found = readOffset(kernel, module, part)));
  return found;
}

function readOffset(kernel: Kernel, module: string, part: Part): number {
  const { mem } = kernel;
  const sizes = kernel.symbol(`${module}_blob_sizes`);
  const at = kernel.layout('lsm_blob_sizes', PARTS)[part];
  const found = mem.u32(sizes, at);
  if (found > MAX_OFFSET) throw mem.fault('corrupt', `${module} at ${found} of ${part}->security`, sizes, at);
  return found;
}
