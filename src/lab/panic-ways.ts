// How a guest that is to be resurrected may panic: by its kernel's own triggers, or by crasher.ko (kernel/crasher), which
// dies in ways that only kernel code can.

import { UsageError } from '../base/error.js';

export interface PanicWay {
  /** As the guest's recorder takes it: sysrq, nmi, none, or PATH=WORD: what to write where. */
  readonly trigger: string;
  readonly needsCrasher: boolean;
  /** What is to be written under /proc/sys first: the kernel lives with much of this unless it is told not to. */
  readonly settings: Readonly<Record<string, number>>;
}

const TRIGGERS = ['sysrq', 'nmi', 'none'];
const DIE = '/sys/module/crasher/parameters/die';

/** Words of crasher.ko; settings in seconds where they are times. A soft lockup is one of twice watchdog_thresh. */
export const CRASHES = {
  panic: {},
  bug: {},
  'null-process': {},
  'null-interrupt': {},
  'null-vectors': {},
  'soft-lockup': { 'kernel/softlockup_panic': 1, 'kernel/watchdog_thresh': 2 },
  'hung-task': { 'kernel/hung_task_panic': 1, 'kernel/hung_task_timeout_secs': 3 },
  'stack-overflow': {},
} as const;

const isCrash = (word: string): word is keyof typeof CRASHES => Object.hasOwn(CRASHES, word);

export function panicWay(word: string): PanicWay {
  if (isCrash(word)) return { trigger: `${DIE}=${word}`, needsCrasher: true, settings: CRASHES[word] };
  if (TRIGGERS.includes(word) || /^\/.+=/.test(word))
    return { trigger: word, needsCrasher: false, settings: {} };
  const known = [...TRIGGERS, ...Object.keys(CRASHES), 'PATH=WORD'];
  throw new UsageError(`unknown way to panic '${word}'`, `known: ${known.join(', ')}`);
}
