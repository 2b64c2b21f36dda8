// Which processes a screen shows: workers of one program as one row, and of the rest those that matter most.
import type { ProcessRow } from './schema.js';

export interface ProcessGroup {
  readonly first: ProcessRow;
  readonly count: number;
  /** Sums over the group. */
  readonly threads: number;
  readonly rssPages: number;
  readonly swapPages: number;
  readonly vmas: number;
  readonly files: number;
}

export interface Gathered {
  readonly shown: readonly ProcessGroup[];
  /** Processes that are in no row. */
  readonly others: readonly ProcessRow[];
}

/** At most `rows` groups, in the order of their PIDs; those with a PID of `first` come before all others. */
export function gather(processes: readonly ProcessRow[], first: ReadonlySet<number>, rows: number): Gathered {
  const groups = grouped(processes, first);
  const chosen = new Set([...groups].sort((a, b) => weight(b, first) - weight(a, first)).slice(0, rows));
  return {
    shown: groups.filter((group) => chosen.has(group)).map(summed),
    others: groups.filter((group) => !chosen.has(group)).flat(),
  };
}

/** Siblings that run the same command in the same state are one group; who was on a CPU stands alone. */
function grouped(processes: readonly ProcessRow[], first: ReadonlySet<number>): ProcessRow[][] {
  const groups = new Map<string, ProcessRow[]>();
  for (const each of processes) {
    const { ppid, uid, state, comm, command, tty } = each;
    const key = first.has(each.pid) ? each.pid : JSON.stringify([ppid, uid, state, comm, command, tty]);
    const group = groups.get(String(key));
    if (group) group.push(each);
    else groups.set(String(key), [each]);
  }
  return [...groups.values()];
}

/** Who was at work at death, then who talks to a person, then by size. */
function weight(group: readonly ProcessRow[], first: ReadonlySet<number>): number {
  const [one] = group as [ProcessRow];
  const rank = first.has(one.pid) ? 3 : one.tty !== null ? 2 : one.pid === 1 ? 1 : 0;
  return rank * 2 ** 40 + total(group, (each) => each.rssPages + each.swapPages);
}

function summed(group: readonly ProcessRow[]): ProcessGroup {
  return {
    first: group[0] as ProcessRow,
    count: group.length,
    threads: total(group, (each) => each.threads),
    rssPages: total(group, (each) => each.rssPages),
    swapPages: total(group, (each) => each.swapPages),
    vmas: total(group, (each) => each.vmas),
    files: total(group, (each) => each.files),
  };
}

function total(group: readonly ProcessRow[], pick: (each: ProcessRow) => number): number {
  return group.reduce((sum, each) => sum + pick(each), 0);
}
