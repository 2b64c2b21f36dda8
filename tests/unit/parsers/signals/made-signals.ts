// Signals made up for the tests of this folder.

import type { Kva } from '../../../../src/base/address.js';
import type { SyntheticKernel } from '../../helpers/synthetic-memory.js';

/** kernel_siginfo as since 5.13, and sigqueue, sigpending. */
export function declareSignalInfo(made: SyntheticKernel): void {
  made.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('info_kill', { _pid: 'i32', _uid: 'u32' })
    .struct('info_timer', { _tid: 'i32', _overrun: 'i32', _sigval: 'u64', _sys_private: 'i32' })
    .struct('info_rt', { _pid: 'i32', _uid: 'u32', _sigval: 'u64' })
    .struct('info_chld', { _pid: 'i32', _uid: 'u32', _status: 'i32', _utime: 'i64', _stime: 'i64' })
    .struct('info_bnd', { _dummy_bnd: 'char[8]', _lower: 'ptr', _upper: 'ptr' })
    .struct('info_pkey', { _dummy_pkey: 'char[8]', _pkey: 'u32' })
    .struct('info_perf', { _data: 'u64', _type: 'u32', _flags: 'u32' })
    .struct('info_fault', {
      _addr: 'u64',
      _addr_lsb: '@8 u16',
      _addr_bnd: '@8 info_bnd',
      _addr_pkey: '@8 info_pkey',
      _perf: '@8 info_perf',
    })
    .struct('info_poll', { _band: 'i64', _fd: 'i32' })
    .struct('info_sys', { _call_addr: 'u64', _syscall: 'i32', _arch: 'u32' })
    .struct('__sifields', {
      _kill: '@0 info_kill',
      _timer: '@0 info_timer',
      _rt: '@0 info_rt',
      _sigchld: '@0 info_chld',
      _sigfault: '@0 info_fault',
      _sigpoll: '@0 info_poll',
      _sigsys: '@0 info_sys',
    })
    .struct('kernel_siginfo', {
      si_signo: 'i32',
      si_errno: 'i32',
      si_code: 'i32',
      _sifields: '@16 __sifields',
    })
    .struct('sigqueue', { list: 'list_head', flags: 'i32', info: 'kernel_siginfo', ucounts: 'ptr' })
    .struct('sigpending', { list: 'list_head', signal: 'u64' });
}

/** A struct sigqueue. */
export function queued(made: SyntheticKernel, signal: number, code: number, flags = 0): Kva {
  return made.make('sigqueue', { 'info.si_signo': signal, 'info.si_code': code, flags });
}
