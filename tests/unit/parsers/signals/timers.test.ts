import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readPosixTimer, timersText } from '../../../../src/parsers/signals/posix-timer.js';
import { timerList, timerSignal, timerState } from '../../../../src/parsers/signals/posix-timer-eras.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';
import { declareSignalInfo } from './made-signals.js';

type Era = '5.10' | '7.2';
const NS = 1_000_000_000;
const PROCESS = { user: 5_000_000_000n, system: 1_000_000_000n, runTime: 6_500_000_000n };

/** Timers in the layout of the oldest and the newest kernel that are read. */
function made(era: Era) {
  const kernel = new SyntheticKernel();
  declareSignalInfo(kernel);
  const isNew = era === '7.2';
  kernel.types
    .struct('hlist_head', { first: 'ptr' })
    .struct('hlist_node', { next: 'ptr', pprev: 'ptr' })
    .struct('rb_node', { __rb_parent_color: 'u64', rb_right: 'ptr', rb_left: 'ptr' })
    .struct('upid', { nr: 'i32', ns: 'ptr' })
    .struct('pid', { level: 'u32', tasks: 'hlist_head[4]', numbers: 'upid[1]' })
    .struct('timerqueue_node', { node: 'rb_node', expires: 'i64' })
    .struct('hrtimer_clock_base', { clockid: 'i32', index: 'u32', offset: 'i64', active: 'u64' })
    .struct('hrtimer', {
      node: 'timerqueue_node',
      base: 'ptr',
      _softexpires: 'i64',
      ...(isNew ? { is_queued: 'bool' } : { state: 'u8' }),
    })
    .struct('it_real', { timer: 'hrtimer' })
    .struct('it_cpu', { node: 'timerqueue_node', pid: 'ptr' })
    .struct('it_union', { real: '@0 it_real', cpu: '@0 it_cpu' })
    .struct('signal_struct', { before: 'u64', posix_timers: isNew ? 'hlist_head' : 'list_head' })
    .struct('k_itimer', {
      list: isNew ? 'hlist_node' : 'list_head',
      it_id: 'i32',
      it_clock: 'i32',
      it_sigev_notify: 'i32',
      it_interval: 'i64',
      it_overrun: 'i64',
      it_overrun_last: 'i64',
      it_signal: 'ptr',
      it_pid: 'ptr',
      ...(isNew
        ? { it_status: 'i32', sigq: 'sigqueue' }
        : { it_active: 'i32', it_requeue_pending: 'i32', sigq: 'ptr' }),
      it: 'it_union',
    });
  const target = kernel.make('pid', { 'numbers.nr': 77 });
  const signal = (timer: Kva) => {
    const queue = isNew ? timer : kernel.make('sigqueue', { 'info.si_signo': 37 });
    const value = 0xabcdn;
    if (isNew) {
      kernel.set(timer, 'k_itimer.sigq.info.si_signo', 37);
      kernel.set(timer, 'k_itimer.sigq.info._sifields._rt._sigval', value);
      return;
    }
    kernel.set(queue, 'sigqueue.info._sifields._rt._sigval', value);
    kernel.set(timer, 'k_itimer.sigq', queue);
  };
  const timer = (values: Readonly<Record<string, number | bigint>>): Kva => {
    const found = kernel.make('k_itimer', { it_pid: target, it_overrun: -1n, ...values });
    signal(found);
    return found;
  };
  return { kernel, timer };
}

describe.each(['5.10', '7.2'] as const)('a timer of %s', (era) => {
  const armed = era === '7.2' ? { it_status: 1 } : { it_active: 1 };
  const pending = era === '7.2' ? { it_status: 2 } : { it_active: 1, it_requeue_pending: 5 };

  test('that is armed has time left, on its own clock', () => {
    const { kernel, timer } = made(era);
    const base = kernel.make('hrtimer_clock_base', { offset: 1000 * NS });
    const found = timer({
      ...armed,
      it_clock: 0,
      it_interval: 7,
      'it.real.timer.base': base,
      'it.real.timer.node.expires': 1063 * NS,
    });
    const read = readPosixTimer(kernel.kernel(), found, { now: BigInt(60 * NS), process: PROCESS });
    expect(read).toMatchObject({
      signal: 37,
      value: '0xabcd',
      target: 77,
      toThread: false,
      next: { expires: 1063 * NS, remaining: 3 * NS },
      interval: 7,
      signalPending: false,
      cpuClockOf: null,
    });
    const unknown = readPosixTimer(kernel.kernel(), found, { now: null, process: PROCESS });
    expect(unknown.next?.remaining).toBeNull();
  });

  test('that is not armed, one that tells nobody, and one whose signal waits', () => {
    const { kernel, timer } = made(era);
    const idle = timer({ it_clock: 1 });
    const silent = timer({ it_clock: 1, it_sigev_notify: 1, 'it.real.timer.node.expires': 9 });
    const waits = timer({ ...pending, it_clock: 1, 'it.real.timer.node.expires': 5 });
    const read = (each: Kva) => readPosixTimer(kernel.kernel(), each, { now: 0n, process: PROCESS });
    expect(read(idle)).toMatchObject({ next: null, signalPending: false });
    expect(read(silent)).toMatchObject({ next: { expires: 9 }, signalPending: false });
    expect(read(waits)).toMatchObject({ next: { expires: 5 }, signalPending: true });
  });

  test('of CPU time counts what the process has used', () => {
    const { kernel, timer } = made(era);
    const cpu = (clock: number, expires: number) =>
      readPosixTimer(kernel.kernel(), timer({ it_clock: clock, 'it.cpu.node.expires': expires }), {
        now: 0n,
        process: PROCESS,
      });
    expect(cpu(-6, 10 * NS).next).toEqual({ expires: 10 * NS, remaining: 3.5 * NS });
    expect(cpu(-7, 10 * NS).next?.remaining).toBe(5 * NS);
    expect(cpu(-8, 10 * NS).next?.remaining).toBe(4 * NS);
    expect(cpu(-6, 0).next).toBeNull();
  });

  test('is found on its list, the youngest first', () => {
    const { kernel, timer } = made(era);
    const signal = kernel.make('signal_struct');
    const [a, b] = [timer({ it_id: 0 }), timer({ it_id: 1 })];
    const head = (signal + 8) as Kva;
    if (era === '7.2') {
      kernel.set(head, 'hlist_head.first', b);
      kernel.set(b, 'k_itimer.list.next', a);
    } else {
      kernel.list(head, [b, a]);
    }
    const read = kernel.kernel();
    const found: number[] = [];
    read.trait(timerList)(read, signal, (each) => found.push(each));
    expect(found).toEqual([b, a]);
    expect(read.faults.count).toBe(0);
  });
});

test('eras are told by members', () => {
  const names = (era: Era) => {
    const kernel = made(era).kernel.kernel();
    return [kernel.era(timerList).name, kernel.era(timerSignal).name, kernel.era(timerState).name];
  };
  expect(names('5.10')).toEqual(['list', 'allocated', 'it_active']);
  expect(names('7.2')).toEqual(['hlist', 'embedded', 'it_status']);
});

test('as /proc/PID/timers, to a thread and to nobody', () => {
  const { kernel, timer } = made('7.2');
  const read = (values: Readonly<Record<string, number>>) =>
    readPosixTimer(kernel.kernel(), timer(values), { now: 0n, process: PROCESS });
  const text = timersText([
    read({ it_id: 3, it_clock: 1, it_sigev_notify: 4 }),
    read({ it_sigev_notify: 1 }),
  ]);
  expect(text).toBe(
    'ID: 3\nsignal: 37/000000000000abcd\nnotify: signal/tid.77\nClockID: 1\n' +
      'ID: 0\nsignal: 37/000000000000abcd\nnotify: none/pid.77\nClockID: 0\n',
  );
});
