// The signals of a process: what it does with each, what waits for it, what each thread blocks. Mirrors task_sig()
// and collect_sigign_sigcatch() in fs/proc/array.c.

import { type Kva, NULL } from '../../base/address.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { PendingSignals, ProcessSignals, SignalAction, ThreadSignals } from '../../snapshot/signals.js';
import type { Kernel } from '../kernel/kernel.js';
import { readComm } from '../tasks/comm.js';
import { TASK } from '../tasks/layout.js';
import { readBits } from './bitmap.js';
import { readLimits } from './limits.js';
import { readPending, readSet } from './pending.js';
import { countQueued } from './queued-signals.js';
import { forEachThread } from './threads.js';

const OF_TASK = {
  sighand: 'sighand',
  blocked: 'blocked',
  realBlocked: 'real_blocked',
  saved: 'saved_sigmask',
  pending: 'pending',
  stack: 'sas_ss_sp',
  stackSize: 'sas_ss_size',
  stackFlags: 'sas_ss_flags',
  jobControl: 'jobctl',
} as const;
const SIGNAL = { pending: 'shared_pending', flags: 'flags', exitCode: 'group_exit_code' } as const;
const SIGHAND = { actions: 'action' } as const;
const ACTION = {
  handler: 'sa.sa_handler',
  flags: 'sa.sa_flags',
  restorer: 'sa.sa_restorer',
  mask: 'sa.sa_mask',
} as const;
/** _NSIG. */
const SIGNAL_COUNT = 64;
const EMPTY = '0'.repeat(16);
const NOTHING: PendingSignals = { set: EMPTY, queue: [] };
/** SIG_DFL and SIG_IGN. */
const HANDLER = { default: 0n, ignore: 1n } as const;

/** Whether a thread sleeps in sigsuspend(2). */
export type IsSuspended = (thread: Kva) => boolean;

/** Of the process that `task` is a thread of. */
export function readSignals(kernel: Kernel, task: Kva, isSuspended: IsSuspended): ProcessSignals {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const signal = faults.guard('signal_struct', () => mem.ptr(task, at.signal), NULL);
  const sighand = mem.ptr(task, kernel.layout('task_struct', OF_TASK).sighand);
  const actions = sighand === NULL ? [] : faults.guard('actions', () => readActions(kernel, sighand), []);
  const withHandler = (is: (handler: SignalAction['handler']) => boolean) =>
    setOf(actions.filter((each) => is(each.handler)).map((each) => each.signal));
  return {
    pid: mem.u32(task, at.tgid),
    sighand: sighand === NULL ? null : mem.hex(sighand),
    actions,
    ignored: withHandler((handler) => handler === 'ignore'),
    caught: withHandler((handler) => handler !== 'ignore' && handler !== 'default'),
    queued: faults.guard('queued signals', () => countQueued(kernel, task), null),
    ...ofProcess(kernel, signal, isSuspended),
  };
}

function ofProcess(kernel: Kernel, signal: Kva, isSuspended: IsSuspended) {
  const { mem, faults } = kernel;
  const at = kernel.layout('signal_struct', SIGNAL);
  if (signal === NULL) return { pending: NOTHING, queueLimit: null, flags: 0, groupExitCode: 0, threads: [] };
  const threads: ThreadSignals[] = [];
  const take = (thread: Kva) => {
    threads.push(readThread(kernel, thread, isSuspended));
  };
  forEachThread(kernel, signal, take);
  const pending = () => readPending(kernel, (signal + at.pending) as Kva);
  return {
    pending: faults.guard('shared pending', pending, NOTHING),
    queueLimit: faults.guard('limits', () => queueLimit(kernel, signal), null),
    flags: mem.u32(signal, at.flags),
    groupExitCode: mem.i32(signal, at.exitCode),
    threads,
  };
}

function queueLimit(kernel: Kernel, signal: Kva): Wide | null {
  return readLimits(kernel, signal).find(({ resource }) => resource === 'SIGPENDING')?.soft ?? null;
}

function readThread(kernel: Kernel, thread: Kva, isSuspended: IsSuspended): ThreadSignals {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', OF_TASK);
  const own = kernel.layout('task_struct', TASK);
  const set = (offset: number) => readSet(kernel, thread, offset);
  const real = set(at.realBlocked);
  const tid = mem.u32(thread, own.pid);
  return {
    tid,
    comm: readComm(kernel, thread, mem.u32(thread, own.flags)),
    blocked: set(at.blocked),
    savedMask: hasSavedMask(kernel, thread, isSuspended) ? set(at.saved) : null,
    realBlocked: real === EMPTY ? null : real,
    pending: faults.guard(`thread ${tid}`, () => readPending(kernel, (thread + at.pending) as Kva), NOTHING),
    alternateStack: alternateStack(kernel, thread),
    jobControl: `0x${mem.u64(thread, at.jobControl).toString(16)}`,
  };
}

/**
 * ppoll and its like set restore_sigmask before they sleep (set_user_sigmask); sigsuspend (kernel/signal.c) only when it has
 * been woken, and all the time before the mask in force is the one that it was given.
 */
const hasSavedMask = (kernel: Kernel, thread: Kva, isSuspended: IsSuspended): boolean =>
  readBits(kernel, thread, 'task_struct.restore_sigmask') === 1 || isSuspended(thread);

function alternateStack(kernel: Kernel, thread: Kva): ThreadSignals['alternateStack'] {
  const { mem } = kernel;
  const at = kernel.layout('task_struct', OF_TASK);
  const bytes = mem.u64(thread, at.stackSize);
  if (bytes === 0n) return null;
  const base = `0x${mem.u64(thread, at.stack).toString(16)}` as const;
  return { base, bytes: wide(bytes), flags: mem.u32(thread, at.stackFlags) };
}

/** Those that are not the default, without flags and mask: of the sixty-four of a process, one or two. */
function readActions(kernel: Kernel, sighand: Kva): SignalAction[] {
  const first = (sighand + kernel.layout('sighand_struct', SIGHAND).actions) as Kva;
  const size = kernel.sizeOf('k_sigaction');
  const at = kernel.layout('k_sigaction', ACTION);
  const words = new Uint32Array(kernel.mem.bytes(first, SIGNAL_COUNT * size).buffer);
  const isSet = (offset: number) => words[offset / 4] !== 0 || words[offset / 4 + 1] !== 0;
  const found: SignalAction[] = [];
  for (let i = 0; i < SIGNAL_COUNT; i++) {
    const action = i * size;
    if (isSet(action + at.handler) || words[(action + at.flags) / 4] !== 0 || isSet(action + at.mask)) {
      found.push(readAction(kernel, i + 1, (first + action) as Kva));
    }
  }
  return found;
}

function readAction(kernel: Kernel, signal: number, action: Kva): SignalAction {
  const { mem } = kernel;
  const at = kernel.layout('k_sigaction', ACTION);
  const handler = mem.u64(action, at.handler);
  return {
    signal,
    handler:
      handler === HANDLER.default
        ? 'default'
        : handler === HANDLER.ignore
          ? 'ignore'
          : `0x${handler.toString(16)}`,
    flags: mem.u32(action, at.flags),
    mask: readSet(kernel, action, at.mask),
    restorer: `0x${mem.u64(action, at.restorer).toString(16)}`,
  };
}

function setOf(signals: readonly number[]): string {
  return signals
    .reduce((all, signal) => all | (1n << BigInt(signal - 1)), 0n)
    .toString(16)
    .padStart(16, '0');
}
