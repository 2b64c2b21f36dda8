// `ps`: tasks as a list.
import type { Dump } from '../../parsers/dump.js';
import type { Task } from '../../snapshot/task.js';
import { type Column, table } from '../render/table.js';
import { printable } from '../render/units.js';
import type { PsRow } from '../schema.js';
import type { SectionRun } from '../section.js';
import { selectTasks } from '../select.js';

const KIB = 4;

const COLUMNS: readonly Column<PsRow>[] = [
  { head: 'PID', right: true, cell: (task) => task.pid },
  { head: 'PPID', right: true, cell: (task) => task.ppid },
  { head: 'CPU', right: true, cell: (task) => `${task.onCpu ? '>' : ''}${task.cpu}` },
  { head: 'TASK', cell: (task) => task.address.slice(2) },
  { head: 'ST', cell: (task) => task.state },
  { head: 'UID', right: true, cell: (task) => task.credentials?.euid ?? '?' },
  { head: 'TTY', cell: (task) => task.tty ?? '-' },
  { head: 'VSZ', right: true, cell: (task) => (task.vmPages ?? 0) * KIB },
  { head: 'RSS', right: true, cell: (task) => (task.rssPages ?? 0) * KIB },
  {
    head: 'COMM',
    cell: (task) => (task.kernelThread ? `[${printable(task.comm)}]` : printable(task.comm)),
  },
];
const TID: Column<PsRow> = { head: 'TID', right: true, cell: (task) => task.tid };

export const ps: SectionRun = ({ dump, args, options }) => {
  const rows = chosen(dump, args, options).map((task) => row(dump, task));
  const columns = options['threads'] ? [COLUMNS[0] as Column<PsRow>, TID, ...COLUMNS.slice(1)] : COLUMNS;
  return {
    schema: 'ps',
    data: () => rows,
    text: () => table(columns, rows),
  };
};

function chosen(
  dump: Dump,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
): readonly Task[] {
  const named = args.length > 0 ? selectTasks(dump, args) : dump.tasks;
  const pids = new Set(named.map((task) => task.pid));
  const wanted =
    options['threads'] && args.length > 0
      ? dump.tasks.filter(({ pid, idle }) => pids.has(pid) && !idle)
      : named;
  return wanted.filter(
    (task) => (options['threads'] || task.leader || args.length > 0) && !(options['user'] && isKernels(task)),
  );
}

function isKernels(task: Task): boolean {
  return task.kernelThread || task.idle;
}

function row(dump: Dump, task: Task): PsRow {
  const rss = dump.resident(task);
  const rssPages = rss === null ? null : rss.file + rss.anon + rss.shmem;
  return { ...task, rssPages, vmPages: dump.mm(task)?.totalVm ?? null };
}
