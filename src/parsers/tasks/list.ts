// Every task there is: the ring of thread-group leaders from init_task on, the threads of each, the idle tasks, and
// what a CPU was running though it had left the lists.
//
// The table of pids is read as a second source: where the ring was cut or bent, what is only in the table is delivered
// all the same, and its absence from the ring recorded.

import { type Kva, NULL } from '../../base/address.js';
import type { Task } from '../../snapshot/task.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { Met } from '../walks/met.js';
import { currentTasks, idleTasks } from './cpu-tasks.js';
import { SIGNAL, TASK } from './layout.js';
import { tasksByPid } from './pid-table.js';
import { readTask } from './task.js';

/** Idle tasks first, then by PID; threads of a process in the order of their creation. */
export function listTasks(kernel: Kernel): Task[] {
  const idle = idleTasks(kernel);
  const found = new Met(kernel, 'tasks');
  for (const task of idle) found.add(task);
  const listed = listedTasks(kernel).filter((task) => isNew(kernel, found, task));
  const missed = tasksByPid(kernel).filter((task) => isNew(kernel, found, task));
  for (const task of missed) {
    kernel.faults.add(kernel.mem.fault('corrupt', 'task is in the pid table, not in the task list', task));
  }
  const leaving = currentTasks(kernel).filter((task) => isNew(kernel, found, task));
  return [
    ...idle.flatMap((task) => taskAt(kernel, task, true)),
    ...[...listed, ...missed, ...leaving].flatMap((task) => taskAt(kernel, task, false)).sort(byProcess),
  ];
}

/** The task_struct of each listed task: leaders in the ring's order, each followed by its other threads. */
function listedTasks(kernel: Kernel): Kva[] {
  const found: Kva[] = [];
  const { faults } = kernel;
  faults.guard(
    'task list',
    () => {
      const at = kernel.layout('task_struct', TASK);
      const head = (kernel.symbol('init_task') + at.tasks) as Kva;
      forEachListEntry(kernel, head, at.tasks, (leader) => {
        found.push(leader);
        const name = () => `threads of task ${kernel.mem.i32(leader, at.pid)}`;
        faults.guard(faults.guard('pid', name, 'threads'), () => threads(kernel, leader, found), undefined);
      });
    },
    undefined,
  );
  return found;
}

function threads(kernel: Kernel, leader: Kva, found: Kva[]): void {
  const at = kernel.layout('task_struct', TASK);
  const signal = kernel.mem.ptr(leader, at.signal);
  if (signal === NULL) return;
  const head = (signal + kernel.layout('signal_struct', SIGNAL).threadHead) as Kva;
  forEachListEntry(kernel, head, at.threadNode, (thread) => {
    if (thread !== leader) found.push(thread);
  });
}

function isNew(kernel: Kernel, found: Met, task: Kva): boolean {
  return kernel.faults.guard('tasks', () => found.add(task), false);
}

function taskAt(kernel: Kernel, task: Kva, idle: boolean): Task[] {
  const { mem, faults } = kernel;
  const pid = () => `task ${mem.i32(task, kernel.layout('task_struct', TASK).pid)}`;
  const name = faults.guard(`task at ${mem.hex(task)}`, pid, 'task');
  return faults.guard(name, () => [readTask(kernel, task, idle)], []);
}

/** The sort is stable: threads keep their order behind the leader. */
function byProcess(a: Task, b: Task): number {
  return a.pid - b.pid || Number(b.leader) - Number(a.leader);
}
