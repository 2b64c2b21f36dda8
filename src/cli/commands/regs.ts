// `regs`: a thread's user registers at its machine's death, the system call it was in, and what else it needs to go on.

import { AbsentError } from '../../base/error.js';
import type { Dump } from '../../parsers/dump.js';
import { systemOf } from '../../parsers/parts/system.js';
import { threadOf } from '../../parsers/parts/threads.js';
import type { Task } from '../../snapshot/task.js';
import type { Thread, UserRegisters } from '../../snapshot/thread.js';
import type { Style } from '../render/style.js';
import { syscallText } from '../render/syscall.js';
import { printable } from '../render/units.js';
import type { SectionRun } from '../section.js';
import { selectOrAll } from '../select.js';
import { fpuLines } from './regs-fpu.js';

export const regs: SectionRun = ({ dump, args, options }) => {
  const tasks = chosen(dump, args, options['all'] === true, options['threads'] === true);
  return {
    schema: 'regs',
    data: function* () {
      for (const task of tasks) yield { comm: task.comm, ...threadOf(dump, task) };
    },
    text: function* (style) {
      for (const [i, task] of tasks.entries()) {
        if (i > 0) yield '';
        yield* lines(task, threadOf(dump, task), options['fpu'] === true, style);
      }
    },
  };
};

/** The named ones; with --threads, all threads of theirs; the one that panicked where none is named. */
function chosen(dump: Dump, words: readonly string[], all: boolean, threads: boolean): Task[] {
  const isUser = (task: Task) => !task.kernelThread && !task.idle;
  if (words.length === 0 && !all) return [panicked(dump)];
  const found = selectOrAll(dump, words, all, isUser);
  if (!threads) return found;
  const pids = new Set(found.map(({ pid }) => pid));
  return dump.tasks.filter((task) => isUser(task) && pids.has(task.pid));
}

function panicked(dump: Dump): Task {
  const { tid } = systemOf(dump).panic;
  const task = dump.tasks.find((each) => each.tid === tid && !each.idle);
  if (task === undefined)
    throw new AbsentError('no user thread panicked in this dump', 'Name one: regs PID.');
  return task;
}

function* lines(task: Task, thread: Thread, fpu: boolean, style: Style): Generator<string> {
  const tid = task.tid === task.pid ? '' : ` thread ${task.tid}`;
  const place = `state ${task.state}  ${task.onCpu ? 'on' : 'last on'} cpu ${task.cpu}`;
  yield `${style.title(String(task.pid))}${tid} ${style.name(printable(task.comm))}  ${place}`;
  const row = (name: string, text: string) => `  ${style.dim(name.padEnd(9))} ${text}`;
  if (thread.registers === null) yield row('registers', 'none: it has no user half, or no stack any more');
  else yield* registerLines(thread.registers, style);
  if (thread.syscall !== null) yield row('syscall', callText(thread));
  yield* segmentLines(thread, row);
  yield* userLines(thread, row);
  if (thread.fpu !== null && fpu) yield* fpuLines(thread.fpu, row);
}

const GRID = [
  ['ip', 'sp', 'flags'],
  ['ax', 'bx', 'cx'],
  ['dx', 'si', 'di'],
  ['bp', 'r8', 'r9'],
  ['r10', 'r11', 'r12'],
  ['r13', 'r14', 'r15'],
] as const;

function* registerLines(regs: UserRegisters, style: Style): Generator<string> {
  const word = (text: string) => text.slice(2).padStart(16, '0');
  for (const names of GRID) {
    yield `  ${names.map((name) => `${style.dim(name.padStart(5))} ${word(regs[name])}`).join('  ')}`;
  }
  const segments = `${style.dim('   cs')} ${regs.cs.toString(16)}  ${style.dim('ss')} ${regs.ss.toString(16)}`;
  const stale = regs.mayBeStale ? '; it was on a CPU, and may have gone on since' : '';
  yield `  ${segments}  ${style.dim('orig_ax')} ${word(regs.orig_ax)}  ${style.dim(`(${regs.source}${stale})`)}`;
}

function callText({ syscall, restart }: Thread): string {
  const again = restart === null ? '' : `; restarted by ${restart.fn}`;
  return syscall === null ? 'none' : `${syscallText(syscall)}${again}`;
}

type Row = (name: string, text: string) => string;

function* segmentLines({ segments }: Thread, row: Row): Generator<string> {
  if (segments === null) return;
  const stale = segments.mayBeStale ? '; the CPU may have had others' : '';
  const { fs, gs, ds, es } = segments;
  const selectors = [fs, gs, ds, es].some((each) => each !== 0)
    ? `, selectors fs ${fs.toString(16)} gs ${gs.toString(16)} ds ${ds.toString(16)} es ${es.toString(16)}`
    : '';
  yield row('bases', `fs ${segments.fsBase} gs ${segments.gsBase}${selectors} (${segments.source}${stale})`);
  for (const { entry, base, limit } of segments.tls) {
    yield row('tls', `GDT entry ${entry}: base ${base}, limit 0x${limit.toString(16)}`);
  }
}

function* userLines({ rseq, robustList, clearChildTid, setChildTid }: Thread, row: Row): Generator<string> {
  if (rseq !== null) {
    const { area } = rseq;
    const inside =
      area === null || area.criticalSection === '0x0' ? '' : `, critical section ${area.criticalSection}`;
    const cpu = area === null ? 'not in memory' : `cpu ${area.cpuId}`;
    yield row('rseq', `${rseq.address}, signature 0x${rseq.signature.toString(16)}, ${cpu}${inside}`);
  }
  if (robustList !== null) {
    const { entries, pending } = robustList;
    const held = entries.length === 0 ? 'none held' : `held: ${entries.join(' ')}`;
    yield row('robust', `${robustList.address}, ${held}${pending === null ? '' : `, pending ${pending}`}`);
  }
  yield row('tids', `clear_child_tid ${clearChildTid}, set_child_tid ${setChildTid}`);
}
