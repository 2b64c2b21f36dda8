// What a task may do and what is counted of it. Mirrors the readers in fs/proc/base.c and array.c (task_seccomp,
// proc_pid_personality, oom_score_adj_read, proc_loginuid_read, task_state for the umask).

import { type Kva, NULL } from '../../base/address.js';
import type { Confinement } from '../../snapshot/confinement.js';
import type { Kernel } from '../kernel/kernel.js';
import { readLabels } from '../security/labels.js';
import { readBits } from './bitmap.js';
import { coredumpFilter, dumpable } from './dumpable.js';
import { readIo } from './io.js';
import { readSeccomp } from './seccomp.js';
import { atomicFlag, branchSpeculation, PFA, storeBypass } from './speculation.js';

const TASK = {
  fs: 'fs',
  signal: 'signal',
  personality: 'personality',
  loginUid: 'loginuid?',
  session: 'sessionid?',
  deathSignal: 'pdeath_signal',
} as const;
const FS = { umask: 'umask' } as const;
const SIGNAL = { adjust: 'oom_score_adj', least: 'oom_score_adj_min' } as const;
const NO_SECCOMP = { mode: 0, filters: [] };

export function readConfinement(kernel: Kernel, task: Kva): Confinement {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const word = (offset: number | undefined) => (offset === undefined ? null : mem.u32(task, offset));
  const signal = mem.ptr(task, at.signal);
  const io = faults.later(() => (signal === NULL ? null : none('io', () => readIo(kernel, signal))));
  const none = <T>(name: string, read: () => T | null) => faults.guard(name, read, null);
  return {
    umask: none('umask', () => umask(kernel, mem.ptr(task, at.fs))),
    noNewPrivs: atomicFlag(kernel, task, PFA.noNewPrivs),
    seccomp: faults.guard('seccomp', () => readSeccomp(kernel, task), NO_SECCOMP),
    labels: none('security labels', () => readLabels(kernel, task)),
    speculationStoreBypass: none('store bypass', () => storeBypass(kernel, task)),
    speculationIndirectBranch: none('branches', () => kernel.trait(branchSpeculation)(kernel, task)),
    dumpable: none('dumpable', () => kernel.trait(dumpable)(kernel, task)),
    coredumpFilter: none('coredump_filter', () => coredumpFilter(kernel, task)),
    personality: mem.u32(task, at.personality),
    ...oom(kernel, signal),
    loginUid: word(at.loginUid),
    sessionId: word(at.session),
    parentDeathSignal: mem.i32(task, at.deathSignal),
    childSubreaper: signal !== NULL && readBits(kernel, signal, 'signal_struct.is_child_subreaper') === 1,
    /** Counted when it is asked for: it takes a walk through the threads. */
    get io() {
      return io();
    },
  };
}

function umask(kernel: Kernel, fs: Kva): number | null {
  return fs === NULL ? null : kernel.mem.u32(fs, kernel.layout('fs_struct', FS).umask);
}

/** Both are shorts. */
function oom(kernel: Kernel, signal: Kva) {
  if (signal === NULL) return { oomScoreAdj: 0, oomScoreAdjMin: 0 };
  const at = kernel.layout('signal_struct', SIGNAL);
  const short = (offset: number) => (kernel.mem.u16(signal, offset) << 16) >> 16;
  return { oomScoreAdj: short(at.adjust), oomScoreAdjMin: short(at.least) };
}
