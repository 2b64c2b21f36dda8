// `timers`: interval and POSIX timers of processes with the time they have left; with --queues, every CPU's queue of
// high-resolution timers, as /proc/timer_list.

import type { Dump } from '../../parsers/dump.js';
import { queuedTimersOf, timersOf } from '../../parsers/parts/signals.js';
import type { ProcessTimers, QueuedTimer } from '../../snapshot/timers.js';
import type { Style } from '../render/style.js';
import { table } from '../render/table.js';
import { clockName, expiryText, intervalTimerText, posixTimerText } from '../render/timer.js';
import { plural, printable } from '../render/units.js';
import type { SectionRun } from '../section.js';
import { selectOrAll } from '../select.js';

type Found = ProcessTimers & { readonly comm: string };

export const timers: SectionRun = ({ dump, args, options }) => {
  const tasks = selectOrAll(dump, args, true, (task) => !task.kernelThread);
  const processes = tasks.flatMap((task): Found[] => {
    const found = timersOf(dump, task);
    if (found === null || (args.length === 0 && isIdle(found))) return [];
    return [{ comm: task.comm, ...found }];
  });
  const queues = options['queues'] === true ? { queues: queuedTimersOf(dump) } : {};
  return {
    schema: 'timers',
    data: () => ({ processes, ...queues }),
    text: function* (style) {
      if (processes.length === 0) yield style.dim('no process has a timer');
      for (const each of processes) yield* processLines(each, style);
      if (queues.queues !== undefined) yield* queueLines(dump, queues.queues, style);
    },
  };
};

function isIdle({ interval, posix }: ProcessTimers): boolean {
  return interval.length === 0 && posix.length === 0;
}

function* processLines(found: Found, style: Style): Generator<string> {
  yield `${style.title(String(found.pid))} ${style.name(printable(found.comm))}`;
  const row = (name: string, text: string) => `  ${style.dim(name.padEnd(9))} ${text}`;
  if (isIdle(found)) yield style.dim('  no timers');
  for (const each of found.interval) yield row(each.which, intervalTimerText(each));
  for (const each of found.posix) yield row(`timer ${each.id}`, posixTimerText(each));
}

function* queueLines(dump: Dump, queued: readonly QueuedTimer[], style: Style): Generator<string> {
  const names = new Map(dump.tasks.filter((task) => !task.idle).map((task) => [task.tid, task.comm]));
  yield '';
  yield style.title(`${plural(queued.length, 'high-resolution timer')} on the CPUs' queues`);
  yield* table(
    [
      { head: 'CPU', cell: (each) => each.cpu, right: true },
      { head: 'CLOCK', cell: (each) => `${clockName(each.clock)}${each.soft ? ' soft' : ''}` },
      { head: 'EXPIRES', cell: (each) => expiryText(each), right: true },
      { head: 'FUNCTION', cell: (each) => each.function },
      {
        head: 'TASK',
        cell: ({ tid }) => (tid === null ? '' : `${tid} ${printable(names.get(tid) ?? '')}`),
      },
    ],
    queued,
  );
}
