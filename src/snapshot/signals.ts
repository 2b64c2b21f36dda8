// The signals of a process as plain data: struct sighand_struct, sigpending, sigqueue (include/linux/signal_types.h,
// sched/signal.h).

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

/** A sigset_t as 16 hex digits, as /proc/PID/status prints it: bit 0 is signal 1. */
export type SignalSet = string;

/** What sigaction(2) set for a signal. */
export interface SignalAction {
  readonly signal: number;
  /** The handler's user address. */
  readonly handler: 'default' | 'ignore' | Hex;
  /** SA_*. */
  readonly flags: number;
  readonly mask: SignalSet;
  /** User address of the code that returns from the handler. */
  readonly restorer: Hex;
}

/** siginfo_t's union, by the layout that si_code decides on (kernel/signal.c siginfo_layout()). */
export type SignalDetail =
  | { readonly layout: 'kill'; readonly pid: number; readonly uid: number }
  | { readonly layout: 'rt'; readonly pid: number; readonly uid: number; readonly value: Hex }
  | { readonly layout: 'timer'; readonly timer: number; readonly overrun: number; readonly value: Hex }
  | { readonly layout: 'poll'; readonly band: Wide; readonly fd: number }
  | {
      readonly layout: 'child';
      readonly pid: number;
      readonly uid: number;
      /** Exit code or signal, as si_code says. */
      readonly status: number;
      /** Clock ticks, USER_HZ. */
      readonly utime: Wide;
      readonly stime: Wide;
    }
  | {
      readonly layout: 'fault';
      readonly address: Hex;
      /** log2 of the bytes that are lost (memory errors). */
      readonly addressLsb?: number;
      /** Bounds that the address is out of. */
      readonly lower?: Hex;
      readonly upper?: Hex;
      readonly protectionKey?: number;
      readonly perf?: { readonly data: Hex; readonly type: number; readonly flags: number };
    }
  | {
      readonly layout: 'sys';
      readonly callAddress: Hex;
      readonly syscall: number;
      /** AUDIT_ARCH_*. */
      readonly arch: number;
    };

export interface SignalInfo {
  readonly code: number;
  /** `SI_QUEUE`, `SEGV_MAPERR`; the number where it has no name. */
  readonly codeName: string;
  readonly errno: number;
  readonly detail: SignalDetail;
}

/** A signal that waits to be taken; realtime signals wait as often as they were sent, in this order. */
export interface PendingSignal {
  readonly signal: number;
  /** Null where the kernel kept only that it was sent: no memory or limit left for more. */
  readonly info: SignalInfo | null;
  /** The entry belongs to a POSIX timer, and counts expiries while it waits. */
  readonly ofTimer: boolean;
}

export interface PendingSignals {
  readonly set: SignalSet;
  readonly queue: readonly PendingSignal[];
}

export interface AlternateStack {
  readonly base: Hex;
  readonly bytes: Wide;
  /** SS_*. */
  readonly flags: number;
}

export interface ThreadSignals {
  readonly tid: number;
  readonly comm: string;
  readonly blocked: SignalSet;
  /** The mask to come back to, where `blocked` is that of sigsuspend, ppoll and their like; else null. */
  readonly savedMask: SignalSet | null;
  /** The mask before sigtimedwait unblocked what it waits for; null where it is not waiting. */
  readonly realBlocked: SignalSet | null;
  readonly pending: PendingSignals;
  readonly alternateStack: AlternateStack | null;
  /** JOBCTL_*. */
  readonly jobControl: Hex;
}

export interface ProcessSignals {
  readonly pid: number;
  /** struct sighand_struct: CLONE_SIGHAND shares it among processes. */
  readonly sighand: Hex | null;
  /** Those that are not as exec leaves them: default, without flags and mask. */
  readonly actions: readonly SignalAction[];
  readonly ignored: SignalSet;
  readonly caught: SignalSet;
  /** Sent to the process as a whole. */
  readonly pending: PendingSignals;
  /** SigQ: signals queued for all processes of its user, and how many there may be (null: no limit). */
  readonly queued: Wide | null;
  readonly queueLimit: Wide | null;
  /** SIGNAL_*: stopped, continued, exiting, unkillable. */
  readonly flags: number;
  readonly groupExitCode: number;
  readonly threads: readonly ThreadSignals[];
}
