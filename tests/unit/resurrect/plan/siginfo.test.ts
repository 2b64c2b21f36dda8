// siginfo_t's layouts, against offsets counted off include/uapi/asm-generic/siginfo.h by hand.

import { expect, test } from 'vitest';
import { plannedPending } from '../../../../src/resurrect/plan/signals/pending.js';
import { siginfoBytes } from '../../../../src/resurrect/plan/signals/siginfo.js';
import type { SignalDetail } from '../../../../src/snapshot/signals.js';

function view(signal: number, code: number, detail: SignalDetail): DataView {
  const bytes = siginfoBytes(signal, { code, codeName: '', errno: 3, detail });
  expect(bytes.length).toBe(128);
  const data = new DataView(bytes.buffer);
  expect([data.getInt32(0, true), data.getInt32(4, true), data.getInt32(8, true)]).toEqual([signal, 3, code]);
  return data;
}

test('kill and rt: sender, and the value behind', () => {
  const kill = view(15, 0, { layout: 'kill', pid: 77, uid: 1000 });
  expect([kill.getInt32(16, true), kill.getUint32(20, true)]).toEqual([77, 1000]);
  const rt = view(34, -1, { layout: 'rt', pid: 77, uid: 4294967295, value: '0xdeadbeefcafe' });
  expect([rt.getInt32(16, true), rt.getUint32(20, true)]).toEqual([77, 4294967295]);
  expect(rt.getBigUint64(24, true)).toBe(0xdead_beef_cafen);
});

test('timer, poll, sys', () => {
  const timer = view(14, -2, { layout: 'timer', timer: 5, overrun: 9, value: '0x42' });
  expect([timer.getInt32(16, true), timer.getInt32(20, true)]).toEqual([5, 9]);
  expect(timer.getBigUint64(24, true)).toBe(0x42n);
  const poll = view(29, 1, { layout: 'poll', band: -1, fd: 8 });
  expect([poll.getBigInt64(16, true), poll.getInt32(24, true)]).toEqual([-1n, 8]);
  const sys = view(31, 1, { layout: 'sys', callAddress: '0x401000', syscall: 39, arch: 0xc000003e });
  expect(sys.getBigUint64(16, true)).toBe(0x40_1000n);
  expect([sys.getInt32(24, true), sys.getUint32(28, true)]).toEqual([39, 0xc000003e]);
});

test('child: times at their alignment', () => {
  const data = view(17, 1, {
    layout: 'child',
    pid: 5,
    uid: 6,
    status: -7,
    utime: 8,
    stime: '9007199254740993',
  });
  expect([data.getInt32(16, true), data.getInt32(20, true), data.getInt32(24, true)]).toEqual([5, 6, -7]);
  expect([data.getBigInt64(32, true), data.getBigInt64(40, true)]).toEqual([8n, 9007199254740993n]);
});

test('fault: what stands behind the address is decided by the code', () => {
  const fault = {
    layout: 'fault',
    address: '0x7fff0000',
    lower: '0x10',
    upper: '0x20',
    protectionKey: 3,
  } as const;
  const plain = view(11, 1, fault);
  expect(plain.getBigUint64(16, true)).toBe(0x7fff_0000n);
  expect([plain.getBigUint64(24, true), plain.getBigUint64(32, true), plain.getBigUint64(40, true)]).toEqual([
    0n,
    0n,
    0n,
  ]);
  const bounds = view(11, 3, fault);
  expect([bounds.getBigUint64(32, true), bounds.getBigUint64(40, true)]).toEqual([0x10n, 0x20n]);
  expect(view(11, 4, fault).getUint32(32, true)).toBe(3);
  expect(view(7, 4, { ...fault, addressLsb: 12 }).getInt16(24, true)).toBe(12);
  const perf = view(5, 6, { ...fault, perf: { data: '0x99', type: 4, flags: 1 } });
  expect([perf.getBigUint64(24, true), perf.getUint32(32, true), perf.getUint32(36, true)]).toEqual([
    0x99n,
    4,
    1,
  ]);
});

test('signals that are set without an entry in the queue wait too', () => {
  const info = { code: 0, codeName: '', errno: 0, detail: { layout: 'kill', pid: 1, uid: 0 } } as const;
  const queue = [{ signal: 34, info, ofTimer: true }];
  const pending = plannedPending({ set: '0000000200000200', queue });
  expect(pending.map(({ signal, ofTimer, info: bytes }) => [signal, ofTimer, bytes.length])).toEqual([
    [34, 1, 128],
    [10, 0, 0],
  ]);
});
