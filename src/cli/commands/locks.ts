// `locks`: /proc/locks, byte for byte; with --verbose, whose they are and on which file.

import { lockLines, shownWaiters } from '../../parsers/descriptors/lock-text.js';
import type { Dump } from '../../parsers/dump.js';
import { locksOf } from '../../parsers/parts/ipc.js';
import type { FileLock } from '../../snapshot/lock.js';
import { printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const locks: SectionRun = ({ dump, options }) => ({
  schema: 'locks',
  data: () => locksOf(dump),
  text: function* (style) {
    const levels = dump.kernel.trait(shownWaiters);
    const holders = options['verbose'] === true ? holdersOf(dump) : undefined;
    for (const [i, lock] of locksOf(dump).entries()) {
      if (lock.pid === 0) continue;
      for (const line of lockLines(lock, i + 1, levels)) yield style.exact(line);
      if (holders !== undefined) yield `    ${owner(lock, holders)}`;
    }
    if (locksOf(dump).length === 0 && holders !== undefined) yield style.dim('no file is locked');
  },
});

/** Who has each open file description: path, and `PID/FD` for all that have it. */
function holdersOf(dump: Dump): Map<string, { path: string; at: string[] }> {
  const found = new Map<string, { path: string; at: string[] }>();
  for (const task of dump.tasks) {
    if (!task.leader || task.idle) continue;
    for (const { fd, file } of dump.files(task)) {
      const holder = found.get(file.address) ?? { path: file.path, at: [] };
      holder.at.push(`${task.pid}/${fd}`);
      found.set(file.address, holder);
    }
  }
  return found;
}

function owner(lock: FileLock, holders: ReturnType<typeof holdersOf>): string {
  const holder = lock.file === null ? undefined : holders.get(lock.file);
  const name =
    holder === undefined ? 'no descriptor' : `${printable(holder.path)}  by ${holder.at.join(' ')}`;
  return `${name}  lock ${lock.address}`;
}
