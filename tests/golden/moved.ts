// What cannot be stable: the guest went on for a moment after it had recorded itself.
import { isStable, textOf } from '../../src/lab/truth.js';
import type { Task } from '../../src/snapshot/task.js';
import type { Fixture } from './fixtures.js';
import { fieldsOf } from './proc-text.js';

/**
 * Whether a task has run since it was recorded, by its own count of context switches; or has been woken to run, which
 * is no switch yet. State, CPU, kernel stack, and the work in a kworker's name are compared for the others only.
 */
export function movedSince(task: Task, status: string | undefined): boolean {
  const told = fieldsOf(status ?? '');
  return (
    String(task.voluntarySwitches) !== told.get('voluntary_ctxt_switches') ||
    String(task.involuntarySwitches) !== told.get('nonvoluntary_ctxt_switches') ||
    (task.state === 'R' && /^[SDI]/.test(told.get('State') ?? ''))
  );
}

/** Whether a thread that slept when it was recorded was at work when the guest died. */
export function wokeSince(
  tasks: readonly Pick<Task, 'tid' | 'idle' | 'state'>[],
  truth: Fixture['truth'],
  pid: number,
  tid: number,
): boolean {
  const status = fieldsOf(textOf(truth.processes[pid]?.threads[tid]?.files['status']) ?? '');
  const task = tasks.find((each) => each.tid === tid && !each.idle);
  return task?.state === 'R' && /^[SDI]/.test(status.get('State') ?? '');
}

/** Whether any thread of the process has run since its status was recorded. */
export function ranSince({ dump, truth }: Fixture, pid: number): boolean {
  const threads = truth.processes[pid]?.threads ?? {};
  return dump.tasks.some(
    (task) => task.pid === pid && movedSince(task, textOf(threads[task.tid]?.files['status'])),
  );
}

/**
 * Whether any thread of the process ran since, or between the two passes: what was recorded of it before its status
 * may be older than that.
 */
export function isActive(fixture: Fixture, pid: number): boolean {
  const { truth } = fixture;
  const counts = ['voluntary_ctxt_switches', 'nonvoluntary_ctxt_switches'];
  const between = Object.keys(truth.processes[pid]?.threads ?? {}).some((tid) =>
    counts.some((field) => !isStable(truth, `processes ${pid} threads ${tid} files status`, field)),
  );
  return between || ranSince(fixture, pid);
}
