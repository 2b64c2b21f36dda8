// Mounts, as each process saw them.

import type { Mount } from '../../snapshot/files.js';
import type { Task } from '../../snapshot/task.js';
import type { Dump } from '../dump.js';
import { readMounts } from '../fs/mounts.js';

/** Mounts of the task's mount namespace, as its /proc/PID/mountinfo lists them. */
export function mountsOf(dump: Dump, task: Task): readonly Mount[] {
  return dump.guard(task, 'mounts', () => readMounts(dump.kernel, dump.address(task.address)), []);
}
