// Signals and timers: struct sighand_struct, sigqueue, hrtimers of signal_struct, k_itimer.

import type { Group } from './vocabulary.js';

export const SIGNALS: Group = {
  name: 'signals',
  doc: 'Signal handlers, signals that wait, timers that send them.',
  enums: [
    {
      name: 'interval_kind',
      kind: 'choice',
      doc: 'ITIMER_* (include/uapi/linux/time.h), plus one.',
      values: [
        { name: 'real', value: 1, doc: 'Real time.' },
        { name: 'virtual', value: 2, doc: 'CPU time in user mode.' },
        { name: 'prof', value: 3, doc: 'CPU time.' },
      ],
    },
    {
      name: 'timer_notify',
      kind: 'choice',
      doc: 'What a POSIX timer does at its expiry (sigev_notify), plus one.',
      values: [
        { name: 'signal', value: 1, doc: 'SIGEV_SIGNAL.' },
        { name: 'none', value: 2, doc: 'SIGEV_NONE.' },
        { name: 'thread', value: 3, doc: 'SIGEV_THREAD.' },
        { name: 'thread_id', value: 5, doc: 'SIGEV_THREAD_ID: a signal to one thread.' },
      ],
    },
    {
      name: 'timer_flag',
      kind: 'bits',
      doc: 'Of a POSIX timer.',
      values: [
        { name: 'armed', value: 1, doc: 'It runs.' },
        {
          name: 'signal_pending',
          value: 2,
          doc: 'It has expired, and its signal is not taken yet: it starts again when that is.',
        },
      ],
    },
  ],
  records: [
    {
      name: 'sighand',
      section: 60,
      role: 'object',
      doc: 'struct sighand_struct; CLONE_SIGHAND shares it.',
      fields: [
        {
          name: 'actions',
          type: { children: 'signal_action' },
          doc: 'Those that are not the default, by signal.',
        },
      ],
    },
    {
      name: 'signal_action',
      section: 61,
      role: 'child',
      doc: 'What rt_sigaction(2) set.',
      fields: [
        { name: 'signal', type: 'u32', doc: '1 to 64.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
        { name: 'handler', type: 'u64', show: 'hex', doc: 'User address; 0 default, 1 ignore.' },
        { name: 'flags', type: 'u64', show: 'hex', doc: 'SA_*.' },
        { name: 'restorer', type: 'u64', show: 'hex', doc: 'User address.' },
        { name: 'mask', type: 'u64', show: 'signals', doc: 'Blocked while the handler runs.' },
      ],
    },
    {
      name: 'pending_signal',
      section: 62,
      role: 'child',
      doc: 'A signal that waits to be taken.',
      fields: [
        { name: 'signal', type: 'u32', doc: '1 to 64.' },
        {
          name: 'of_timer',
          type: 'u32',
          doc: '1: it belongs to a POSIX timer, and is sent anew by it; else 0.',
        },
        {
          name: 'info',
          type: 'blob',
          doc: 'siginfo_t as rt_tgsigqueueinfo(2) takes it, 128 bytes; empty where the kernel had kept none.',
        },
      ],
    },
    {
      name: 'interval_timer',
      section: 63,
      role: 'child',
      doc: 'A timer of setitimer(2).',
      fields: [
        { name: 'which', type: 'u32', enum: 'interval_kind', doc: 'Which.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
        {
          name: 'remaining',
          type: 'i64',
          doc: 'Nanoseconds at death; negative: it had expired and not been told.',
        },
        { name: 'interval', type: 'u64', show: 'nanoseconds', doc: '0: once.' },
      ],
    },
    {
      name: 'posix_timer',
      section: 64,
      role: 'child',
      doc: 'A timer of timer_create(2).',
      fields: [
        { name: 'id', type: 'i32', doc: 'timer_t.' },
        { name: 'clock', type: 'i32', doc: 'clockid_t.' },
        { name: 'notify', type: 'u32', enum: 'timer_notify', doc: 'At its expiry.' },
        { name: 'signal', type: 'u32', doc: 'Signal that it sends.' },
        { name: 'target', type: 'i32', doc: 'Thread for `thread_id`, else the process.' },
        { name: 'flags', type: 'u32', flags: 'timer_flag', show: 'hex', doc: 'Bits.' },
        { name: 'value', type: 'u64', show: 'hex', doc: 'sigev_value.' },
        {
          name: 'remaining',
          type: 'i64',
          doc: 'Nanoseconds at death, where it is armed; negative: expired and not told.',
        },
        { name: 'interval', type: 'u64', show: 'nanoseconds', doc: '0: once.' },
        { name: 'overrun', type: 'i64', doc: 'Expiries counted since the last signal that was taken.' },
      ],
    },
  ],
};
