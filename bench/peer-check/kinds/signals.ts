// Signals and POSIX timers.

import type { PendingSignals, ProcessSignals, ThreadSignals } from '../../../src/snapshot/signals.js';
import type { SnapshotTask } from '../../../src/snapshot/snapshot.js';
import { account, hex, type Kind, subject, text, type Value } from '../facts.js';
import type { OraclePending, OracleTask } from '../oracle.js';
import { byTid, isKernelThread, oracleSubject, taskSubject } from './tasks.js';

const NO_SIGNALS = '0000000000000000';
const HANDLERS = new Map<string, string>([
  ['default', '0x0'],
  ['ignore', '0x1'],
]);
const NOTIFY = ['signal', 'none', 'thread'];

export const signals: Kind = {
  name: 'signals of a thread',
  ours: ({ snapshot }) => {
    const tasks = byTid(snapshot);
    const threads = snapshot.processes.flatMap((process) => process.signals?.threads ?? []);
    return account(threads, (thread) => {
      const task = tasks.get(thread.tid);
      return task === undefined ? null : taskSubject(task, ourThread(thread));
    });
  },
  theirs: (oracle) =>
    account(oracle.tasks, (task) => {
      const { attributes, process } = task;
      if (attributes === null || process === null) return null;
      const [base, bytes, flags] = attributes.altstack;
      return oracleSubject(task, {
        blocked: attributes.blocked,
        pending: theirPending(attributes.pending),
        'alternate stack': base === '0x0' ? null : [base, text(bytes), flags],
      });
    }),
};

function ourThread({ blocked, pending, alternateStack }: ThreadSignals): Record<string, Value> {
  return {
    blocked,
    pending: ourPending(pending),
    'alternate stack':
      alternateStack === null
        ? null
        : [alternateStack.base, text(alternateStack.bytes), alternateStack.flags],
  };
}

function ourPending({ set, queue }: PendingSignals): Value {
  return [set, ...queue.map(({ signal, info }) => [signal, info?.code ?? null])];
}

function theirPending({ set, queue }: OraclePending): Value {
  return [set, ...queue];
}

export const dispositions: Kind = {
  name: 'signals of a process',
  ours: ({ snapshot }) => {
    const tasks = byTid(snapshot);
    return account(snapshot.processes, ({ pid, signals: own }) => {
      const task = tasks.get(pid);
      return own === null || task === undefined ? null : taskSubject(task, ourProcess(own));
    });
  },
  theirs: (oracle) =>
    account(oracle.tasks, (task) => {
      if (task.process === null || task.pid !== task.tgid) return null;
      return oracleSubject(task, theirProcess(task.process));
    }),
};

function ourProcess({ sighand, actions, pending, flags }: ProcessSignals): Record<string, Value> {
  return {
    sighand,
    actions: actions.map((action) => [
      action.signal,
      HANDLERS.get(action.handler) ?? action.handler,
      action.flags,
      action.mask,
      action.restorer,
    ]),
    pending: ourPending(pending),
    flags,
  };
}

function theirProcess({
  sighand,
  actions,
  pending,
  flags,
}: NonNullable<OracleTask['process']>): Record<string, Value> {
  const set = actions.filter(
    ([, handler, flags_, mask]) => handler !== '0x0' || flags_ !== 0 || mask !== NO_SIGNALS,
  );
  return { sighand, actions: set, pending: theirPending(pending), flags };
}

export const timers: Kind = {
  name: 'POSIX timer',
  ours: ({ snapshot }) =>
    account(
      snapshot.processes.flatMap(({ pid, timers: own }) =>
        (own?.posix ?? []).map((timer) => ({ pid, timer })),
      ),
      ({ pid, timer }) => [
        timer.address,
        subject(`${pid} timer ${timer.id}`, {
          owner: pid,
          id: timer.id,
          clock: timer.clock,
          interval: text(timer.interval),
          notify: timer.notify,
          'to a thread': timer.toThread,
        }),
      ],
    ),
  theirs: (oracle) =>
    account(
      oracle.tasks
        .filter((task) => task.pid === task.tgid)
        .flatMap(({ pid, process }) => (process?.posix_timers ?? []).map((timer) => ({ pid, timer }))),
      ({ pid, timer }) => [
        timer.address,
        subject(`${pid} timer ${timer.id}`, {
          owner: pid,
          id: timer.id,
          clock: timer.clock,
          interval: text(timer.interval),
          notify: NOTIFY[timer.notify & 3] ?? null,
          'to a thread': (timer.notify & 4) !== 0,
        }),
      ],
    ),
};

const REGISTERS = 'r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di ip sp'.split(' ');

type Named = Readonly<Record<string, string>>;

export const registers: Kind = {
  name: 'registers',
  ours: ({ snapshot }) =>
    account(snapshot.tasks, (task) => {
      const { thread } = task;
      if (thread === null || (thread.registers === null && thread.segments === null)) return null;
      const saved = thread.registers as unknown as Named | null;
      return taskSubject(task, {
        ...Object.fromEntries(REGISTERS.map((name) => [name, saved?.[name] ?? null])),
        ...ourPointers(thread),
      });
    }),
  theirs: (oracle) =>
    account(oracle.tasks, (task) => {
      const { stack, attributes } = task;
      if (isKernelThread(task) || attributes === null) return null;
      return oracleSubject(task, {
        ...Object.fromEntries(REGISTERS.map((name) => [name, stack?.user?.[name] ?? null])),
        'fs base': attributes.fs_base,
        'gs base': attributes.gs_base,
        'clear child tid': attributes.clear_child_tid,
        'set child tid': attributes.set_child_tid,
        'robust list': attributes.robust_list,
      });
    }),
};

function ourPointers(thread: NonNullable<SnapshotTask['thread']>): Record<string, Value> {
  return {
    'fs base': thread.segments?.fsBase ?? null,
    'gs base': thread.segments?.gsBase ?? null,
    'clear child tid': thread.clearChildTid,
    'set child tid': thread.setChildTid,
    'robust list': thread.robustList?.address ?? hex(0),
  };
}
