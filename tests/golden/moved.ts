// What cannot be stable: the guest went on for a moment after it had recorded itself.
import type { Task } from '../../src/snapshot/task.js';
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
