import { expect, test } from 'vitest';
import { pendingText, signalNames } from '../../../../src/cli/render/signal.js';
import { expiryText, nanoseconds, posixTimerText } from '../../../../src/cli/render/timer.js';

test('sets of signals, the large ones by what they lack', () => {
  expect(signalNames('0000000000000000')).toBe('');
  expect(signalNames('0000000400004000')).toBe('SIGTERM SIGRTMIN+1');
  expect(signalNames('fffffffffffbfeff')).toBe('all but SIGKILL SIGSTOP');
  expect(signalNames('ffffffffffffffff')).toBe('all');
});

test('pending signals', () => {
  const info = {
    code: 0,
    codeName: 'SI_USER',
    errno: 0,
    detail: { layout: 'kill', pid: 7, uid: 1000 },
  } as const;
  expect(pendingText({ signal: 15, info, ofTimer: false })).toBe('SIGTERM SI_USER from pid 7, uid 1000');
  expect(pendingText({ signal: 9, info: null, ofTimer: false })).toBe(
    'SIGKILL (nothing more was kept of it)',
  );
});

test('times left', () => {
  expect([1_500_000_000, 2_500_000, 700, -5_000_000].map(nanoseconds)).toEqual([
    '1.5 s',
    '2.5 ms',
    '0.7 us',
    '-5.0 ms',
  ]);
  expect(expiryText({ expires: 5, remaining: -2_000_000 })).toBe('overdue by 2.0 ms');
  expect(expiryText({ expires: 5, remaining: null })).toBe('at 5 ns');
});

test('a POSIX timer of CPU time', () => {
  const text = posixTimerText({
    id: 0,
    clock: -6,
    cpuClockOf: 12,
    signal: 14,
    value: '0x1',
    notify: 'signal',
    toThread: true,
    target: 13,
    next: { expires: 9, remaining: 3_000_000_000 },
    interval: 0,
    signalPending: true,
    overrun: -1,
    overrunLast: 2,
    address: '0xffff888000000000',
  });
  expect(text).toBe('CPU time of 12 in 3.0 s, once; SIGALRM 0x1 to thread 13, its signal waits, overrun 2');
});
