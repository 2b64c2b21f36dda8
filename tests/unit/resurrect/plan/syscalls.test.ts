// System calls in progress: the rules of signal(7) and arch_do_signal_or_restart(), call by call.

import { describe, expect, test } from 'vitest';
import type { Hex } from '../../../../src/base/address.js';
import { SYSCALL_ACTION_NAME } from '../../../../src/resurrect/abi/records/threads.js';
import { Planning } from '../../../../src/resurrect/plan/planning.js';
import { SnapshotIndex } from '../../../../src/resurrect/plan/snapshot-index.js';
import { callOutcome } from '../../../../src/resurrect/plan/syscalls/interrupted.js';
import type { Snapshot, SnapshotTask } from '../../../../src/snapshot/snapshot.js';
import { inCall, snapshotOf, systemCall, task, wakeTimer } from './made-snapshot.js';

function outcomeOf(made: Partial<SnapshotTask>, rest: Partial<Snapshot> = {}) {
  const sleeper = task(7, made);
  const planning = new Planning(new SnapshotIndex(snapshotOf([sleeper], rest)), [7]);
  const { syscallAction, ...outcome } = callOutcome(planning, sleeper, 0);
  const refused = planning.refusals.rows.map(({ resource }) => resource);
  return { ...outcome, action: SYSCALL_ACTION_NAME[syscallAction], refused };
}

const asleep = (nr: number, args: readonly Hex[] = []) => ({ thread: inCall(systemCall(nr, args)) });
const MINUS_ONE: Hex = '0xffffffffffffffff';

describe('asleep in a call', () => {
  test.each([
    ['read', 0, 'restart'],
    ['fcntl', 72, 'restart'],
    ['pause', 34, 'restart'],
    ['rt_sigsuspend', 130, 'restart'],
    ['wait4', 61, 'restart'],
    ['msgrcv', 70, 'restart'],
    ['epoll_wait', 232, 'interrupted'],
    ['semtimedop', 220, 'interrupted'],
    ['rt_sigtimedwait', 128, 'interrupted'],
    ['io_getevents', 208, 'interrupted'],
    ['fsync', 74, 'restart'],
    ['statx', 332, 'restart'],
  ])('%s', (_, nr, action) => {
    expect(outcomeOf(asleep(nr))).toMatchObject({ action, syscallNumber: nr, refused: [] });
  });

  test.each([
    ['tcdrain', '0x5409', 'interrupted'],
    ['TCSETSW', '0x5403', 'restart'],
  ] as const)('ioctl: %s', (_, request, action) => {
    expect(outcomeOf(asleep(16, ['0x0', request]))).toMatchObject({ action, refused: [] });
  });

  test('one that no signal reaches, and has effects, is refused and ends with EINTR', () => {
    const rename = 82;
    expect(outcomeOf({ ...asleep(rename), state: 'D' })).toMatchObject({
      ...{ action: 'interrupted', refused: ['call_unknown'] },
    });
  });

  test('select begins again with what time its timer leaves it', () => {
    const queuedTimers = [wakeTimer(7, 9000)];
    const timeout: Hex[] = ['0x1', '0x0', '0x0', '0x0', '0x7ffe0000'];
    const { action, restart, refused } = outcomeOf(asleep(23, timeout), { queuedTimers });
    expect({ action, refused }).toEqual({ action: 'restart_block', refused: [] });
    expect(restart).toMatchObject([{ number: 23, clock: 1, expires: 9000n }]);
  });

  test('select with a timeout and no timer begins again with the whole of it, and says so', () => {
    expect(outcomeOf(asleep(23))).toMatchObject({ action: 'restart', refused: [] });
    const timeout: Hex[] = ['0x1', '0x0', '0x0', '0x0', '0x7ffe0000'];
    expect(outcomeOf(asleep(23, timeout))).toMatchObject({ action: 'restart', refused: ['call_timeout'] });
  });

  test('sleeps go on until the time at which their timer would have fired', () => {
    const queuedTimers = [wakeTimer(7, 9000)];
    const { action, restart } = outcomeOf(asleep(35, ['0x100', '0x200']), { queuedTimers });
    expect(action).toBe('restart_block');
    expect(restart).toEqual([
      { number: 35, clock: 1, expires: 9000n, arg0: 0x100n, arg1: 0x200n, arg2: 0n, arg3: 0n },
    ]);
    // TIMER_ABSTIME needs no more than to be repeated.
    expect(outcomeOf(asleep(230, ['0x0', '0x1']), { queuedTimers }).action).toBe('restart');
  });

  test('a sleep whose timer is gone ends at the moment of death', () => {
    expect(outcomeOf(asleep(35)).restart).toMatchObject([{ clock: 1, expires: 3000n }]);
  });

  test('poll and futex: a restart block where time is limited', () => {
    expect(outcomeOf(asleep(7, ['0x100', '0x1', '0xffffffff'])).action).toBe('restart');
    const queuedTimers = [wakeTimer(7, 9000, 0)];
    expect(outcomeOf(asleep(7, ['0x100', '0x1', '0x64']), { queuedTimers }).action).toBe('restart_block');
    const [wait, waitBitset, lockPi] = ['0x80', '0x189', '0x86'] as const;
    expect(outcomeOf(asleep(202, ['0x100', wait])).action).toBe('restart');
    expect(outcomeOf(asleep(202, ['0x100', lockPi, '0x0', '0x500'])).action).toBe('restart');
    const timed = outcomeOf(asleep(202, ['0x100', waitBitset, '0x3', '0x500']), { queuedTimers });
    expect(timed.restart).toMatchObject([{ number: 202, clock: 0, expires: 9000n, arg2: 3n }]);
  });

  test('a socket with a timeout gives EINTR, one without begins again', () => {
    const options = { receiveTimeout: 0, sendTimeout: 0 };
    const world = (receiveTimeout: number) =>
      ({
        fileTables: [{ address: '0xf', descriptors: [{ fd: 5, closeOnExec: false, file: '0xa' }] }],
        files: [{ address: '0xa', type: 'socket', inode: 99, object: null, inodeAddress: null }],
        sockets: [{ address: '0xb', inode: 99, receiveQueue: [], options: { ...options, receiveTimeout } }],
      }) as unknown as Partial<Snapshot>;
    const receiving = { ...asleep(45, ['0x5']), filesTable: '0xf' as Hex };
    expect(outcomeOf(receiving, world(0)).action).toBe('restart');
    expect(outcomeOf(receiving, world(1_000_000)).action).toBe('interrupted');
    // Its other timeout is for sending.
    expect(outcomeOf({ ...asleep(44, ['0x5']), filesTable: '0xf' }, world(1)).action).toBe('restart');
  });

  test('vfork has its result, and its parent must not run: refused', () => {
    expect(outcomeOf({ ...asleep(58), children: [8, 9], state: 'D' })).toMatchObject({
      ...{ action: 'complete', syscallResult: 9n, refused: ['vfork'] },
    });
  });
});

describe('a call that goes on already', () => {
  const resumed = (restart: NonNullable<SnapshotTask['thread']>['restart'], args: readonly Hex[] = []) => ({
    thread: { ...inCall(systemCall(219, args)), restart },
  });

  test('nanosleep', () => {
    const state = {
      'nanosleep.clockid': MINUS_ONE,
      'nanosleep.rmtp': '0x0',
      'nanosleep.expires': '0x1234',
    } as const;
    const { action, restart } = outcomeOf(resumed({ fn: 'hrtimer_nanosleep_restart', state }));
    expect(action).toBe('restart_block');
    expect(restart).toMatchObject([{ number: 230, clock: -1, expires: 0x1234n, arg0: BigInt(MINUS_ONE) }]);
  });

  test('poll, in both layouts of its end', () => {
    const common = { 'poll.ufds': '0x100', 'poll.nfds': '0x2', 'poll.has_timeout': '0x1' } as const;
    const old = { ...common, 'poll.tv_sec': '0x2', 'poll.tv_nsec': '0x5' } as const;
    const now = { ...common, 'poll.end_time.tv_sec': '0x2', 'poll.end_time.tv_nsec': '0x5' } as const;
    for (const state of [old, now]) {
      const { restart } = outcomeOf(resumed({ fn: 'do_restart_poll', state }));
      expect(restart).toMatchObject([{ number: 7, expires: 2_000_000_005n, arg0: 0x100n, arg1: 2n }]);
    }
  });

  test('futex, whose block is cleared: by its registers and timer', () => {
    const args: Hex[] = ['0x100', '0x80', '0x3', '0x500'];
    const { restart } = outcomeOf(resumed(null, args), { queuedTimers: [wakeTimer(7, 9000)] });
    expect(restart).toMatchObject([{ number: 202, clock: 1, expires: 9000n, arg0: 0x100n, arg2: 3n }]);
    expect(outcomeOf(resumed(null, args)).action).toBe('interrupted');
  });
});

describe('a call that has ended', () => {
  test('with a result, or an error of its own', () => {
    const ended = (ax: Hex) => outcomeOf({ thread: inCall(systemCall(234), ax) });
    expect(ended('0x0')).toMatchObject({ action: 'complete', syscallResult: 0n });
    expect(ended('0xfffffffffffffff2')).toMatchObject({ action: 'complete', syscallResult: -14n });
  });

  test.each([
    ['ERESTARTSYS', '0xfffffffffffffe00', 'restart'],
    ['ERESTARTNOINTR', '0xfffffffffffffdff', 'restart'],
    ['ERESTARTNOHAND', '0xfffffffffffffdfe', 'restart'],
  ])('with %s', (_, ax, action) => {
    expect(outcomeOf({ thread: inCall(systemCall(0), ax as Hex) }).action).toBe(action);
  });

  test('with ERESTART_RESTARTBLOCK', () => {
    const state = { 'nanosleep.clockid': '0x1', 'nanosleep.expires': '0x99' } as const;
    const thread = inCall(systemCall(35), '0xfffffffffffffdfc');
    const restart = { fn: 'hrtimer_nanosleep_restart', state };
    const outcome = outcomeOf({ thread: { ...thread, restart } });
    expect(outcome).toMatchObject({ action: 'restart_block', restart: [{ number: 230, expires: 0x99n }] });
  });

  test('none at all: an interrupt in user mode', () => {
    expect(outcomeOf({ thread: inCall(systemCall(-1)) })).toMatchObject({
      action: 'none',
      syscallNumber: -1,
    });
  });
});

test('what was running in a call that writes may have written', () => {
  expect(outcomeOf({ ...asleep(1), state: 'R' })).toMatchObject({
    ...{ action: 'interrupted', refused: ['call_unknown'] },
  });
  expect(outcomeOf({ ...asleep(0), state: 'R' })).toMatchObject({ action: 'restart', refused: [] });
});

test('what was running in a call that only asks asks again', () => {
  for (const nr of [110, 39, 228])
    expect(outcomeOf({ ...asleep(nr), state: 'R' })).toMatchObject({ action: 'restart', refused: [] });
});

test('a call of 32-bit code is ended, and refused', () => {
  const call = { ...systemCall(3), abi: 'ia32' } as const;
  expect(outcomeOf({ thread: inCall(call) })).toMatchObject({
    ...{ action: 'interrupted', refused: ['foreign_call'] },
  });
});
