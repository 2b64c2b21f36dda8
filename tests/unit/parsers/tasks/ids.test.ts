import { expect, test } from 'vitest';
import { namespaceIds } from '../../../../src/parsers/tasks/ids.js';
import { PIDTYPE } from '../../../../src/parsers/tasks/layout.js';
import { MadeTasks } from './made-tasks.js';

function nested() {
  const made = new MadeTasks('7.2');
  const inner = made.make('pid_namespace', { level: 1, 'ns.inum': 0xf000_0100 });
  const leader = made.task(40);
  const pid = made.pid([
    [40, made.namespace],
    [1, inner],
  ]);
  made.set(leader.task, 'task_struct.thread_pid', pid);
  made.signalPid(leader.signal, PIDTYPE.tgid, pid);
  return { made, inner, leader, pid };
}

test('ids in each namespace; a session from outside is 0 within', () => {
  const { made, leader, pid } = nested();
  made.signalPid(leader.signal, PIDTYPE.pgid, pid);
  made.signalPid(leader.signal, PIDTYPE.sid, made.pid([[12, made.namespace]]));
  expect(namespaceIds(made.kernel(), leader.task, leader.signal)).toEqual([
    { level: 0, ns: 0xefff_fffc, tid: 40, tgid: 40, pgid: 40, sid: 12 },
    { level: 1, ns: 0xf000_0100, tid: 1, tgid: 1, pgid: 1, sid: 0 },
  ]);
});

test('a pid of a sibling namespace is not visible', () => {
  const { made, leader } = nested();
  const other = made.make('pid_namespace', { level: 1, 'ns.inum': 0xf000_0200 });
  const group = made.pid([
    [50, made.namespace],
    [9, other],
  ]);
  made.signalPid(leader.signal, PIDTYPE.pgid, group);
  const [outer, inner] = namespaceIds(made.kernel(), leader.task, leader.signal);
  expect([outer?.pgid, inner?.pgid]).toEqual([50, 0]);
});

test('a level that cannot be is a fault, not a loop', () => {
  const { made, leader, pid } = nested();
  made.set(pid, 'pid.level', 0x4141_4141);
  expect(() => namespaceIds(made.kernel(), leader.task, leader.signal)).toThrow('level');
});

test('a released task has none', () => {
  const { made, leader } = nested();
  made.set(leader.task, 'task_struct.thread_pid', 0);
  expect(namespaceIds(made.kernel(), leader.task, leader.signal)).toEqual([]);
});
