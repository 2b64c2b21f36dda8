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

type VisitPending = (signal: PendingSignal, object: string) => void;

function eachPending({ plan, threads }: Subject, visit: VisitPending): void {
  plan.process.forEach(({ pending }, process) => {
    pending.forEach((signal, index) => {
      visit(signal, `process[${process}].pending[${index}]`);
    });
  });
  threads.forEach(({ object, thread }) => {
    thread.pending.forEach((signal, index) => {
      visit(signal, `${object}.pending[${index}]`);
    });
  });
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
      subject.plan.sighand.forEach(({ actions }, index) => {
        actions.forEach(({ signal }, at) => {
          if (!valid(signal)) report(`sighand[${index}].actions[${at}]`, `is of signal ${signal}`);
        });
      });
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
      plan.sighand.forEach(({ actions }, index) => {
        for (let at = 1; at < actions.length; at++) {
          if ((actions[at - 1]?.signal ?? 0) >= (actions[at]?.signal ?? 0)) {
            report(`sighand[${index}].actions[${at}]`, 'stands behind a signal that is not lower');
          }
        }
      });
    },
  },
  {
    name: 'kill-and-stop-untouched',
    severity: 'error',
    why: 'SIGKILL and SIGSTOP are never caught, ignored or blocked.',
    executor: 'clears them',
    find: (subject, report) => {
      subject.plan.sighand.forEach(({ actions }, index) => {
        actions.forEach(({ signal, handler }, at) => {
          if ((signal === SIGKILL || signal === SIGSTOP) && handler !== 0n) {
            report(`sighand[${index}].actions[${at}]`, `handles signal ${signal}`);
          }
        });
      });
      for (const { object, thread } of subject.threads) {
        checkMask(report, object, thread.blocked, 'blocks');
        checkMask(report, object, thread.savedMask, 'would block');
      }
      subject.plan.signalfd.forEach(({ mask }, index) => {
        checkMask(report, `signalfd[${index}]`, mask, 'takes');
      });
    },
  },
  {
    name: 'handlers-in-user-space',
    severity: 'error',
    why: 'Handlers and their way back are user addresses.',
    executor: 'loses the process when the signal comes',
    find: ({ plan }, report) => {
      plan.sighand.forEach(({ actions }, index) => {
        actions.forEach(({ handler, restorer }, at) => {
          if (handler >= USER_END || restorer >= USER_END) {
            report(`sighand[${index}].actions[${at}]`, `goes to ${hex(handler)}, back by ${hex(restorer)}`);
          }
        });
      });
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
      plan.process.forEach(({ posixTimers, intervalTimers }, index) => {
        const twice = (numbers: readonly number[]) => new Set(numbers).size !== numbers.length;
        if (twice(posixTimers.map(({ id }) => id)))
          report(`process[${index}].posixTimers`, 'have an id twice');
        if (twice(intervalTimers.map(({ which }) => which))) {
          report(`process[${index}].intervalTimers`, 'have a kind twice');
        }
      });
    },
  },
  {
    name: 'timer-targets',
    severity: 'error',
    why: 'A timer signals a thread of its own process, with a signal that there is.',
    executor: 'leaves the timer out',
    find: ({ plan }, report) => {
      plan.process.forEach(({ pid, threads, posixTimers }, index) => {
        const tids = new Set([pid, ...threads.map(({ tid }) => tid)]);
        posixTimers.forEach(({ target, signal }, at) => {
          const object = `process[${index}].posixTimers[${at}]`;
          if (target !== 0 && !tids.has(target)) report(object, `signals ${target}, which is not its own`);
          if (signal > SIGNALS_HIGHEST) report(object, `sends signal ${signal}`);
        });
      });
    },
  },
];
