// The program, working and root directories of a process: /proc/PID/{exe,cwd,root}. Mirrors fs/proc/base.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { pathOf, readPath } from './path.js';

export interface FsPaths {
  /** Null for kernel threads and the dead. */
  readonly exe: string | null;
  readonly cwd: string | null;
  readonly root: string | null;
}

const TASK = { memory: 'mm', fs: 'fs', flags: 'flags' } as const;
const MEMORY = { program: 'exe_file' } as const;
const FS = { root: 'root', cwd: 'pwd' } as const;
/** A kernel thread may have borrowed an mm. */
const PF_KTHREAD = 0x20_0000;
const FILE = { path: 'f_path' } as const;

export function fsPaths(kernel: Kernel, task: Kva): FsPaths {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const fs = faults.guard('fs', () => mem.ptr(task, at.fs), NULL);
  const pathAt = (name: 'cwd' | 'root') =>
    faults.guard(
      name,
      () => pathOf(kernel, readPath(kernel, (fs + kernel.layout('fs_struct', FS)[name]) as Kva)),
      null,
    );
  return {
    exe: faults.guard('exe', () => program(kernel, task), null),
    cwd: fs === NULL ? null : pathAt('cwd'),
    root: fs === NULL ? null : pathAt('root'),
  };
}

function program(kernel: Kernel, task: Kva): string | null {
  const at = kernel.layout('task_struct', TASK);
  const memory = kernel.mem.ptr(task, at.memory);
  if (memory === NULL || (kernel.mem.u32(task, at.flags) & PF_KTHREAD) !== 0) return null;
  const file = kernel.mem.ptr(memory, kernel.layout('mm_struct', MEMORY).program);
  return file === NULL ? null : filePath(kernel, file);
}

/** The path of a struct file as its descriptor's link shows it. */
export function filePath(kernel: Kernel, file: Kva): string {
  return pathOf(kernel, readPath(kernel, (file + kernel.layout('file', FILE).path) as Kva));
}
