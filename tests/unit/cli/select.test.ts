// Processes by PID, thread id and name.
import { describe, expect, test } from 'vitest';
import { AbsentError, UsageError } from '../../../src/base/error.js';
import { oneTask, selectOrAll, selectTasks } from '../../../src/cli/select.js';
import type { Dump } from '../../../src/parsers/dump.js';
import type { Task } from '../../../src/snapshot/task.js';

const task = (tid: number, pid: number, comm: string, more: Partial<Task> = {}) =>
  ({ tid, pid, comm, leader: tid === pid, idle: false, kernelThread: false, ...more }) as Task;

const TASKS = [
  task(0, 0, 'swapper/0', { idle: true, leader: true }),
  task(1, 1, 'init'),
  task(7, 7, 'nginx'),
  task(8, 8, 'nginx'),
  task(9, 9, 'db'),
  task(10, 9, 'db_writer'),
  task(11, 11, '12'),
];
const dump = { tasks: TASKS } as unknown as Dump;
const ids = (words: string[]) => selectTasks(dump, words).map(({ tid }) => tid);

describe('words', () => {
  test.each([
    [['1'], [1]],
    [['10'], [10]],
    [['nginx'], [7, 8]],
    [['db_writer'], [10]],
    [
      ['8', 'nginx', '8'],
      [8, 7],
    ],
  ])('%j', (words, tids) => expect(ids(words)).toEqual(tids));

  test.each(['0', '5', 'ngin', '12'])('%s is no process', (word) => {
    expect(() => ids([word])).toThrow(AbsentError);
  });

  test('the first of several', () => expect(oneTask(dump, 'nginx').tid).toBe(7));
});

describe('all', () => {
  test('every process, without idle tasks and threads', () => {
    expect(selectOrAll(dump, [], true).map(({ tid }) => tid)).toEqual([1, 7, 8, 9, 11]);
  });

  test('those that have what is asked for', () => {
    expect(selectOrAll(dump, [], true, ({ comm }) => comm === 'db').map(({ tid }) => tid)).toEqual([9]);
  });

  test('words win, and are not refused for what they lack', () => {
    expect(selectOrAll(dump, ['db'], true, () => false).map(({ tid }) => tid)).toEqual([9]);
  });

  test('neither is wrong usage', () => expect(() => selectOrAll(dump, [], false)).toThrow(UsageError));
});
