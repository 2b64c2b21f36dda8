// What a task may do and is given: scheduling, limits, confinement, namespaces, control groups.

import { Memo } from '../../base/memo.js';
import type { TaskAttributes } from '../../snapshot/attributes.js';
import type { CgroupHierarchy } from '../../snapshot/cgroups.js';
import type { Task } from '../../snapshot/task.js';
import type { Dump } from '../dump.js';
import { readAttributes } from '../signals/attributes.js';
import { readCgroupTrees } from '../signals/cgroup-tree.js';
import { perDump } from './per-dump.js';

const sets = perDump(() => new Memo<TaskAttributes>());

/** Scheduling, limits, confinement, namespaces and control groups. */
export function attributesOf(dump: Dump, task: Task): TaskAttributes {
  const read = () => readAttributes(dump.kernel, dump.address(task.address));
  const name = `task ${task.tid} ${task.comm}`;
  return sets(dump).get(task.address, () => dump.kernel.faults.within(name, read));
}

/** Every mounted hierarchy of control groups, with the threads in each group. */
export const cgroupsOf: (dump: Dump) => readonly CgroupHierarchy[] = perDump((dump) => {
  const members = dump.tasks.filter(({ idle }) => !idle);
  const read = () =>
    readCgroupTrees(
      dump.kernel,
      members.map(({ tid, address }) => ({ tid, task: dump.address(address) })),
    );
  return dump.kernel.faults.guard('control groups', read, []);
});
