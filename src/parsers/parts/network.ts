// Sockets, and what each network namespace has.

import type { Dump } from '../dump.js';
import { type DescriptorHolder, Network } from '../net/network.js';
import { perDump } from './per-dump.js';

export const networkOf: (dump: Dump) => Network = perDump(
  (dump) => new Network(dump.kernel, () => descriptorHolders(dump)),
);

/** Processes, and the threads whose descriptors are not their process's. */
function descriptorHolders(dump: Dump): DescriptorHolder[] {
  const leaders = dump.tasks.filter((task) => task.leader);
  const tables = new Map(leaders.map((task) => [task.pid, task.filesTable]));
  return dump.tasks
    .filter((task) => task.leader || tables.get(task.pid) !== task.filesTable)
    .map((task) => ({ pid: task.tid, comm: task.comm, files: dump.files(task) }));
}
