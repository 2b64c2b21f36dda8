// `runq`: what each CPU was running, and how many tasks waited for it.
import { machineOf } from '../../parsers/parts/machine.js';
import type { RunQueue } from '../../snapshot/machine.js';
import { table } from '../render/table.js';
import { printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const runq: SectionRun = ({ dump }) => {
  const { runQueues } = machineOf(dump);
  const names = new Map(dump.tasks.map((task) => [task.tid, task.comm]));
  const columns = [
    { head: 'CPU', right: true, cell: ({ cpu }: RunQueue) => cpu },
    { head: 'RUNNING', right: true, cell: ({ running }: RunQueue) => running },
    { head: 'RT', right: true, cell: ({ realTime }: RunQueue) => realTime },
    { head: 'DEADLINE', right: true, cell: ({ deadline }: RunQueue) => deadline },
    { head: 'SWITCHES', right: true, cell: ({ switches }: RunQueue) => switches },
    { head: 'CURRENT', cell: ({ current }: RunQueue) => currentText(current, names) },
  ];
  return {
    schema: 'runq',
    data: () => runQueues,
    text: function* (style) {
      const [head, ...lines] = table(columns, runQueues);
      yield style.dim(head as string);
      yield* lines;
    },
  };
};

function currentText(tid: number, names: ReadonlyMap<number, string>): string {
  return tid === 0 ? 'idle' : `${tid} ${printable(names.get(tid) ?? '?')}`;
}
