// Signals and timers (kernel/signal.c, kernel/time/posix-timers.c).

import type { PendingSignal } from '../../abi/records/signals.js';
import type { Invariant, Report } from '../invariant.js';
import { hex, type Subject } from '../subject.js';

const SIGNALS_HIGHEST = 64;
const SIGKILL = 9;
const SIGSTOP = 19;
const UNBLOCKABLE = (1n << BigInt(SIGKILL - 1)) | (1n << BigInt(SIGSTOP - 1));
const SIGINFO_BYTES = 128;
const USER_END = 1n << 56n;

function* pendingLists({ plan, threads }: Subject): Generator<readonly [string, readonly PendingSignal[]]> {
  for (const [index, { pending }] of plan.process.entries()) yield [`process[${index}].pending`, pending];
  for (const { object, thread } of threads) yield [`${object}.pending`, thread.pending];
}

function eachPending(subject: Subject, visit: (signal: PendingSignal, object: string) => void): void {
  for (const [object, list] of pendingLists(subject)) {
    for (const [index, signal] of list.entries()) visit(signal, `${object}[${index}]`);
  }
}

function checkMask(report: Report, object: string, mask: bigint, what: string): void {
  if ((mask & UNBLOCKABLE) !== 0n) report(object, `${what} SIGKILL or SIGSTOP (${hex(mask)})`);
}

export const SIGNALS: readonly Invariant[] = [
  {
    name: 'signal-numbers',
    severity: 'error',
    why: 'Signals are numbered from 1 to 64.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      const valid = (signal: number) => signal >= 1 && signal <= SIGNALS_HIGHEST;
      for (const [index, { actions }] of subject.plan.sighand.entries()) {
        for (const [at, { signal }] of actions.entries()) {
          if (!valid(signal)) report(`sighand[${index}].actions[${at}]`, `is of signal ${signal}`);
        }
      }
      eachPending(subject, ({ signal }, object) => {
        if (!valid(signal)) report(object, `is signal ${signal}`);
      });
    },
  },
  {
    name: 'handlers-ordered',
    severity: 'error',
    why: 'A signal has one handler: they stand in the order of signals, each once.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      for (const [index, { actions }] of plan.sighand.entries()) {
        for (let at = 1; at < actions.length; at++) {
          if ((actions[at - 1]?.signal ?? 0) >= (actions[at]?.signal ?? 0)) {
            report(`sighand[${index}].actions[${at}]`, 'stands behind a signal that is not lower');
          }
        }
      }
    },
  },
  {
    name: 'kill-and-stop-untouched',
    severity: 'error',
    why: 'SIGKILL and SIGSTOP are never caught, ignored or blocked.',
    executor: 'clears them',
    find: (subject, report) => {
      for (const [index, { actions }] of subject.plan.sighand.entries()) {
        for (const [at, { signal, handler }] of actions.entries()) {
          if ((signal === SIGKILL || signal === SIGSTOP) && handler !== 0n) {
            report(`sighand[${index}].actions[${at}]`, `handles signal ${signal}`);
          }
        }
      }
      for (const { object, thread } of subject.threads) {
        checkMask(report, object, thread.blocked, 'blocks');
        checkMask(report, object, thread.savedMask, 'would block');
      }
      for (const [index, { mask }] of subject.plan.signalfd.entries()) {
        checkMask(report, `signalfd[${index}]`, mask, 'takes');
      }
    },
  },
  {
    name: 'handlers-in-user-space',
    severity: 'error',
    why: 'Handlers and their way back are user addresses.',
    executor: 'loses the process when the signal comes',
    find: ({ plan }, report) => {
      for (const [index, { actions }] of plan.sighand.entries()) {
        for (const [at, { handler, restorer }] of actions.entries()) {
          if (handler >= USER_END || restorer >= USER_END) {
            report(`sighand[${index}].actions[${at}]`, `goes to ${hex(handler)}, back by ${hex(restorer)}`);
          }
        }
      }
    },
  },
  {
    name: 'siginfo-fits',
    severity: 'error',
    why: "A pending signal's siginfo has 128 bytes and is of that signal: rt_tgsigqueueinfo(2) refuses it else.",
    executor: 'sends the signal without it',
    find: (subject, report) => {
      eachPending(subject, ({ signal, info }, object) => {
        if (info.length === 0) return;
        if (info.length !== SIGINFO_BYTES) report(object, `has ${info.length} bytes of siginfo`);
        else if (new DataView(info.buffer, info.byteOffset).getInt32(0, true) !== signal) {
          report(object, `is signal ${signal}, and its siginfo of another`);
        }
      });
    },
  },
  {
    name: 'timers-unique',
    severity: 'error',
    why: 'A process has one timer of each id, and one interval timer of each kind.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      for (const [index, { posixTimers, intervalTimers }] of plan.process.entries()) {
        const twice = (numbers: readonly number[]) => new Set(numbers).size !== numbers.length;
        if (twice(posixTimers.map(({ id }) => id)))
          report(`process[${index}].posixTimers`, 'have an id twice');
        if (twice(intervalTimers.map(({ which }) => which))) {
          report(`process[${index}].intervalTimers`, 'have a kind twice');
        }
      }
    },
  },
  {
    name: 'timer-targets',
    severity: 'error',
    why: 'A timer signals a thread of its own process, with a signal that there is.',
    executor: 'leaves the timer out',
    find: ({ plan }, report) => {
      for (const [index, { pid, threads, posixTimers }] of plan.process.entries()) {
        const tids = new Set([pid, ...threads.map(({ tid }) => tid)]);
        for (const [at, { target, signal }] of posixTimers.entries()) {
          const object = `process[${index}].posixTimers[${at}]`;
          if (target !== 0 && !tids.has(target)) report(object, `signals ${target}, which is not its own`);
          if (signal > SIGNALS_HIGHEST) report(object, `sends signal ${signal}`);
        }
      }
    },
  },
];
