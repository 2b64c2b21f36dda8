// `bt`: kernel stack backtraces, and user stacks with --user.

import { AbsentError, UsageError } from '../../base/error.js';
import type { Dump } from '../../parsers/dump.js';
import { systemOf } from '../../parsers/parts/system.js';
import { backtraceOf, userBacktraceOf } from '../../parsers/parts/threads.js';
import type { StackFrame } from '../../snapshot/system.js';
import type { Task } from '../../snapshot/task.js';
import type { UserBacktrace, UserFrame } from '../../snapshot/thread.js';
import type { Style } from '../render/style.js';
import { printable } from '../render/units.js';
import type { Backtrace } from '../schema.js';
import type { SectionContext, SectionRun } from '../section.js';
import { selectTasks } from '../select.js';

export const bt: SectionRun = (context) => {
  const { dump, options } = context;
  const tasks = chosen(context);
  const user = options['user'] === true;
  return {
    schema: 'bt',
    data: function* () {
      for (const task of tasks) yield trace(dump, task, user);
    },
    text: function* (style) {
      for (const [i, task] of tasks.entries()) {
        if (i > 0) yield '';
        yield* lines(trace(dump, task, user), style);
      }
    },
  };
};

function chosen({ dump, args, options }: SectionContext): readonly Task[] {
  if (options['all'] === true) return dump.tasks;
  if (options['cpu'] !== undefined) return [onCpu(dump, String(options['cpu']))];
  if (options['active'] === true) return active(dump);
  if (args.length === 0) return [panicked(dump)];
  const named = selectTasks(dump, args);
  if (options['threads'] !== true) return named;
  const pids = new Set(named.map(({ pid }) => pid));
  return dump.tasks.filter((task) => pids.has(task.pid) && !task.idle);
}

function active(dump: Dump): Task[] {
  return dump.tasks.filter((task) => task.onCpu).sort((a, b) => a.cpu - b.cpu);
}

function onCpu(dump: Dump, text: string): Task {
  if (!/^\d+$/.test(text)) throw new UsageError(`--cpu takes the number of a CPU, not ${text}`);
  const found = active(dump).find(({ cpu }) => cpu === Number(text));
  if (found !== undefined) return found;
  const cpus = active(dump).map(({ cpu }) => cpu);
  throw new AbsentError(`no CPU ${text} was running in this dump`, `There are: ${cpus.join(', ')}.`);
}

function panicked(dump: Dump): Task {
  const { panic } = systemOf(dump);
  const task = dump.tasks.find((each) => isPanicked(dump, each));
  if (panic.tid === null || task === undefined) {
    throw new AbsentError('no task panicked in this dump', 'Name a process: bt PID.');
  }
  return task;
}

function isPanicked(dump: Dump, { tid, cpu, idle }: Task): boolean {
  const { panic } = systemOf(dump);
  return tid === panic.tid && (!idle || cpu === panic.cpu);
}

/** Of the task that panicked, as the panic itself tells it. */
function trace(dump: Dump, task: Task, withUser: boolean): Backtrace {
  const { pid, tid, comm, cpu, state } = task;
  const frames = isPanicked(dump, task) ? systemOf(dump).panic.backtrace : backtraceOf(dump, task);
  const user = withUser ? { user: userBacktraceOf(dump, task) } : {};
  return { pid, tid, comm, cpu, state, frames, ...user };
}

function* lines({ pid, tid, comm, cpu, state, frames, user }: Backtrace, style: Style): Generator<string> {
  const thread = tid === pid ? '' : ` thread ${tid}`;
  yield `${style.title(String(pid))}${thread} ${style.name(printable(comm))}  state ${state}  cpu ${cpu}`;
  for (const frame of frames) yield frameLine(frame, style);
  if (user != null) yield* userLines(user, style);
}

/** `? ` before a guess, as the kernel prints it. */
export function frameLine(frame: StackFrame, style: Style): string {
  if (frame.mark !== null && frame.symbol === null) return `  ${style.dim(frame.mark)}`;
  const mark = frame.mark === null ? '' : `  ${style.dim(frame.mark)}`;
  const text = `  ${frame.guess ? '? ' : ''}${frame.symbol ?? frame.address}`;
  return frame.guess ? style.dim(text) + mark : text + mark;
}

function* userLines({ frames, complete }: UserBacktrace, style: Style): Generator<string> {
  yield `  ${style.dim('user')}`;
  for (const frame of frames) yield userLine(frame, style);
  if (!complete) yield `  ${style.dim('… the rest could not be unwound')}`;
}

/** `~` before a symbol that ends before the address: the function itself has none. Without one, the place in the file. */
function userLine(frame: UserFrame, style: Style): string {
  const { address, symbol, symbolGuess, file, fileOffset, by, guess } = frame;
  const name = symbol === null ? '' : ` ${symbolGuess ? '~' : ''}${printable(symbol)}`;
  const offset = symbol !== null || fileOffset === null ? '' : `+0x${fileOffset.toString(16)}`;
  const place = file === null ? '' : ` ${style.dim(`(${printable(file)}${offset})`)}`;
  const how = guess || by === 'signal frame' ? `  ${style.dim(`[by ${by}]`)}` : '';
  return `  ${guess ? '? ' : ''}0x${address.slice(2).padStart(12, '0')}${name}${place}${how}`;
}
