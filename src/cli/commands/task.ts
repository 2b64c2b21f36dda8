// `task`: a process on a page.

import type { Dump } from '../../parsers/dump.js';
import { attributesOf } from '../../parsers/parts/attributes.js';
import { signalsOf, timersOf } from '../../parsers/parts/signals.js';
import { threadOf } from '../../parsers/parts/threads.js';
import type { TaskAttributes } from '../../snapshot/attributes.js';
import type { Mm, RssCounters } from '../../snapshot/mm.js';
import type { Task, TaskState } from '../../snapshot/task.js';
import {
  confinementLines,
  type Line,
  placeLines,
  schedulingText,
  signalLines,
  timerLines,
} from '../render/attributes.js';
import type { Style } from '../render/style.js';
import { syscallLabel, syscallText } from '../render/syscall.js';
import { bytes, pages, plural, printable } from '../render/units.js';
import type { TaskPage } from '../schema.js';
import type { SectionRun } from '../section.js';
import { selectTasks } from '../select.js';

/** As /proc/PID/status names them. */
const STATES: Record<TaskState, string> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk sleep',
  T: 'stopped',
  t: 'tracing stop',
  X: 'dead',
  Z: 'zombie',
  P: 'parked',
  I: 'idle',
  '?': 'unknown',
};
/** Groups that a line has room for. */
const MAX_GROUPS = 16;

export const task: SectionRun = ({ dump, args, options }) => {
  const found = selectTasks(dump, args).map((each) => page(dump, each));
  const init = dump.tasks.find((each) => each.tid === 1 && !each.idle);
  const usual = init === undefined ? null : attributesOf(dump, init);
  return {
    schema: 'task',
    data: () => found,
    text: function* (style) {
      for (const [i, each] of found.entries()) {
        if (i > 0) yield '';
        yield* lines(each, usual, options['environ'] === true, style);
      }
    },
  };
};

function page(dump: Dump, each: Task): TaskPage {
  const mm = dump.mm(each);
  const threads = dump.tasks.filter((other) => other.pid === each.pid && !other.idle);
  return {
    task: each,
    detail: dump.detail(each),
    mm,
    resident: dump.resident(each),
    threads,
    calls: threads.map((thread) => threadOf(dump, thread).syscall),
    descriptors: dump.files(each),
    vmas: mm === null ? 0 : dump.vmas(each).length,
    attributes: attributesOf(dump, each),
    signals: each.kernelThread ? null : signalsOf(dump, each),
    timers: each.kernelThread ? null : timersOf(dump, each),
  };
}

function* lines(
  found: TaskPage,
  usual: TaskAttributes | null,
  environ: boolean,
  style: Style,
): Generator<string> {
  const { task: each, detail } = found;
  const kind = each.kernelThread ? 'kernel thread' : each.leader ? 'process' : `thread of ${each.pid}`;
  yield `${style.title(String(each.tid))} ${style.name(printable(each.comm))}  ${kind}, ${STATES[each.state]} (${each.state})`;
  const row = (name: string, text: string) => `  ${style.dim(name.padEnd(8))} ${text}`;
  if (detail.cmdline.length > 0) yield row('cmdline', printable(detail.cmdline.join(' ')));
  for (const name of ['exe', 'cwd', 'root'] as const) {
    const path = detail[name];
    if (path !== null) yield row(name, printable(path));
  }
  yield row('ids', identity(each));
  if (each.ids.length > 1)
    yield row('in ns', each.ids.map((ids) => `${ids.tid} in pid:[${ids.ns}]`).join(', '));
  yield row('user', credentials(each));
  yield row('started', `${(Number(each.startTime) / 1e9).toFixed(2)} s after boot, ran ${cpuTime(each)}`);
  const place = `${each.onCpu ? 'on' : 'last on'} ${each.cpu}`;
  yield row('cpu', `${place}, ${schedulingText(found.attributes.scheduling)}`);
  const call = found.calls[found.threads.indexOf(each)];
  if (call) yield row('syscall', `${syscallText(call)} (see regs, bt --user)`);
  if (each.children.length > 0) yield row('children', each.children.join(' '));
  yield row('task', `${each.address}${each.mm === null ? '' : `  mm ${each.mm}`}`);
  if (found.mm !== null) yield* memory(found.mm, found.resident ?? found.mm.rss, found.vmas, row);
  if (found.descriptors.length > 0) {
    yield row('files', `${plural(found.descriptors.length, 'descriptor')} (see files ${each.pid})`);
  }
  for (const [name, text] of attributeLines(found, usual)) yield row(name, text);
  if (each.leader && found.threads.length > 1) yield* threadLines(found, row);
  if (environ) yield* detail.environ.map((text, i) => row(i === 0 ? 'environ' : '', printable(text)));
}

/** Of a kernel thread, only where it is. */
function* attributeLines(found: TaskPage, usual: TaskAttributes | null): Generator<Line> {
  yield* placeLines(found.attributes, usual);
  if (found.task.kernelThread) return;
  yield* confinementLines(found.attributes);
  if (found.signals !== null) yield* signalLines(found.signals);
  if (found.timers !== null) yield* timerLines(found.timers);
}

function identity(each: Task): string {
  const tty = each.tty === null ? 'no tty' : `tty ${each.tty}`;
  const tracer = each.tracerPid === 0 ? '' : `, traced by ${each.tracerPid}`;
  return `pid ${each.pid} ppid ${each.ppid} pgid ${each.pgid} sid ${each.sid}, ${tty}${tracer}`;
}

function credentials({ credentials: cred }: Task): string {
  if (cred === null) return 'could not be read';
  const uid = cred.uid === cred.euid ? `${cred.uid}` : `${cred.uid} (effective ${cred.euid})`;
  const gid = cred.gid === cred.egid ? `${cred.gid}` : `${cred.gid} (effective ${cred.egid})`;
  const listed = cred.groups.slice(0, MAX_GROUPS).join(' ');
  const more = cred.groups.length > MAX_GROUPS ? ` … ${cred.groups.length} in all` : '';
  const groups = cred.groups.length > 0 ? `, groups ${listed}${more}` : '';
  return `uid ${uid}, gid ${gid}${groups}, capabilities ${cred.capEffective}`;
}

function cpuTime({ utime, stime }: Task): string {
  return `${(Number(utime) / 1e9).toFixed(2)} s user, ${(Number(stime) / 1e9).toFixed(2)} s system`;
}

function* memory(
  mm: Mm,
  rss: RssCounters,
  vmas: number,
  row: (name: string, text: string) => string,
): Generator<string> {
  const resident = rss.file + rss.anon + rss.shmem;
  const swap = rss.swap > 0 ? `, ${pages(rss.swap)} swapped` : '';
  yield row(
    'memory',
    `${pages(mm.totalVm)} in ${plural(vmas, 'VMA')}; resident ${pages(resident)} (${pages(rss.anon)} anon, ${pages(rss.file)} file, ${pages(rss.shmem)} shmem)${swap}`,
  );
  const range = (start: number, end: number) => `0x${start.toString(16)} ${bytes(end - start)}`;
  yield row('layout', `code ${range(mm.startCode, mm.endCode)}, heap ${range(mm.startBrk, mm.brk)}`);
}

function* threadLines(
  { threads, calls }: TaskPage,
  row: (name: string, text: string) => string,
): Generator<string> {
  for (const [i, { tid, state, cpu, comm }] of threads.entries()) {
    const call = calls[i];
    const label = call ? syscallLabel(call) : '';
    const doing = label === '' ? '' : `  in ${label}`;
    yield row(i === 0 ? 'threads' : '', `${tid} ${state} cpu ${cpu} ${printable(comm)}${doing}`);
  }
}
