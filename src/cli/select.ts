// Processes by PID, thread id, or name, as every section takes them.
import { AbsentError, UsageError } from '../base/error.js';
import type { Dump } from '../parsers/dump.js';
import type { Task } from '../snapshot/task.js';

/** The tasks that `word` names: a PID or thread id, or every process of that command name. */
export function tasksNamed(dump: Dump, word: string): Task[] {
  if (/^\d+$/.test(word)) {
    const id = Number(word);
    const found = dump.tasks.find((task) => task.tid === id && !task.idle);
    if (found) return [found];
    throw new AbsentError(`no process or thread ${word} in this dump`, 'List them with the section ps -T.');
  }
  const found = dump.tasks.filter((task) => task.leader && task.comm === word);
  if (found.length > 0) return found;
  const threads = dump.tasks.filter((task) => task.comm === word);
  if (threads.length > 0) return threads;
  throw new AbsentError(`no process named ${word} in this dump`, 'List them with the section ps.');
}

export function selectTasks(dump: Dump, words: readonly string[]): Task[] {
  return [...new Set(words.flatMap((word) => tasksNamed(dump, word)))];
}

/** The tasks named, or every process with --all; a usage error for neither. */
export function selectOrAll(
  dump: Dump,
  words: readonly string[],
  all: boolean,
  keep: (task: Task) => boolean = () => true,
): Task[] {
  if (words.length > 0) return selectTasks(dump, words);
  if (!all) throw new UsageError('name a process (PID or command), or use --all');
  return dump.tasks.filter((task) => task.leader && !task.idle && keep(task));
}

/** The first task that `word` names. */
export function oneTask(dump: Dump, word: string): Task {
  return tasksNamed(dump, word)[0] as Task;
}
