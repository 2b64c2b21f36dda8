// The ipc namespaces that processes are in, and all that is in each: System V objects and POSIX queues (ipc/namespace.c).

import { type Hex, type Kva, NULL } from '../../base/address.js';
import type { IpcNamespace } from '../../snapshot/ipc.js';
import type { Task } from '../../snapshot/task.js';
import type { Kernel } from '../kernel/kernel.js';
import { readPosixQueues } from './mqueue.js';
import { readMessageQueues } from './msg.js';
import { readSemaphores, type UndoOwners } from './sem.js';
import { readSharedMemory } from './shm.js';

const TASK = { proxy: 'nsproxy', undo: 'sysvsem.undo_list' } as const;
const PROXY = { ipc: 'ipc_ns' } as const;
const NAMESPACE = { number: 'ns.inum' } as const;

/** The initial namespace first, then the others in the order of the tasks that are in them. */
export function readIpc(kernel: Kernel, tasks: readonly Task[]): readonly IpcNamespace[] {
  const owners = undoOwners(kernel, tasks);
  return [...namespaces(kernel, tasks)].map((namespace) =>
    kernel.faults.within(`ipc namespace ${kernel.mem.hex(namespace)}`, () =>
      readNamespace(kernel, namespace, owners),
    ),
  );
}

function namespaces(kernel: Kernel, tasks: readonly Task[]): Set<Kva> {
  const found = new Set<Kva>();
  const first = kernel.symbols.address('init_ipc_ns');
  if (first !== undefined) found.add(first);
  const { proxy } = kernel.layout('task_struct', TASK);
  const { ipc } = kernel.layout('nsproxy', PROXY);
  for (const task of tasks) {
    const at = kernel.mem.fromHex(task.address);
    const of = kernel.faults.guard('nsproxy', () => kernel.mem.ptr(at, proxy), NULL);
    // A task that is ending has left its namespaces.
    if (of !== NULL) found.add(kernel.faults.guard('ipc_ns', () => kernel.mem.ptr(of, ipc), first ?? NULL));
  }
  found.delete(NULL);
  return found;
}

function undoOwners(kernel: Kernel, tasks: readonly Task[]): UndoOwners {
  const { undo } = kernel.layout('task_struct', TASK);
  const found = new Map<Hex, number[]>();
  for (const task of tasks) {
    const at = kernel.mem.fromHex(task.address);
    const list = kernel.faults.guard('undo_list', () => kernel.mem.ptr(at, undo), NULL);
    if (list === NULL) continue;
    const pids = found.get(kernel.mem.hex(list)) ?? [];
    if (!pids.includes(task.pid)) pids.push(task.pid);
    found.set(kernel.mem.hex(list), pids);
  }
  return found;
}

function readNamespace(kernel: Kernel, namespace: Kva, owners: UndoOwners): IpcNamespace {
  const { mem, faults } = kernel;
  return {
    address: mem.hex(namespace),
    ns: faults.guard(
      'ns.inum',
      () => mem.u32(namespace, kernel.layout('ipc_namespace', NAMESPACE).number),
      0,
    ),
    shm: faults.guard('shm', () => readSharedMemory(kernel, namespace), []),
    sem: faults.guard('sem', () => readSemaphores(kernel, namespace, owners), []),
    msg: faults.guard('msg', () => readMessageQueues(kernel, namespace), []),
    mqueue: faults.guard('mqueue', () => readPosixQueues(kernel, namespace), []),
  };
}
