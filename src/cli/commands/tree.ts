// `tree`: processes by descent, threads in braces, as pstree draws them.
import type { Task } from '../../snapshot/task.js';
import type { Style } from '../render/style.js';
import { printable } from '../render/units.js';
import type { Branch } from '../schema.js';
import type { SectionRun } from '../section.js';
import { oneTask } from '../select.js';

export const tree: SectionRun = ({ dump, args }) => {
  const processes = dump.tasks.filter((task) => task.leader && !task.idle);
  const byParent = groupByParent(processes);
  const roots =
    args[0] === undefined
      ? [...rootsOf(processes), ...processes]
      : [leaderOf(dump.tasks, oneTask(dump, args[0]))];
  const branches = growAll(roots, byParent);
  return {
    schema: 'tree',
    data: () => branches,
    text: (style) => drawAll(branches, style),
  };
};

function groupByParent(processes: readonly Task[]): Map<number, Task[]> {
  const groups = new Map<number, Task[]>();
  for (const task of processes) {
    const group = groups.get(task.ppid);
    if (group) group.push(task);
    else groups.set(task.ppid, [task]);
  }
  return groups;
}

/** Those whose parent is not among the processes: init, kthreadd, and orphans of a damaged dump. */
function rootsOf(processes: readonly Task[]): Task[] {
  const pids = new Set(processes.map((task) => task.pid));
  return processes.filter((task) => !pids.has(task.ppid) || task.ppid === task.pid);
}

function leaderOf(tasks: readonly Task[], task: Task): Task {
  return tasks.find((other) => other.leader && other.pid === task.pid) ?? task;
}

/** Deeper than this, a branch becomes a tree of its own. */
const MAX_DEPTH = 200;

/** A damaged dump can make parents of children: each process is drawn once, and none is left out. */
function growAll(roots: readonly Task[], byParent: ReadonlyMap<number, readonly Task[]>): Branch[] {
  const waiting = [...roots];
  const seen = new Set<number>();
  const grow = (task: Task, depth: number): Branch => {
    seen.add(task.pid);
    const children: Branch[] = [];
    for (const child of byParent.get(task.pid) ?? []) {
      if (seen.has(child.pid)) continue;
      if (depth < MAX_DEPTH) children.push(grow(child, depth + 1));
      else waiting.push(child);
    }
    return { pid: task.pid, comm: task.comm, state: task.state, threads: task.threads, children };
  };
  const branches: Branch[] = [];
  for (const root of waiting) if (!seen.has(root.pid)) branches.push(grow(root, 0));
  return branches;
}

function* drawAll(branches: readonly Branch[], style: Style): Generator<string> {
  for (const branch of branches) {
    yield label(branch, style);
    yield* drawChildren(branch, '', style);
  }
}

function* drawChildren(branch: Branch, indent: string, style: Style): Generator<string> {
  for (const [i, child] of branch.children.entries()) {
    const last = i === branch.children.length - 1;
    yield `${indent}${last ? '└─' : '├─'}${label(child, style)}`;
    yield* drawChildren(child, `${indent}${last ? '  ' : '│ '}`, style);
  }
}

function label({ comm, pid, threads, state }: Branch, style: Style): string {
  const more = threads > 1 ? style.dim(` {${threads} threads}`) : '';
  const odd = state === 'Z' || state === 'X' || state === 'T' || state === 't' ? style.bad(` ${state}`) : '';
  return `${style.name(printable(comm))} ${pid}${odd}${more}`;
}
