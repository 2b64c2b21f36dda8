// Which tasks share an address space.

import type { Hex } from '../../base/address.js';
import type { Task } from '../../snapshot/task.js';

export function tasksByMm(tasks: readonly Task[]): Map<Hex, Task[]> {
  const found = new Map<Hex, Task[]>();
  for (const task of tasks) {
    if (task.mm === null) continue;
    const sharers = found.get(task.mm);
    if (sharers) sharers.push(task);
    else found.set(task.mm, [task]);
  }
  return found;
}
