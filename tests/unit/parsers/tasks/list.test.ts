import { describe, expect, test } from 'vitest';
import { listTasks } from '../../../../src/parsers/tasks/list.js';
import { MadeTasks } from './made-tasks.js';

function family(era: '5.10' | '7.2') {
  const made = new MadeTasks(era);
  const init = made.task(1, { comm: 'init' });
  const shell = made.task(7, { comm: 'sh', parent: init });
  const server = made.task(5, { comm: 'server', parent: init });
  const thread = made.task(6, { comm: 'worker', leader: server });
  made.task(9, { comm: 'gone', parent: shell, exitState: 0x20, state: 0x80 });
  return { made: made.link(), init, shell, server, thread };
}

const names = (made: MadeTasks) => {
  const kernel = made.kernel();
  const tasks = listTasks(kernel);
  return { tasks, names: tasks.map((task) => `${task.tid} ${task.comm}`), kernel };
};
const ALL = ['0 swapper/0', '1 init', '5 server', '6 worker', '7 sh', '9 gone'];

describe.each(['5.10', '7.2'] as const)('the task list of %s', (era) => {
  test('has idle tasks first, then processes by PID with their threads', () => {
    const { tasks, names: found, kernel } = names(family(era).made);
    expect(found).toEqual(ALL);
    expect(kernel.faults.records).toEqual([]);
    expect(tasks.map((task) => task.state).join('')).toBe('SSSSSZ');
    expect(tasks.map((task) => task.pid)).toEqual([0, 1, 5, 5, 7, 9]);
    expect(tasks.map((task) => task.leader)).toEqual([true, true, true, false, true, true]);
    expect(tasks.map((task) => task.idle)).toEqual([true, false, false, false, false, false]);
  });

  test('knows parents and children', () => {
    const { tasks } = names(family(era).made);
    expect(tasks.map((task) => task.ppid)).toEqual([0, 0, 1, 0, 1, 7]);
    expect(tasks.map((task) => task.children)).toEqual([[], [7, 5], [], [], [9], []]);
  });

  test('loses nothing to a ring that loops', () => {
    const { made, init, shell } = family(era);
    made.set(shell.task, 'task_struct.tasks.next', made.at(init.task, 'task_struct.tasks'));
    const { names: found, kernel } = names(made);
    expect(found).toEqual(ALL);
    expect(kernel.faults.records.map((fault) => fault.kind)).toContain('loop');
  });

  test('loses nothing to a ring cut at both ends, and says which task only the pid table has', () => {
    const { made, init, server } = family(era);
    const head = made.at(made.init.task, 'task_struct.tasks');
    made.set(init.task, 'task_struct.tasks.next', head);
    made.set(made.init.task, 'task_struct.tasks.prev', made.at(init.task, 'task_struct.tasks'));
    const { names: found, kernel } = names(made);
    expect(found).toEqual(ALL);
    const told = kernel.faults.records.filter((fault) => fault.detail.includes('not in the task list'));
    expect(told.map((fault) => fault.address)).toContain(kernel.mem.hex(server.task));
  });

  test('finds what hangs behind a wild pointer', () => {
    const { made, shell } = family(era);
    made.poke(made.at(shell.task, 'task_struct.tasks'), 0x4141_4141_4141_4141n);
    const { names: found, kernel } = names(made);
    expect(found).toEqual(ALL);
    expect(kernel.faults.records.map((fault) => fault.kind)).toContain('bad-pointer');
  });

  test('has the task that a CPU was running when it had left all lists', () => {
    const { made } = family(era);
    const leaving = made.make('task_struct', { pid: 33, tgid: 33, exit_state: 0x10 });
    made.set(leaving, 'task_struct.comm', 'leaving');
    made.set(made.runqueue, 'rq.curr', leaving);
    const { tasks, names: found } = names(made);
    expect(found).toEqual([...ALL, '33 leaving']);
    expect(tasks.at(-1)).toMatchObject({ state: 'X', ids: [], ppid: 0 });
  });

  test('leaves out what cannot be a task, and says so', () => {
    const { made, shell } = family(era);
    made.set(shell.task, 'task_struct.pid', 0x4141_4141);
    const { names: found, kernel } = names(made);
    expect(found).toEqual(ALL.filter((name) => name !== '7 sh'));
    expect(kernel.faults.records.map((fault) => fault.kind)).toEqual(['corrupt']);
  });

  test('keeps a task whose signal_struct is gone', () => {
    const { made, shell } = family(era);
    made.set(shell.task, 'task_struct.signal', 0x1000);
    const { tasks } = names(made);
    const found = tasks.find((task) => task.tid === 7);
    expect(found).toMatchObject({ comm: 'sh', pgid: 0, threads: 0, ppid: 1 });
  });
});
