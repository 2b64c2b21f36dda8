import { describe, expect, test } from 'vitest';
import {
  eventfdInfo,
  readEventfd,
  readSignalfd,
  readTimerfd,
  semaphoreShown,
  signalfdInfo,
  timerfdInfo,
} from '../../../../src/parsers/descriptors/events.js';
import { MadeDescriptors } from './made-descriptors.js';

describe('an eventfd', () => {
  function read(flags: number, ...texts: string[]) {
    const made = new MadeDescriptors();
    made.types.struct('eventfd_ctx', { count: 'u64', flags: 'u32', id: 'i32' });
    made.constants(...texts);
    const private_data = made.make('eventfd_ctx', { count: 0xffff_ffff_ffff_fffen, flags, id: 3 });
    const opened = made.open({ private_data });
    return [...eventfdInfo(readEventfd(opened), opened.kernel.trait(semaphoreShown))];
  }

  test('counts up to 2^64', () => {
    expect(read(1)).toEqual(['eventfd-count: fffffffffffffffe', 'eventfd-id: 3']);
  });

  test('says whether it is a semaphore where the kernel’s text has that', () => {
    expect(read(1, 'eventfd-semaphore: %d\n').at(-1)).toBe('eventfd-semaphore: 1');
    expect(read(0, 'eventfd-semaphore: %d\n').at(-1)).toBe('eventfd-semaphore: 0');
  });
});

describe('a timerfd', () => {
  function read(clockid: number, expires: bigint, alarm = 0n) {
    const made = new MadeDescriptors();
    made.types
      .struct('node', { expires: 'i64' })
      .struct('hrtimer', { node: 'node' })
      .struct('alarm', { before: 'u64', node: 'node' })
      .struct('timers', { tmr: '@0 hrtimer', alarm: '@0 alarm' })
      .struct('timerfd_ctx', {
        t: 'timers',
        tintv: 'i64',
        ticks: 'u64',
        clockid: 'i32',
        expired: 'u16',
        settime_flags: 'u16',
      });
    const values = { clockid, tintv: 3_000_000_007n, ticks: 2, settime_flags: 3 };
    const private_data = made.make('timerfd_ctx', { ...values, 't.tmr.node.expires': expires });
    if (alarm > 0n) made.set(private_data, 'timerfd_ctx.t.alarm.node.expires', alarm);
    return readTimerfd(made.open({ private_data }));
  }

  test.each([
    [0, 1_001_000_000_005n],
    [1, 91_000_000_005n],
    [7, 101_000_000_005n],
  ])('of clock %i', (clock, expires) => {
    expect([...timerfdInfo(read(clock, expires))]).toEqual([
      `clockid: ${clock}`,
      'ticks: 2',
      'settime flags: 03',
      'it_value: (1, 5)',
      'it_interval: (3, 7)',
    ]);
  });

  test('that is an alarm has its time elsewhere', () => {
    expect(read(9, 0n, 100_000_000_001n).remaining).toBe(1);
  });

  test('that has expired, or never ran, has nothing left', () => {
    expect([read(1, 1n).remaining, read(1, 0n).remaining]).toEqual([0, 0]);
  });
});

test('a signalfd keeps what it does not take', () => {
  const made = new MadeDescriptors();
  made.types.struct('signalfd_ctx', { sigmask: 'u64' });
  const private_data = made.make('signalfd_ctx', { sigmask: ~0x10200n });
  const detail = readSignalfd(made.open({ private_data }));
  expect(detail.mask).toBe('0x10200');
  expect([...signalfdInfo(detail)]).toEqual(['sigmask:\t0000000000010200']);
});
