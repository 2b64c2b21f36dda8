// System V semaphores: struct sem_array, and what is undone when processes end (ipc/sem.c).

import { type Hex, type Kva, NULL } from '../../base/address.js';
import type { Semaphore, SemaphoreSet, SemaphoreUndo } from '../../snapshot/ipc.js';
import type { Kernel } from '../kernel/kernel.js';
import { pidNumber } from '../tasks/ids.js';
import { forEachListEntry } from '../walks/list.js';
import { IPC, permissions, readObjects } from './ipc-object.js';

const ARRAY = {
  changed: 'sem_ctime',
  alter: 'pending_alter',
  constant: 'pending_const',
  undo: 'list_id',
  count: 'sem_nsems',
  semaphores: 'sems',
} as const;
const SEM = {
  value: 'semval',
  pid: 'sempid',
  alter: 'pending_alter',
  constant: 'pending_const',
  operated: 'sem_otime',
} as const;
const UNDO = { owner: 'ulp', ofSet: 'list_id' } as const;
const UNDO_VALUES = { values: 'semadj' } as const;
/** SEMMSL may be set to anything; it is 32000 by default. */
const MAX_SEMAPHORES = 1 << 20;
const MAX_WAITERS = 1 << 20;

/** Thread groups by the sem_undo_list that they have. */
export type UndoOwners = ReadonlyMap<Hex, readonly number[]>;

export function readSemaphores(kernel: Kernel, namespace: Kva, owners: UndoOwners): readonly SemaphoreSet[] {
  return readObjects(kernel, namespace, IPC.sem, (array) => readSet(kernel, array, owners));
}

function readSet(kernel: Kernel, array: Kva, owners: UndoOwners): SemaphoreSet {
  const { mem } = kernel;
  const at = kernel.layout('sem_array', ARRAY);
  const count = mem.i32(array, at.count);
  if (count < 0 || count > MAX_SEMAPHORES) throw mem.fault('corrupt', `${count} semaphores`, array, at.count);
  const size = kernel.sizeOf('sem');
  const sems = Array.from({ length: count }, (_, i) => (array + at.semaphores + i * size) as Kva);
  const { operated } = kernel.layout('sem', SEM);
  return {
    ...permissions(kernel, array),
    changed: mem.int(array, at.changed),
    semaphores: sems.map((sem) => readSemaphore(kernel, sem)),
    operated: sems.reduce((latest, sem) => Math.max(latest, mem.int(sem, operated)), 0),
    waiting: length(kernel, array, at.alter) + length(kernel, array, at.constant),
    undo: readUndo(kernel, array, at.undo, count, owners),
  };
}

function readSemaphore(kernel: Kernel, sem: Kva): Semaphore {
  const at = kernel.layout('sem', SEM);
  return {
    value: kernel.mem.i32(sem, at.value),
    pid: pidNumber(kernel, kernel.mem.ptr(sem, at.pid)),
    waitingToChange: length(kernel, sem, at.alter),
    waitingForZero: length(kernel, sem, at.constant),
  };
}

function length(kernel: Kernel, object: Kva, head: number): number {
  let count = 0;
  forEachListEntry(kernel, (object + head) as Kva, 0, () => ++count, MAX_WAITERS);
  return count;
}

function readUndo(
  kernel: Kernel,
  array: Kva,
  head: number,
  count: number,
  owners: UndoOwners,
): SemaphoreUndo[] {
  const { mem } = kernel;
  const at = kernel.layout('sem_undo', UNDO);
  const found: SemaphoreUndo[] = [];
  const take = (undo: Kva) => {
    const values = undoValues(kernel, undo);
    const list = mem.ptr(undo, at.owner);
    const adjustments = Array.from({ length: count }, (_, i) => (mem.u16(values, i * 2) << 16) >> 16);
    // A list that nobody has any more is going with its last process.
    if (list === NULL) return;
    found.push({ list: mem.hex(list), pids: owners.get(mem.hex(list)) ?? [], adjustments });
  };
  forEachListEntry(kernel, (array + head) as Kva, at.ofSet, take, MAX_WAITERS);
  return found;
}

/** semadj was a pointer to behind the struct; later it is a flexible array there. */
function undoValues(kernel: Kernel, undo: Kva): Kva {
  const at = kernel.layout('sem_undo', UNDO_VALUES);
  const isPointer = kernel.types.member('sem_undo.semadj')?.count === null;
  return isPointer ? kernel.mem.ptr(undo, at.values) : ((undo + at.values) as Kva);
}
