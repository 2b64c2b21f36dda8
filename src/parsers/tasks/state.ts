// A task's state as the letter of /proc/PID/stat. Mirrors __task_state_index() in include/linux/sched.h and
// task_state_array in fs/proc/array.c.

import type { Kva } from '../../base/address.js';
import type { TaskState } from '../../snapshot/task.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';

const NEW = { state: '__state' } as const;
const OLD = { state: 'state' } as const;

export const taskState: Trait<(kernel: Kernel, task: Kva) => number> = {
  name: 'task state',
  eras: [
    {
      name: '__state',
      since: '5.14',
      commit: '2f064a59a11f',
      evidence: 'task_struct.__state',
      probe: hasMember('task_struct.__state'),
      reader: (kernel, task) => kernel.mem.u32(task, kernel.layout('task_struct', NEW).state),
    },
    {
      name: 'state',
      since: '2.6',
      commit: null,
      evidence: 'task_struct.state',
      probe: hasMember('task_struct.state'),
      reader: (kernel, task) => kernel.mem.u32(task, kernel.layout('task_struct', OLD).state),
    },
  ],
};

/** What /proc reports: running (no bit) up to parked. */
const REPORTED = 0x7f;
/** TASK_UNINTERRUPTIBLE | TASK_NOLOAD. */
const IDLE = 0x402;
/** TASK_RTLOCK_WAIT (PREEMPT_RT, 5.15) and TASK_FROZEN (6.1); both are shown as uninterruptible. */
const HIDDEN = 0x1000 | 0x8000;
const UNINTERRUPTIBLE = 0x2;
const LETTERS: readonly TaskState[] = ['R', 'S', 'D', 'T', 't', 'X', 'Z', 'P'];

export function stateLetter(state: number, exitState: number): TaskState {
  if (state & HIDDEN) return letter(UNINTERRUPTIBLE);
  if ((state & IDLE) === IDLE) return 'I';
  return letter((state | exitState) & REPORTED);
}

function letter(bits: number): TaskState {
  return LETTERS[32 - Math.clz32(bits)] ?? '?';
}
