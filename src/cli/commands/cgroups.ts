// `cgroups`: the trees of control groups with the processes in them.
import { cgroupsOf } from '../../parsers/parts/attributes.js';
import type { Cgroup, CgroupHierarchy } from '../../snapshot/cgroups.js';
import type { Task } from '../../snapshot/task.js';
import type { Style } from '../render/style.js';
import { plural, printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const cgroups: SectionRun = ({ dump }) => ({
  schema: 'cgroups',
  data: () => cgroupsOf(dump),
  text: function* (style) {
    if (cgroupsOf(dump).length === 0) yield style.dim('no hierarchy of control groups is mounted');
    const tasks = new Map(dump.tasks.filter((task) => !task.idle).map((task) => [task.tid, task]));
    for (const [i, hierarchy] of cgroupsOf(dump).entries()) {
      if (i > 0) yield '';
      yield heading(hierarchy, style);
      yield* groupLines(hierarchy.root, tasks, 1, style);
    }
  },
});

function heading({ id, controllers }: CgroupHierarchy, style: Style): string {
  const what = id === 0 ? 'version 2' : `version 1, ${printable(controllers.join(','))}`;
  return style.title(`hierarchy ${id}: ${what}`);
}

function* groupLines(
  group: Cgroup,
  tasks: ReadonlyMap<number, Task>,
  depth: number,
  style: Style,
): Generator<string> {
  const indent = '  '.repeat(depth);
  const members = group.tasks.flatMap((tid) => tasks.get(tid) ?? []);
  const processes = new Map(members.filter((task) => !task.kernelThread).map((task) => [task.pid, task]));
  const kernelThreads = members.filter((task) => task.kernelThread).length;
  yield `${indent}${style.name(printable(group.name))}${marks(group, kernelThreads)}`;
  for (const [pid, member] of processes) {
    const here = members.filter((task) => task.pid === pid).length;
    const all = plural(member.threads, 'thread');
    const threads = here < member.threads ? `  ${here} of ${all}` : member.threads > 1 ? `  ${all}` : '';
    yield `${indent}  ${pid} ${printable(tasks.get(pid)?.comm ?? member.comm)}${threads}`;
  }
  for (const child of group.children) yield* groupLines(child, tasks, depth + 1, style);
}

function marks({ controllers, subtreeControl, frozen, threaded, id }: Cgroup, kernelThreads: number): string {
  return [
    `  inode ${id}`,
    controllers.length > 0 ? `controllers ${controllers.join(' ')}` : '',
    subtreeControl.length > 0 ? `for its children ${subtreeControl.join(' ')}` : '',
    frozen ? 'frozen' : '',
    threaded ? 'threaded' : '',
    kernelThreads > 0 ? plural(kernelThreads, 'kernel thread') : '',
  ]
    .filter(Boolean)
    .join(', ');
}
