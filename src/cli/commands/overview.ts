// `overview`: the one screen that a person wants first.

import type { Dump } from '../../parsers/dump.js';
import { systemOf } from '../../parsers/parts/system.js';
import type { StackFrame, System } from '../../snapshot/system.js';
import type { Task } from '../../snapshot/task.js';
import { gather, type ProcessGroup } from '../process-groups.js';
import type { Style } from '../render/style.js';
import { type Column, table } from '../render/table.js';
import { bytes, duration, pages, plural, printable, shorten } from '../render/units.js';
import type { ProcessRow, TaskCounts } from '../schema.js';
import type { SectionRun } from '../section.js';

/** Rows of processes before the screen is full. */
const ROWS = 24;
const FRAMES = 6;
/** Where the terminal does not say. */
const COLUMNS = 120;
const LABEL = 8;

export const overview: SectionRun = ({ dump }) => {
  const { tasks } = dump;
  const system = systemOf(dump);
  const counts = count(tasks);
  const rows = tasks
    .filter((task) => task.leader && !task.kernelThread && !task.idle)
    .map((task) => row(dump, task));
  return {
    schema: 'overview',
    data: () => ({
      image: { path: dump.image.path, format: dump.image.format },
      system,
      tasks: counts,
      processes: rows,
    }),
    text: function* (style) {
      yield* machine(dump, system, style);
      yield* death(system, style);
      yield running(counts, style);
      yield '';
      yield* processes(rows, busy(system, tasks), style);
    },
  };
};

function row(dump: Dump, task: Task): ProcessRow {
  const mm = dump.mm(task);
  const rss = dump.resident(task);
  const cmdline = mm === null ? [] : dump.detail(task).cmdline;
  return {
    pid: task.pid,
    ppid: task.ppid,
    uid: task.credentials?.euid ?? null,
    state: task.state,
    threads: task.threads,
    rssPages: rss === null ? 0 : rss.file + rss.anon + rss.shmem,
    swapPages: rss?.swap ?? 0,
    vmas: mm?.mapCount ?? 0,
    files: dump.files(task).length,
    tty: task.tty,
    comm: task.comm,
    command: cmdline.join(' ').trim() || `[${task.comm}]`,
  };
}

function count(tasks: readonly Task[]): TaskCounts {
  return {
    total: tasks.length,
    processes: tasks.filter((task) => task.leader && !task.kernelThread && !task.idle).length,
    userThreads: tasks.filter((task) => !task.kernelThread && !task.idle).length,
    kernelThreads: tasks.filter((task) => task.kernelThread && !task.idle).length,
    idle: tasks.filter((task) => task.idle).length,
    zombies: tasks.filter((task) => task.state === 'Z').length,
    onCpu: tasks.filter((task) => task.onCpu && !task.idle).map((task) => ({ tid: task.tid, cpu: task.cpu })),
  };
}

/** PIDs of who panicked, and of who was on a CPU. */
function busy({ panic }: System, tasks: readonly Task[]): Set<number> {
  const there = tasks.filter((task) => !task.idle && (task.onCpu || task.tid === panic.tid));
  return new Set(there.map((task) => task.pid));
}

const line = (name: string, text: string, style: Style) => `${style.dim(name.padEnd(LABEL))} ${text}`;

function* machine(dump: Dump, system: System, style: Style): Generator<string> {
  const { memory, cpus, crashReservations } = system;
  const held = dump.image.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  yield line('image', `${dump.image.path}: ${dump.image.format}, ${bytes(held)}`, style);
  const kernel = style.title(printable(`Linux ${system.release}`));
  yield line('kernel', `${kernel} ${printable(`${system.version} ${system.machine}`)}`, style);
  const model = cpus.model === null ? '' : ` (${printable(cpus.model.trim())})`;
  const load = system.loadAverage.map((value) => value.toFixed(2)).join(' ');
  yield line(
    'machine',
    `${printable(system.hostname)}: ${plural(cpus.online, 'CPU')}${model}, load ${load}`,
    style,
  );
  const swap =
    memory.swapTotal > 0 ? `; swap ${pages(memory.swapTotal)}, ${pages(memory.swapFree)} free` : '';
  const reserved = crashReservations.reduce((sum, { start, end }) => sum + end - start, 0);
  const crash = reserved > 0 ? `; ${bytes(reserved)} for a crash kernel` : '';
  yield line(
    'memory',
    `${pages(memory.managed)}, ${pages(memory.free)} free, ${pages(memory.pageCache)} page cache${swap}${crash}`,
    style,
  );
  yield line('booted', printable(system.commandLine), style);
}

function* death(system: System, style: Style): Generator<string> {
  const { panic, clock } = system;
  const when = clock.wall === null ? '' : `${wallTime(clock.wall)}, `;
  yield line('died', `${when}${duration(clock.uptime)} after boot`, style);
  if (panic.message === null) {
    yield line('why', 'no panic found: a snapshot of a running kernel, or one that hung', style);
  } else {
    const cause = panic.cause === null || panic.cause === panic.message ? '' : `${panic.cause}; `;
    yield line('why', style.bad(printable(`${cause}${panic.message}`)), style);
  }
  if (panic.cpu !== null) {
    const who = `${printable(panic.comm ?? '?')} (${panic.tid ?? '?'})`;
    yield line('where', `CPU ${panic.cpu}, ${who}${path(panic.backtrace)}`, style);
  }
  if (system.taint.bits !== 0) yield line('taint', system.taint.text, style);
}

/** `2026-11-22 13:03:21 UTC` of an ISO time. */
function wallTime(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}

/** The innermost calls, guesses left out. */
function path(frames: readonly StackFrame[]): string {
  const names = frames
    .filter((frame) => !frame.guess && frame.symbol !== null)
    .map((frame) => (frame.symbol as string).replace(/\+0x.*$/, ''));
  if (names.length === 0) return '';
  const more = names.length > FRAMES ? ' ← …' : '';
  return `: ${names.slice(0, FRAMES).join(' ← ')}${more}`;
}

function running(counts: TaskCounts, style: Style): string {
  const zombies = counts.zombies > 0 ? `, ${plural(counts.zombies, 'zombie')}` : '';
  const user = `${plural(counts.processes, 'process', 'processes')} with ${plural(counts.userThreads, 'thread')}`;
  return line('tasks', `${user}${zombies}; ${plural(counts.kernelThreads, 'kernel thread')}`, style);
}

const TABLE: readonly Column<ProcessGroup>[] = [
  { head: 'PID', right: true, cell: ({ first }) => first.pid },
  { head: 'PPID', right: true, cell: ({ first }) => first.ppid },
  { head: 'UID', right: true, cell: ({ first }) => first.uid ?? '?' },
  { head: 'ST', cell: ({ first }) => first.state },
  { head: 'THR', right: true, cell: ({ threads }) => threads },
  { head: 'RSS', right: true, cell: ({ rssPages }) => (rssPages > 0 ? pages(rssPages) : '-') },
  { head: 'SWAP', right: true, cell: ({ swapPages }) => (swapPages > 0 ? pages(swapPages) : '-') },
  { head: 'VMAS', right: true, cell: ({ vmas }) => vmas },
  { head: 'FDS', right: true, cell: ({ files }) => files },
  { head: 'TTY', cell: ({ first }) => first.tty ?? '-' },
  {
    head: 'COMMAND',
    cell: ({ first, count }) =>
      (count > 1 ? `${count} × ` : '') + printable(first.command).replace(/ +/g, ' '),
  },
];

function* processes(
  rows: readonly ProcessRow[],
  first: ReadonlySet<number>,
  style: Style,
): Generator<string> {
  const width = style.columns ?? COLUMNS;
  const { shown, others } = gather(rows, first, ROWS);
  for (const text of table(TABLE, shown)) yield shorten(text, width);
  if (others.length === 0) return;
  const names = [...new Set(others.map(({ comm }) => printable(comm)))].join(' ');
  const more = `… and ${others.length} more (sections ps, tree): ${names}`;
  yield style.dim(shorten(more, width));
}
