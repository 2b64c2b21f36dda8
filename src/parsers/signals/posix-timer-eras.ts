// Where struct k_itimer differs between kernels (include/linux/posix-timers.h).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import { forEachListEntry } from '../walks/list.js';
import type { Visit } from '../walks/visit.js';

const SIGNAL = { timers: 'posix_timers' } as const;
const NODE = { node: 'list' } as const;
const EMBEDDED = { info: 'sigq.info' } as const;
const POINTER = { queue: 'sigq' } as const;
const QUEUE = { info: 'info' } as const;
const STATUS = { status: 'it_status' } as const;
const ACTIVE = { active: 'it_active', requeue: 'it_requeue_pending' } as const;
/** POSIX_TIMER_ARMED and POSIX_TIMER_REQUEUE_PENDING. */
const STATE = { armed: 1, requeue: 2 } as const;
/** REQUEUE_PENDING, in the word that also counts. */
const REQUEUE = 1;
/** RLIMIT_SIGPENDING bounds them too. */
const MAX_TIMERS = 1 << 20;

type Timers = (kernel: Kernel, signal: Kva, visit: Visit) => void;

export const timerList: Trait<Timers> = {
  name: 'POSIX timers of a process',
  eras: [
    {
      name: 'hlist',
      since: '6.11',
      commit: '52dea0a15cc8',
      evidence: 'signal_struct.posix_timers.first',
      probe: hasMember('signal_struct.posix_timers.first'),
      reader: (kernel, signal, visit) => {
        const head = (signal + kernel.layout('signal_struct', SIGNAL).timers) as Kva;
        forEachHlistEntry(kernel, head, kernel.layout('k_itimer', NODE).node, visit, MAX_TIMERS);
      },
    },
    {
      name: 'list',
      since: '2.6',
      commit: null,
      evidence: 'signal_struct.posix_timers.next',
      probe: hasMember('signal_struct.posix_timers.next'),
      reader: (kernel, signal, visit) => {
        const head = (signal + kernel.layout('signal_struct', SIGNAL).timers) as Kva;
        forEachListEntry(kernel, head, kernel.layout('k_itimer', NODE).node, visit, MAX_TIMERS);
      },
    },
  ],
};

/** The siginfo that a timer sends; NULL where it has none. */
export const timerSignal: Trait<(kernel: Kernel, timer: Kva) => Kva> = {
  name: 'signal of a POSIX timer',
  eras: [
    {
      name: 'embedded',
      since: '6.13',
      commit: '6017a158beb1',
      evidence: 'k_itimer.sigq.info',
      probe: hasMember('k_itimer.sigq.info'),
      reader: (kernel, timer) => (timer + kernel.layout('k_itimer', EMBEDDED).info) as Kva,
    },
    {
      name: 'allocated',
      since: '2.6',
      commit: null,
      evidence: 'k_itimer.sigq',
      probe: hasMember('k_itimer.sigq'),
      reader: (kernel, timer) => {
        const queue = kernel.mem.ptr(timer, kernel.layout('k_itimer', POINTER).queue);
        return queue === NULL ? NULL : ((queue + kernel.layout('sigqueue', QUEUE).info) as Kva);
      },
    },
  ],
};

export interface TimerState {
  readonly armed: boolean;
  /** Its signal is under way; it is armed again when that is taken. */
  readonly signalPending: boolean;
}

/** Of timers of other clocks than CPU time: those were left out of `it_active` until 6.11. */
export const timerState: Trait<(kernel: Kernel, timer: Kva) => TimerState> = {
  name: 'state of a POSIX timer',
  eras: [
    {
      name: 'it_status',
      since: '6.13',
      commit: '1550dde8a537',
      evidence: 'k_itimer.it_status',
      probe: hasMember('k_itimer.it_status'),
      reader: (kernel, timer) => {
        const status = kernel.mem.u32(timer, kernel.layout('k_itimer', STATUS).status);
        return { armed: status === STATE.armed, signalPending: status === STATE.requeue };
      },
    },
    {
      name: 'it_active',
      since: '4.12',
      commit: null,
      evidence: 'k_itimer.it_active',
      probe: hasMember('k_itimer.it_active'),
      reader: (kernel, timer) => {
        const at = kernel.layout('k_itimer', ACTIVE);
        const signalPending = (kernel.mem.u32(timer, at.requeue) & REQUEUE) !== 0;
        return { armed: kernel.mem.u32(timer, at.active) !== 0 && !signalPending, signalPending };
      },
    },
  ],
};
