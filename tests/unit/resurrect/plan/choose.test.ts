// Who is in a plan, and why.

import { describe, expect, test } from 'vitest';
import { AbsentError, UsageError } from '../../../../src/base/error.js';
import { REASON_NAME } from '../../../../src/resurrect/abi/records/processes.js';
import { chooseProcesses } from '../../../../src/resurrect/plan/select/choose.js';
import { SnapshotIndex } from '../../../../src/resurrect/plan/snapshot-index.js';
import type { Snapshot, SnapshotTask } from '../../../../src/snapshot/snapshot.js';
import { processOf, snapshotOf, task } from './made-snapshot.js';

function choose(tasks: readonly SnapshotTask[], selectors: readonly string[], rest: Partial<Snapshot> = {}) {
  const chosen = chooseProcesses(new SnapshotIndex(snapshotOf(tasks, rest)), selectors);
  return chosen.map(({ pid, reason, because }) => [pid, REASON_NAME[reason], because]);
}

const init = task(1, { comm: 'init', ppid: 0, children: [2, 3] });

/** A file that both processes have open, of a kind of its own. */
function withFiles(
  files: readonly object[],
  held: Readonly<Record<string, readonly string[]>>,
): Partial<Snapshot> {
  const fileTables = Object.entries(held).map(([address, addresses]) => ({
    address,
    descriptors: addresses.map((file, fd) => ({ fd, file, closeOnExec: false })),
  }));
  const whole = files.map((file) => ({
    type: 'regular',
    object: null,
    inodeAddress: null,
    path: 'f',
    ...file,
  }));
  return { files: whole, fileTables } as unknown as Partial<Snapshot>;
}

const two = [init, task(2, { filesTable: '0xf2' }), task(3, { filesTable: '0xf3' })];

describe('selectors', () => {
  const group = { attributes: { cgroups: [{ hierarchy: 0, controllers: [], path: '/a/b' }] } };
  const tasks = [
    init,
    task(2, { comm: 'redis-server' }),
    task(3, { comm: 'wrapped', sid: 2, pgid: 3, ...(group as unknown as Partial<SnapshotTask>) }),
  ];
  const processes = [processOf(1), processOf(2), processOf(3, { cmdline: ['/usr/bin/editor', 'x'] })];
  const named = (...selectors: string[]) =>
    choose(tasks, selectors, { processes }).map(([pid, reason]) => `${pid} ${reason}`);

  test('all, and none at all: every process but PID 1', () => {
    expect(named()).toEqual(['2 selected', '3 selected']);
    expect(named('all')).toEqual(named());
  });

  test('by name, by the name of its program, by PID', () => {
    expect(named('redis-server')).toEqual(['2 selected']);
    expect(named('editor')).toEqual(['2 group', '3 selected']);
    expect(named('3', '2')).toEqual(['2 selected', '3 selected']);
  });

  test('by session, by control group and those below it', () => {
    expect(named('session:2')).toEqual(['2 selected', '3 selected']);
    expect(named('cgroup:/a')).toEqual(['2 group', '3 selected']);
    expect(named('cgroup:/')).toEqual(['2 selected', '3 selected']);
  });

  test('what matches nothing tells what there is', () => {
    expect(() => named('mysqld')).toThrow(AbsentError);
    expect(() => named('mysqld')).toThrow('no process matches mysqld');
    const hint = (selector: string) => {
      try {
        named(selector);
      } catch (error) {
        return (error as AbsentError).hint;
      }
      return undefined;
    };
    expect(hint('mysqld')).toBe('There are: redis-server, wrapped.');
    expect(hint('99')).toBe('There are: 2 (redis-server), 3 (wrapped).');
    expect(hint('session:99')).toBe('There are: session:2.');
    expect(hint('init')).toContain('init of its own');
  });

  test('what is none is wrong usage', () => {
    for (const wrong of ['', 'session:x', 'cgroup:a']) expect(() => named(wrong)).toThrow(UsageError);
  });
});

describe('with a process come', () => {
  test('its descendants, parents first, wherever they stand', () => {
    const tasks = [init, task(5, { ppid: 9 }), task(9, { children: [5, 7] }), task(7, { ppid: 9 })];
    expect(choose(tasks, ['9'])).toEqual([
      [9, 'selected', null],
      [5, 'descendant', 9],
      [7, 'descendant', 9],
    ]);
  });

  test('parents that are their own children end the walk', () => {
    const tasks = [init, task(5, { ppid: 9, children: [9] }), task(9, { ppid: 5, children: [5] })];
    expect(
      choose(tasks, ['9'])
        .map(([pid]) => pid)
        .sort(),
    ).toEqual([5, 9]);
  });

  test('those that share memory, descriptors, an open file description', () => {
    const shared = (rest: Partial<SnapshotTask>) => [init, task(2, rest), task(3, rest)];
    expect(choose(shared({ mm: '0xa' }), ['2'])).toContainEqual([3, 'memory', 2]);
    expect(choose(shared({ filesTable: '0xf' }), ['2'])).toContainEqual([3, 'files', 2]);
    const files = withFiles([{ address: '0xa' }], { '0xf2': ['0xa'], '0xf3': ['0xa'] });
    expect(choose(two, ['2'], files)).toContainEqual([3, 'files', 2]);
  });

  test('not those that merely have the same device from init', () => {
    const files = withFiles([{ address: '0xa', type: 'char' }], { '0xf2': ['0xa'], '0xf3': ['0xa'] });
    expect(choose(two, ['2'], files)).toEqual([[2, 'selected', null]]);
  });

  test('the other end of a pipe, of a pty, of a unix socket', () => {
    const ends = [
      { address: '0xa', object: '0x1' },
      { address: '0xb', object: '0x2' },
    ];
    const held = { '0xf2': ['0xa'], '0xf3': ['0xb'] };
    const pipe = {
      ...withFiles(
        ends.map((end) => ({ ...end, object: '0x1' })),
        held,
      ),
      objects: [{ kind: 'pipe', address: '0x1' }],
    };
    expect(choose(two, ['2'], pipe as unknown as Partial<Snapshot>)).toContainEqual([3, 'peer', 2]);
    const pty = {
      ...withFiles(ends, held),
      objects: [
        { kind: 'tty', address: '0x1' },
        { kind: 'tty', address: '0x2' },
      ],
      terminals: [
        { address: '0x1', other: '0x2' },
        { address: '0x2', other: '0x1' },
      ],
    };
    expect(choose(two, ['2'], pty as unknown as Partial<Snapshot>)).toContainEqual([3, 'peer', 2]);
    const sockets = {
      ...withFiles(
        [
          { address: '0xa', type: 'socket', inode: 11 },
          { address: '0xb', type: 'socket', inode: 12 },
        ],
        held,
      ),
      sockets: [
        { address: '0x1', inode: 11, receiveQueue: [], unix: { peer: '0x2' } },
        { address: '0x2', inode: 12, receiveQueue: [], unix: { peer: '0x1' } },
      ],
    };
    expect(choose(two, ['2'], sockets as unknown as Partial<Snapshot>)).toContainEqual([3, 'peer', 2]);
  });

  test('whoever has what is on its way to it in a socket', () => {
    const passed = {
      ...withFiles([{ address: '0xa', type: 'socket', inode: 11 }, { address: '0xb' }], {
        '0xf2': ['0xa'],
        '0xf3': ['0xb'],
      }),
      sockets: [{ address: '0x1', inode: 11, receiveQueue: [{ files: [{ address: '0xb', path: 'f' }] }] }],
    };
    expect(choose(two, ['3'], passed as unknown as Partial<Snapshot>)).toContainEqual([2, 'files', 3]);
  });

  test('leaders of its session and group, and who undoes on the same semaphores', () => {
    const tasks = [init, task(2), task(3, { sid: 2, pgid: 4 }), task(4, { sid: 2 })];
    expect(choose(tasks, ['3'])).toEqual([
      [2, 'group', 3],
      [3, 'selected', null],
      [4, 'group', 3],
    ]);
    const ipc = [{ shm: [], sem: [{ address: '0x5', id: 0, undo: [{ pids: [2] }, { pids: [3] }] }] }];
    expect(choose(two, ['2'], { ipc } as unknown as Partial<Snapshot>)).toContainEqual([3, 'ipc', 2]);
  });
});
