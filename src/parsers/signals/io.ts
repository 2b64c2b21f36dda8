// /proc/PID/io of a whole process: what its dead threads left in signal_struct, and what its living ones counted.
// Mirrors do_io_accounting() in fs/proc/base.c.

import type { Kva } from '../../base/address.js';
import type { IoCounters } from '../../snapshot/confinement.js';
import { wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { forEachThread } from './threads.js';

const SIGNAL = { counters: 'ioac' } as const;
const TASK = { counters: 'ioac' } as const;
const COUNTERS = {
  rchar: 'rchar',
  wchar: 'wchar',
  syscr: 'syscr',
  syscw: 'syscw',
  readBytes: 'read_bytes',
  writeBytes: 'write_bytes',
  cancelledWriteBytes: 'cancelled_write_bytes',
} as const;

type Name = keyof typeof COUNTERS;
const NAMES = Object.keys(COUNTERS) as Name[];

const known = perKernel(() => new Map<Kva, IoCounters>());

/** Of the process of a signal_struct; summed once. */
export function readIo(kernel: Kernel, signal: Kva): IoCounters {
  const memo = known(kernel);
  let found = memo.get(signal);
  if (found === undefined) memo.set(signal, (found = sum(kernel, signal)));
  return found;
}

function sum(kernel: Kernel, signal: Kva): IoCounters {
  const at = kernel.layout('task_io_accounting', COUNTERS);
  const sums = NAMES.map(() => 0n);
  const add = (counters: Kva) => {
    for (const [i, name] of NAMES.entries()) {
      sums[i] = (sums[i] as bigint) + kernel.mem.u64(counters, at[name]);
    }
  };
  add((signal + kernel.layout('signal_struct', SIGNAL).counters) as Kva);
  const own = kernel.layout('task_struct', TASK).counters;
  forEachThread(kernel, signal, (thread) => add((thread + own) as Kva));
  return Object.fromEntries(NAMES.map((name, i) => [name, wide(sums[i] as bigint)])) as unknown as IoCounters;
}

/** /proc/PID/io. */
export function ioText(io: IoCounters): string {
  return NAMES.map((name) => `${COUNTERS[name]}: ${io[name]}\n`).join('');
}
