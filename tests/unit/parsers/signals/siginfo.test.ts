import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { layoutOf, readSignalInfo } from '../../../../src/parsers/signals/siginfo.js';
import { codeName, signalName, signalsIn } from '../../../../src/parsers/signals/signal-names.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';
import { declareSignalInfo } from './made-signals.js';

describe('the layout by signal and code', () => {
  test.each([
    [15, 0, 'kill'],
    [9, 0x80, 'kill'],
    [35, -1, 'rt'],
    [10, -6, 'rt'],
    [37, -2, 'timer'],
    [29, -5, 'poll'],
    [29, 1, 'poll'],
    [17, 1, 'child'],
    [17, 7, 'kill'],
    [11, 1, 'fault'],
    [31, 1, 'sys'],
    [40, 3, 'poll'],
    [40, 7, 'kill'],
  ] as const)('signal %i, code %i: %s', (signal, code, layout) => {
    expect(layoutOf(signal, code)).toBe(layout);
  });
});

function read(signal: number, code: number, fill: (made: SyntheticKernel, info: Kva) => void) {
  const made = new SyntheticKernel();
  declareSignalInfo(made);
  const info = made.make('kernel_siginfo', { si_signo: signal, si_code: code });
  fill(made, info);
  return readSignalInfo(made.kernel(), info).info.detail;
}

describe('details', () => {
  const at = (member: string) => `kernel_siginfo._sifields.${member}`;

  test('a child that was killed', () => {
    const detail = read(17, 2, (made, info) => {
      made.set(info, at('_sigchld._pid'), 77);
      made.set(info, at('_sigchld._uid'), 1000);
      made.set(info, at('_sigchld._status'), 9);
      made.set(info, at('_sigchld._utime'), 12);
      made.set(info, at('_sigchld._stime'), 3);
    });
    expect(detail).toEqual({ layout: 'child', pid: 77, uid: 1000, status: 9, utime: 12, stime: 3 });
  });

  test('faults tell more for codes of their own', () => {
    const fill = (made: SyntheticKernel, info: Kva) => {
      made.set(info, at('_sigfault._addr'), 0x7fff_1234_5678n);
      made.set(info, at('_sigfault._addr_bnd._lower'), 0x1000);
      made.set(info, at('_sigfault._addr_bnd._upper'), 0x2000);
    };
    expect(read(11, 1, fill)).toEqual({ layout: 'fault', address: '0x7fff12345678' });
    expect(read(11, 3, fill)).toMatchObject({ lower: '0x1000', upper: '0x2000' });
    const key = (made: SyntheticKernel, info: Kva) => made.set(info, at('_sigfault._addr_pkey._pkey'), 5);
    expect(read(11, 4, key)).toMatchObject({ protectionKey: 5 });
    const lsb = (made: SyntheticKernel, info: Kva) => made.set(info, at('_sigfault._addr_lsb'), 12);
    expect(read(7, 4, lsb)).toMatchObject({ addressLsb: 12 });
  });

  test('a timer, with the times it was late', () => {
    const detail = read(37, -2, (made, info) => {
      made.set(info, at('_timer._tid'), 4);
      made.set(info, at('_timer._overrun'), 6);
      made.set(info, at('_timer._sigval'), 0xdead_beef_0000_0001n);
    });
    expect(detail).toEqual({ layout: 'timer', timer: 4, overrun: 6, value: '0xdeadbeef00000001' });
  });

  test('I/O, negative band and all', () => {
    const detail = read(29, 6, (made, info) => {
      made.set(info, at('_sigpoll._band'), -1n);
      made.set(info, at('_sigpoll._fd'), 9);
    });
    expect(detail).toEqual({ layout: 'poll', band: -1, fd: 9 });
  });

  test('a system call that a filter refused', () => {
    const detail = read(31, 1, (made, info) => {
      made.set(info, at('_sigsys._syscall'), 59);
      made.set(info, at('_sigsys._arch'), 0xc000_003e);
    });
    expect(detail).toEqual({ layout: 'sys', callAddress: '0x0', syscall: 59, arch: 0xc000_003e });
  });
});

test('names as kill -l has them', () => {
  expect([1, 31, 32, 34, 35, 49, 50, 63, 64].map(signalName)).toEqual([
    'SIGHUP',
    'SIGSYS',
    'SIG32',
    'SIGRTMIN',
    'SIGRTMIN+1',
    'SIGRTMIN+15',
    'SIGRTMAX-14',
    'SIGRTMAX-1',
    'SIGRTMAX',
  ]);
  expect([codeName(11, 1), codeName(17, 5), codeName(5, -6), codeName(40, 99)]).toEqual([
    'SEGV_MAPERR',
    'CLD_STOPPED',
    'SI_TKILL',
    '99',
  ]);
  expect(signalsIn('8000000000000201')).toEqual([1, 10, 64]);
});
