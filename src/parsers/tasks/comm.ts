// A task's name as /proc/PID/comm has it. Mirrors proc_task_name() in fs/proc/array.c: kernel threads may have a
// longer name of their own (kthread.full_name), workqueue workers say what they work for (wq_worker_comm()).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../kernel/trait.js';
import { PF, TASK } from './layout.js';

const COMM_BYTES = 16;
/** proc_task_name()'s buffer, without the NUL. */
const MAX_NAME = 63;

const PRIVATE = { kthread: 'worker_private' } as const;
const CHILD_TID = { kthread: 'set_child_tid' } as const;
const KTHREAD = { data: 'data', fullName: 'full_name?' } as const;
const WORKER = {
  id: 'id',
  desc: 'desc',
  work: 'current_work',
  pool: 'pool',
  rescue: 'rescue_wq',
} as const;
const POOL = { cpu: 'cpu', id: 'id', attrs: 'attrs' } as const;
const ATTRS = { nice: 'nice' } as const;
const WORKQUEUE = { name: 'name' } as const;

/** struct kthread of a kernel thread; NULL while it is being made. */
export const kthreadOf: Trait<(kernel: Kernel, task: Kva) => Kva> = {
  name: 'kthread data',
  eras: [
    {
      name: 'worker_private',
      since: '5.17',
      commit: 'e32cf5dfbe22',
      evidence: 'task_struct.worker_private',
      probe: hasMember('task_struct.worker_private'),
      reader: (kernel, task) => kernel.mem.ptr(task, kernel.layout('task_struct', PRIVATE).kthread),
    },
    {
      name: 'set_child_tid',
      since: '4.9',
      commit: null,
      evidence: 'task_struct.set_child_tid',
      probe: hasMember('task_struct.set_child_tid'),
      reader: (kernel, task) => kernel.mem.ptr(task, kernel.layout('task_struct', CHILD_TID).kthread),
    },
  ],
};

type WorkerName = (kernel: Kernel, worker: Kva, pool: Kva, comm: string) => string;

/** What stands before the `+` or `-` of a worker's name. */
export const workerName: Trait<WorkerName> = {
  name: 'workqueue worker name',
  eras: [
    {
      name: 'made from the pool',
      since: '6.10',
      commit: '2a1b02bcba78',
      evidence: 'symbol format_worker_id',
      probe: hasSymbol('format_worker_id'),
      reader: formatWorkerId,
    },
    {
      name: 'comm',
      since: '4.18',
      commit: null,
      evidence: 'no symbol format_worker_id',
      probe: () => true,
      reader: (_kernel, _worker, _pool, comm) => comm,
    },
  ],
};

export function readComm(kernel: Kernel, task: Kva, flags: number): string {
  const comm = kernel.mem.cstr(task, kernel.layout('task_struct', TASK).comm, COMM_BYTES - 1);
  if (!(flags & (PF.kthread | PF.wqWorker))) return comm;
  return kernel.faults.guard('thread name', () => kernelThreadName(kernel, task, flags, comm), comm);
}

function kernelThreadName(kernel: Kernel, task: Kva, flags: number, comm: string): string {
  const { mem } = kernel;
  const kthread = kernel.trait(kthreadOf)(kernel, task);
  if (kthread === NULL) return comm;
  const at = kernel.layout('kthread', KTHREAD);
  if (flags & PF.wqWorker) return worker(kernel, mem.ptr(kthread, at.data), comm).slice(0, MAX_NAME);
  const full = at.fullName === undefined ? NULL : mem.ptr(kthread, at.fullName);
  return full === NULL ? comm : mem.cstr(full, 0, MAX_NAME);
}

function worker(kernel: Kernel, address: Kva, comm: string): string {
  const { mem } = kernel;
  const at = kernel.layout('worker', WORKER);
  const pool = mem.ptr(address, at.pool);
  const name = kernel.trait(workerName)(kernel, address, pool, comm);
  const desc = pool === NULL ? '' : mem.cstr(address, at.desc, kernel.types.member('worker.desc')?.size);
  if (desc === '') return name;
  return `${name}${mem.ptr(address, at.work) === NULL ? '-' : '+'}${desc}`;
}

function formatWorkerId(kernel: Kernel, address: Kva, pool: Kva): string {
  const { mem } = kernel;
  const at = kernel.layout('worker', WORKER);
  const rescue = mem.ptr(address, at.rescue);
  if (rescue !== NULL) {
    const name = kernel.types.member('workqueue_struct.name');
    return `kworker/R-${mem.cstr(rescue, kernel.layout('workqueue_struct', WORKQUEUE).name, name?.size)}`;
  }
  if (pool === NULL) return 'kworker/dying';
  const of = kernel.layout('worker_pool', POOL);
  const id = mem.i32(address, at.id);
  const cpu = mem.i32(pool, of.cpu);
  if (cpu < 0) return `kworker/u${mem.i32(pool, of.id)}:${id}`;
  const nice = mem.i32(mem.ptr(pool, of.attrs), kernel.layout('workqueue_attrs', ATTRS).nice);
  return `kworker/${cpu}:${id}${nice < 0 ? 'H' : ''}`;
}
