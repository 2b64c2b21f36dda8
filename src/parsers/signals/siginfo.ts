// One kernel_siginfo_t, decoded by its si_code. Mirrors siginfo_layout() in kernel/signal.c.

import type { Hex, Kva } from '../../base/address.js';
import { wide } from '../../snapshot/number.js';
import type { SignalDetail, SignalInfo } from '../../snapshot/signals.js';
import type { Kernel } from '../kernel/kernel.js';
import { codeName, SIGNALS } from './signal-names.js';

const INFO = {
  signal: 'si_signo',
  errno: 'si_errno',
  code: 'si_code',
  pid: '_sifields._kill._pid',
  uid: '_sifields._kill._uid',
  rtValue: '_sifields._rt._sigval',
  timer: '_sifields._timer._tid',
  overrun: '_sifields._timer._overrun',
  timerValue: '_sifields._timer._sigval',
  band: '_sifields._sigpoll._band',
  fd: '_sifields._sigpoll._fd',
  status: '_sifields._sigchld._status',
  utime: '_sifields._sigchld._utime',
  stime: '_sifields._sigchld._stime',
  address: '_sifields._sigfault._addr',
  addressLsb: '_sifields._sigfault._addr_lsb',
  lower: '_sifields._sigfault._addr_bnd._lower',
  upper: '_sifields._sigfault._addr_bnd._upper',
  key: '_sifields._sigfault._addr_pkey._pkey',
  perfData: '_sifields._sigfault._perf._data?',
  perfType: '_sifields._sigfault._perf._type?',
  perfFlags: '_sifields._sigfault._perf._flags?',
  callAddress: '_sifields._sigsys._call_addr',
  syscall: '_sifields._sigsys._syscall',
  arch: '_sifields._sigsys._arch',
} as const;

type Layout = SignalDetail['layout'];

/** SI_USER, SI_KERNEL, SI_TIMER, SI_SIGIO. */
const CODE = { user: 0, kernel: 0x80, timer: -2, sigio: -5 } as const;
/** NSIGPOLL. */
const POLL_CODES = 6;
/** By signal: its layout for codes of its own, and the highest of them (NSIGILL and so on, the newest kernel's). */
const OWN: Readonly<Record<number, readonly [Layout, number]>> = {
  [SIGNALS.ILL]: ['fault', 11],
  [SIGNALS.TRAP]: ['fault', 6],
  [SIGNALS.BUS]: ['fault', 5],
  [SIGNALS.FPE]: ['fault', 15],
  [SIGNALS.SEGV]: ['fault', 10],
  [SIGNALS.CHLD]: ['child', 6],
  [SIGNALS.POLL]: ['poll', POLL_CODES],
  [SIGNALS.SYS]: ['sys', 2],
};
/** BUS_MCEERR_AR and AO; SEGV_BNDERR, SEGV_PKUERR; TRAP_PERF. */
const SPECIAL = { mceFirst: 4, mceLast: 5, bounds: 3, key: 4, perf: 6 } as const;

export function layoutOf(signal: number, code: number): Layout {
  if (code > CODE.user && code < CODE.kernel) {
    const own = OWN[signal];
    if (own !== undefined && code <= own[1]) return own[0];
    return code <= POLL_CODES ? 'poll' : 'kill';
  }
  if (code === CODE.timer) return 'timer';
  if (code === CODE.sigio) return 'poll';
  return code < 0 ? 'rt' : 'kill';
}

/** `info` is the address of a kernel_siginfo. */
export function readSignalInfo(kernel: Kernel, info: Kva): { signal: number; info: SignalInfo } {
  const at = kernel.layout('kernel_siginfo', INFO);
  const { mem } = kernel;
  const [signal, code] = [mem.i32(info, at.signal), mem.i32(info, at.code)];
  const errno = mem.i32(info, at.errno);
  return {
    signal,
    info: { code, codeName: codeName(signal, code), errno, detail: readDetail(kernel, info, signal, code) },
  };
}

function readDetail(kernel: Kernel, info: Kva, signal: number, code: number): SignalDetail {
  const { mem } = kernel;
  const at = kernel.layout('kernel_siginfo', INFO);
  const word = (offset: number): Hex => `0x${mem.u64(info, offset).toString(16)}`;
  const sender = () => ({ pid: mem.i32(info, at.pid), uid: mem.u32(info, at.uid) });
  const layout = layoutOf(signal, code);
  switch (layout) {
    case 'kill':
      return { layout, ...sender() };
    case 'rt':
      return { layout, ...sender(), value: word(at.rtValue) };
    case 'timer':
      return {
        layout,
        timer: mem.i32(info, at.timer),
        overrun: mem.i32(info, at.overrun),
        value: word(at.timerValue),
      };
    case 'poll':
      return { layout, band: wide(mem.i64(info, at.band)), fd: mem.i32(info, at.fd) };
    case 'child': {
      const [utime, stime] = [wide(mem.i64(info, at.utime)), wide(mem.i64(info, at.stime))];
      return { layout, ...sender(), status: mem.i32(info, at.status), utime, stime };
    }
    case 'sys': {
      const [syscall, arch] = [mem.i32(info, at.syscall), mem.u32(info, at.arch)];
      return { layout, callAddress: word(at.callAddress), syscall, arch };
    }
    case 'fault':
      return { layout, address: word(at.address), ...faultExtra(kernel, info, signal, code) };
  }
}

/** What a fault tells beyond its address. */
function faultExtra(kernel: Kernel, info: Kva, signal: number, code: number) {
  const { mem } = kernel;
  const at = kernel.layout('kernel_siginfo', INFO);
  const word = (offset: number): Hex => `0x${mem.u64(info, offset).toString(16)}`;
  if (signal === SIGNALS.BUS && code >= SPECIAL.mceFirst && code <= SPECIAL.mceLast) {
    return { addressLsb: mem.u16(info, at.addressLsb) };
  }
  if (signal === SIGNALS.SEGV && code === SPECIAL.bounds) {
    return { lower: word(at.lower), upper: word(at.upper) };
  }
  if (signal === SIGNALS.SEGV && code === SPECIAL.key) return { protectionKey: mem.u32(info, at.key) };
  if (signal === SIGNALS.TRAP && code === SPECIAL.perf && at.perfData !== undefined) {
    const [type, flags] = [at.perfType ?? at.perfData, at.perfFlags ?? at.perfData];
    return { perf: { data: word(at.perfData), type: mem.u32(info, type), flags: mem.u32(info, flags) } };
  }
  return {};
}
