// Every terminal that is open: those that drivers have in their tables, those behind descriptors, the controlling ones of
// processes, and the other sides of ptys (whose drivers keep no table).

import { type Kva, NULL } from '../../base/address.js';
import type { Task } from '../../snapshot/task.js';
import type { Terminal } from '../../snapshot/terminal.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { readTty } from './tty.js';

const DRIVER = { list: 'tty_drivers', table: 'ttys', count: 'num' } as const;
const TASK = { signal: 'signal' } as const;
const SIGNAL = { tty: 'tty' } as const;
const TTY = { link: 'link' } as const;
const MAX_DRIVERS = 1 << 12;
/** MINORMASK and one. */
const MAX_LINES = 1 << 20;

/** In the order of device numbers. `open` are the tty_structs behind descriptors. */
export function readTerminals(
  kernel: Kernel,
  tasks: readonly Task[],
  open: Iterable<Kva>,
): readonly Terminal[] {
  const found = new Set<Kva>([...inTables(kernel), ...open, ...controlling(kernel, tasks)]);
  const { link } = kernel.layout('tty_struct', TTY);
  found.delete(NULL);
  for (const tty of [...found]) found.add(kernel.faults.guard('link', () => kernel.mem.ptr(tty, link), NULL));
  found.delete(NULL);
  return [...found]
    .map((tty) => kernel.faults.guard(`tty ${kernel.mem.hex(tty)}`, () => readTty(kernel, tty), null))
    .filter((tty) => tty !== null)
    .sort((a, b) => a.major - b.major || a.minor - b.minor);
}

function inTables(kernel: Kernel): Kva[] {
  const { mem } = kernel;
  const head = kernel.symbols.address('tty_drivers');
  if (head === undefined) return [];
  const at = kernel.layout('tty_driver', DRIVER);
  const found: Kva[] = [];
  const take = (driver: Kva) => {
    const [table, count] = [mem.ptr(driver, at.table), mem.u32(driver, at.count)];
    if (table === NULL) return;
    if (count > MAX_LINES)
      throw mem.fault('corrupt', `a terminal driver of ${count} lines`, driver, at.count);
    for (let line = 0; line < count; line++) found.push(mem.ptr(table, line * 8));
  };
  forEachListEntry(kernel, head, at.list, take, MAX_DRIVERS);
  return found;
}

function controlling(kernel: Kernel, tasks: readonly Task[]): Kva[] {
  const { mem, faults } = kernel;
  const { signal } = kernel.layout('task_struct', TASK);
  const { tty } = kernel.layout('signal_struct', SIGNAL);
  return tasks
    .filter((task) => task.leader && !task.kernelThread && !task.idle)
    .map((task) =>
      faults.guard(
        'signal->tty',
        () => {
          const of = mem.ptr(mem.fromHex(task.address), signal);
          return of === NULL ? NULL : mem.ptr(of, tty);
        },
        NULL,
      ),
    );
}
