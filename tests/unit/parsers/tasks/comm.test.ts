import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readComm } from '../../../../src/parsers/tasks/comm.js';
import { PF } from '../../../../src/parsers/tasks/layout.js';
import { type MadeTask, MadeTasks, type TaskEra } from './made-tasks.js';

const WORKER = PF.kthread | PF.wqWorker;

function kernel(era: TaskEra) {
  const made = new MadeTasks(era);
  made.types
    .struct('kthread', era === '5.10' ? { data: 'ptr' } : { data: 'ptr', full_name: 'ptr' })
    .struct('workqueue_attrs', { nice: 'i32' })
    .struct('worker_pool', { cpu: 'i32', id: 'i32', attrs: 'ptr' })
    .struct('workqueue_struct', { name: 'char[32]' })
    .struct('worker', { id: 'i32', current_work: 'ptr', pool: 'ptr', rescue_wq: 'ptr', desc: 'char[32]' });
  if (era === '7.2') made.symbol('format_worker_id', made.alloc(8));
  return made;
}

function kthread(made: MadeTasks, comm: string, flags: number, values: Record<string, Kva>): MadeTask {
  const task = made.task(20, { comm, flags });
  const at = made.era === '5.10' ? 'set_child_tid' : 'worker_private';
  made.set(task.task, `task_struct.${at}`, made.make('kthread', values));
  return task;
}

const comm = (made: MadeTasks, { task }: MadeTask, flags: number) => readComm(made.kernel(), task, flags);

describe.each(['5.10', '7.2'] as const)('comm in %s', (era) => {
  test('of a user task is its own, however long', () => {
    const made = kernel(era);
    expect(comm(made, made.task(3, { comm: 'abcdefghijklmno' }), 0)).toBe('abcdefghijklmno');
  });

  test('of an idle worker says what it did last', () => {
    const made = kernel(era);
    const attrs = made.make('workqueue_attrs');
    const pool = made.make('worker_pool', { cpu: 0, id: 2, attrs });
    const data = made.make('worker', { id: 1, pool, desc: 'events' });
    const task = kthread(made, 'kworker/0:1', WORKER, { data });
    expect(comm(made, task, WORKER)).toBe('kworker/0:1-events');
  });

  test('of a busy worker says what it does', () => {
    const made = kernel(era);
    const pool = made.make('worker_pool', { cpu: -1, id: 5 });
    const current_work = made.alloc(8);
    const data = made.make('worker', { id: 3, pool, current_work, desc: 'flush-254:0' });
    const task = kthread(made, 'kworker/u5:3', WORKER, { data });
    expect(comm(made, task, WORKER)).toBe('kworker/u5:3+flush-254:0');
  });

  test('is the plain one where the worker cannot be read', () => {
    const made = kernel(era);
    const task = kthread(made, 'kworker/0:1', WORKER, { data: 0x1000 as Kva });
    expect(comm(made, task, WORKER)).toBe('kworker/0:1');
  });
});

describe('comm since 6.10', () => {
  test('names a rescuer in full', () => {
    const made = kernel('7.2');
    const rescue_wq = made.make('workqueue_struct', { name: 'a-very-long-workqueue' });
    const data = made.make('worker', { id: 1, rescue_wq });
    const task = kthread(made, 'kworker/R-a-ver', WORKER, { data });
    expect(comm(made, task, WORKER)).toBe('kworker/R-a-very-long-workqueue');
  });

  test('marks the pools of high priority, and workers about to leave', () => {
    const made = kernel('7.2');
    const attrs = made.make('workqueue_attrs', { nice: -20 });
    const pool = made.make('worker_pool', { cpu: 1, id: 3, attrs });
    const high = kthread(made, 'kworker/1:0H', WORKER, { data: made.make('worker', { id: 0, pool }) });
    const dying = kthread(made, 'kworker/dying', WORKER, { data: made.make('worker', { id: 0 }) });
    expect(comm(made, high, WORKER)).toBe('kworker/1:0H');
    expect(comm(made, dying, WORKER)).toBe('kworker/dying');
  });

  test('is the full name that a kernel thread was given', () => {
    const made = kernel('7.2');
    const full_name = made.alloc(64);
    made.text(full_name, 'jbd2/a-long-device-name-8');
    expect(comm(made, kthread(made, 'jbd2/a-long-dev', PF.kthread, { full_name }), PF.kthread)).toBe(
      'jbd2/a-long-device-name-8',
    );
  });
});
