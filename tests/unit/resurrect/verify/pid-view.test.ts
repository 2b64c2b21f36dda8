// What a pid namespace sees of a made snapshot: everything in it that is a number of a process.
import { describe, expect, test } from 'vitest';
import { worlds } from '../../../../src/resurrect/verify/choose-world.js';
import { seenFrom } from '../../../../src/resurrect/verify/pid-view.js';
import type { Snapshot, SnapshotTask } from '../../../../src/snapshot/snapshot.js';
import type { NamespaceIds } from '../../../../src/snapshot/task.js';
import { processOf, snapshotOf, task } from '../plan/made-snapshot.js';

const [OUTER, INNER] = [0xeffffffc, 4026532300];

function ids(outer: readonly number[], inner?: readonly number[]): NamespaceIds[] {
  return [outer, inner]
    .filter((each) => each !== undefined)
    .map(([tid = 0, tgid = 0, pgid = 0, sid = 0], level) => ({
      ...{ level, ns: level === 0 ? OUTER : INNER },
      ...{ tid, tgid, pgid, sid },
    }));
}

const OFFSETS = { timeOffsets: { monotonic: 1_000_000_000_000, boottime: -1000 } };

function member(pid: number, inside: readonly number[], rest: Partial<SnapshotTask> = {}): SnapshotTask {
  const made = task(pid);
  const namespaces = { ...made.attributes?.namespaces, ...OFFSETS };
  const attributes = { ...made.attributes, namespaces } as SnapshotTask['attributes'];
  return { ...made, tpgid: -1, attributes, ids: ids([pid, pid, pid, 640], inside), ...rest };
}

/** The executor (700) and three of its processes; 703 is a thread of 702; their session's leader, 640, has ended. */
const made = (): Snapshot => {
  const session = { pgid: 640, sid: 640 };
  return snapshotOf(
    [
      task(1, { ids: ids([1, 1, 1, 1]), comm: 'init', children: [700] }),
      member(700, [1, 1, 0, 0], {
        ids: ids([700, 700, 1, 1], [1, 1, 0, 0]),
        comm: 'resurrect',
        ppid: 1,
        children: [702, 704],
      }),
      member(702, [100, 100, 90, 90], {
        comm: 'shell',
        ppid: 700,
        tracerPid: 704,
        tpgid: 640,
        ...session,
        ids: ids([702, 702, 640, 640], [100, 100, 90, 90]),
      }),
      member(703, [105, 100, 90, 90], {
        comm: 'helper',
        pid: 702,
        leader: false,
        ppid: 700,
        ids: ids([703, 702, 640, 640], [105, 100, 90, 90]),
      }),
      member(704, [101, 101, 101, 90], { comm: 'job', ppid: 700, tpgid: -1 }),
      task(800, { ids: ids([800, 800, 800, 800]), comm: 'shell' }),
    ],
    {
      processes: [
        processOf(1),
        processOf(700),
        processOf(702, {
          threads: [702, 703],
          signals: { pid: 702, threads: [{ tid: 702 }, { tid: 703 }] },
          timers: {
            pid: 702,
            posix: [
              { target: 703, cpuClockOf: 704 },
              { target: 999, cpuClockOf: null },
            ],
          },
        } as never),
        processOf(704),
        processOf(800),
      ],
      files: [
        { owner: { kind: 'group', pid: 640, signal: 0 } },
        { owner: { kind: 'process', pid: 800, signal: 9 } },
        { owner: null },
      ] as never,
      objects: [
        { kind: 'pidfd', pids: [704, 101] },
        { kind: 'pidfd', pids: [800] },
        { kind: 'epoll' },
      ] as never,
      locks: [
        { pid: 704, waiters: [{ pid: 702, waiters: [] }] },
        { pid: -1, waiters: [] },
      ] as never,
      ipc: [
        {
          shm: [{ creatorPid: 702, lastPid: 800 }],
          sem: [{ semaphores: [{ pid: 704 }], undo: [{ pids: [702, 704] }] }],
          msg: [{ lastSender: 704, lastReceiver: 0 }],
          mqueue: [{ notify: { pid: 702 } }, { notify: null }],
        },
      ] as never,
      sockets: [
        {
          unix: { peerPid: 704 },
          receiveQueue: [{ credentials: { pid: 702, uid: 5 } }, { credentials: null }],
        },
        { unix: null, receiveQueue: [] },
      ] as never,
      terminals: [
        { session: 640, foreground: 704 },
        { session: 800, foreground: -1 },
      ] as never,
      queuedTimers: [
        { tid: 703, clock: 1, softExpires: 4000, expires: 5000 },
        { tid: 704, clock: 7, softExpires: 4000, expires: 5000 },
        { tid: null, clock: 0, softExpires: 4000, expires: 5000 },
      ] as never,
    },
  );
};

describe('seen from the namespace of the resurrected', () => {
  const view = seenFrom(made(), INNER);

  test('processes have the numbers that they have there, and others are not there', () => {
    const told = view.tasks.map(({ tid, pid, ppid, pgid, sid, tracerPid, tpgid, children }) => [
      ...[tid, pid, ppid, pgid, sid, tracerPid, tpgid],
      children,
    ]);
    expect(told).toEqual([
      [1, 1, 0, 0, 0, 0, -1, [100, 101]],
      [100, 100, 1, 90, 90, 101, 90, []],
      [105, 100, 1, 90, 90, 0, -1, []],
      [101, 101, 1, 101, 90, 0, -1, []],
    ]);
    expect(view.tasks.map((each) => each.ids.map(({ level, ns }) => [level, ns]))).toEqual(
      Array(4).fill([[0, INNER]]),
    );
    expect(view.processes.map(({ pid, threads }) => [pid, threads])).toEqual([
      [1, [1]],
      [100, [100, 105]],
      [101, [101]],
    ]);
  });

  test('and so has all that tells of them', () => {
    const [, shell] = view.processes;
    expect(shell?.signals).toEqual({ pid: 100, threads: [{ tid: 100 }, { tid: 105 }] });
    expect(shell?.timers).toEqual({
      pid: 100,
      posix: [
        { target: 105, cpuClockOf: 101 },
        { target: 0, cpuClockOf: null },
      ],
    });
    expect(view.files.map(({ owner }) => owner?.pid)).toEqual([90, 0, undefined]);
    expect(view.objects.map((object) => ('pids' in object ? object.pids : null))).toEqual([[101], [], null]);
    expect(view.locks).toEqual([
      { pid: 101, waiters: [{ pid: 100, waiters: [] }] },
      { pid: -1, waiters: [] },
    ]);
    expect(view.ipc).toEqual([
      {
        shm: [{ creatorPid: 100, lastPid: 0 }],
        sem: [{ semaphores: [{ pid: 101 }], undo: [{ pids: [100, 101] }] }],
        msg: [{ lastSender: 101, lastReceiver: 0 }],
        mqueue: [{ notify: { pid: 100 } }, { notify: null }],
      },
    ]);
    expect(view.sockets[0]).toEqual({
      unix: { peerPid: 101 },
      receiveQueue: [{ credentials: { pid: 100, uid: 5 } }, { credentials: null }],
    });
    expect(view.terminals).toEqual([
      { session: 90, foreground: 101 },
      { session: 0, foreground: -1 },
    ]);
    expect(view.queuedTimers).toEqual([
      { tid: 105, clock: 1, softExpires: 1_000_000_004_000, expires: 1_000_000_005_000 },
      { tid: 101, clock: 7, softExpires: 3000, expires: 4000 },
      { tid: null, clock: 0, softExpires: 4000, expires: 5000 },
    ]);
  });

  test('clocks are those of its time namespace', () => {
    expect(view.system.clock).toMatchObject({
      realtimeNs: 5000,
      monotonicNs: 1_000_000_003_000,
      boottimeNs: 3000,
    });
  });

  test('and so are the ends of sleeps that go on', () => {
    const block = (fn: string, state: Record<string, bigint>) => ({
      fn,
      state: Object.fromEntries(
        Object.entries(state).map(([name, value]) => [name, `0x${value.toString(16)}`]),
      ),
    });
    const seen = (fn: string, state: Record<string, bigint>) => {
      const snapshot = made();
      const tasks = snapshot.tasks.map((each) =>
        each.pid === 704 ? { ...each, thread: { ...each.thread, restart: block(fn, state) } } : each,
      );
      const view = seenFrom({ ...snapshot, tasks } as Snapshot, INNER);
      return view.tasks.find(({ pid }) => pid === 101)?.thread?.restart;
    };
    const nap = (clockid: bigint, expires: bigint): [string, Record<string, bigint>] => [
      'hrtimer_nanosleep_restart',
      { 'nanosleep.clockid': clockid, 'nanosleep.expires': expires },
    ];
    expect(seen(...nap(1n, 7n))).toEqual(block(...nap(1n, 1_000_000_000_007n)));
    expect(seen(...nap(7n, 1007n))).toEqual(block(...nap(7n, 7n)));
    expect(seen(...nap(0n, 7n))).toEqual(block(...nap(0n, 7n)));
    for (const prefix of ['poll.', 'poll.end_time.']) {
      const poll = (has: bigint, tv_sec: bigint, tv_nsec: bigint): [string, Record<string, bigint>] => [
        'do_restart_poll',
        { 'poll.has_timeout': has, [`${prefix}tv_sec`]: tv_sec, [`${prefix}tv_nsec`]: tv_nsec },
      ];
      expect(seen(...poll(1n, 3n, 5n))).toEqual(block(...poll(1n, 1003n, 5n)));
      expect(seen(...poll(0n, 3n, 5n))).toEqual(block(...poll(0n, 3n, 5n)));
    }
    expect(seen('futex_wait_restart', { 'futex.time': 7n })).toEqual(
      block('futex_wait_restart', { 'futex.time': 7n }),
    );
  });

  test('parts that nobody asks for are not made', () => {
    const snapshot = made();
    Object.defineProperty(snapshot, 'sockets', {
      get: () => {
        throw new Error('read');
      },
    });
    const lazy = seenFrom(snapshot, INNER);
    expect(lazy.tasks).toHaveLength(4);
    expect(() => lazy.sockets).toThrow('read');
    expect(lazy.tasks).toBe(lazy.tasks);
  });
});

describe('the namespace of the resurrected', () => {
  const process = (pid: number, name: string) => ({ pid, name }) as never;

  test('is where most of the plan are found, by PID and name', () => {
    const plan = { process: [process(100, 'shell'), process(101, 'job'), process(800, 'shell')] };
    const initial = { namespace: OUTER, level: 0, init: { pid: 1, name: 'init' }, found: 1 };
    expect(worlds(made(), plan)).toEqual([
      { namespace: INNER, level: 1, init: { pid: 700, name: 'resurrect' }, found: 2 },
      initial,
    ]);
    // A dump held against a plan of its own.
    expect(worlds(made(), { process: [process(800, 'shell')] })[0]).toEqual(initial);
    expect(worlds(made(), { process: [process(101, 'shell')] })[0]?.namespace).toBe(OUTER);
  });
});
