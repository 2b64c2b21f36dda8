// `ns`: the namespaces there are, with who is in each; those of one process where it is named.

import type { Dump } from '../../parsers/dump.js';
import { attributesOf } from '../../parsers/parts/attributes.js';
import { idMapText } from '../../parsers/signals/id-map.js';
import type { Task } from '../../snapshot/task.js';
import { table } from '../render/table.js';
import { plural, printable } from '../render/units.js';
import type { NamespaceRow } from '../schema.js';
import type { SectionRun } from '../section.js';
import { selectTasks } from '../select.js';

export const ns: SectionRun = ({ dump, args }) => {
  const rows = namespaceRows(dump, args.length > 0 ? selectTasks(dump, args) : null);
  return {
    schema: 'ns',
    data: () => rows,
    text: () =>
      table(
        [
          { head: 'TYPE', cell: (row) => row.type },
          { head: 'INODE', cell: (row) => row.inode, right: true },
          { head: 'TASKS', cell: (row) => row.tids.length, right: true },
          { head: 'FIRST', cell: (row) => first(dump, row) },
          { head: '', cell: (row) => printable(row.detail) },
        ],
        rows,
      ),
  };
};

type Building = { -readonly [K in keyof NamespaceRow]: NamespaceRow[K] } & {
  tids: number[];
  forChildrenOf: number[];
};

/** By type, then in the order in which tasks are met. */
function namespaceRows(dump: Dump, only: readonly Task[] | null): NamespaceRow[] {
  const found = new Map<string, Building>();
  const wanted = only && new Set(only.flatMap((task) => keysOf(dump, task)));
  for (const task of dump.tasks) {
    if (task.idle) continue;
    for (const { name, inode, address } of attributesOf(dump, task).namespaces.links) {
      const type = name.replace(/_for_children$/, '');
      const key = `${type} ${inode}`;
      if (wanted !== null && !wanted.has(key)) continue;
      let row = found.get(key);
      if (row === undefined) {
        row = { type, inode, address, tids: [], forChildrenOf: [], detail: '' };
        found.set(key, row);
      }
      if (type === name) row.tids.push(task.tid);
      else row.forChildrenOf.push(task.tid);
      if (row.detail === '') row.detail = detail(dump, task, name);
    }
  }
  return [...found.values()].sort((a, b) => a.type.localeCompare(b.type));
}

function keysOf(dump: Dump, task: Task): string[] {
  const { links } = attributesOf(dump, task).namespaces;
  return links.map(({ name, inode }) => `${name.replace(/_for_children$/, '')} ${inode}`);
}

/** What a namespace says of itself: hostname, map of ids, clock offsets. */
function detail(dump: Dump, task: Task, name: string): string {
  const { hostname, uidMap, timeOffsets, userLevel } = attributesOf(dump, task).namespaces;
  if (name === 'uts') return hostname ?? '';
  if (name === 'user') {
    const map = idMapText(uidMap).trim().replace(/ +/g, ' ').replaceAll('\n', ',');
    return `level ${userLevel}, uid_map ${map === '' ? 'empty' : map}`;
  }
  if (name === 'time_for_children' && timeOffsets !== null) {
    const { monotonic, boottime } = timeOffsets;
    if (monotonic !== 0 || boottime !== 0) return `monotonic +${monotonic} ns, boottime +${boottime} ns`;
  }
  return '';
}

function first(dump: Dump, { tids, forChildrenOf }: NamespaceRow): string {
  const tid = tids[0];
  if (tid === undefined) return `for children of ${plural(forChildrenOf.length, 'task')}`;
  const task = dump.tasks.find((each) => each.tid === tid && !each.idle);
  return `${tid} ${printable(task?.comm ?? '?')}`;
}
