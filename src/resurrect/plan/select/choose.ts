// Who is in a plan: those that selectors name, and all that must come along: descendants, those that share something with
// them, leaders of their sessions and groups. Parents stand before their children.

import { REASON, type Reason } from '../../abi/records/processes.js';
import type { SnapshotIndex } from '../snapshot-index.js';
import type { Chosen } from './chosen.js';
import { selected } from './selectors.js';
import { type Tie, tiesOf } from './ties.js';

const INIT = 1;
const DEAD = 'X';

/** Empty `selectors`: all. */
export function chooseProcesses(index: SnapshotIndex, selectors: readonly string[]): readonly Chosen[] {
  const choice = new Choice(index);
  for (const text of selectors.length === 0 ? ['all'] : selectors) {
    for (const pid of selected(index, text)) {
      choice.take({ pid, reason: REASON.selected, because: null, text: `selected by ${text}` });
    }
  }
  choice.close();
  return inOrder(index, choice.taken);
}

class Choice {
  readonly taken = new Map<number, Chosen>();
  private readonly queue: Chosen[] = [];

  constructor(private readonly index: SnapshotIndex) {}

  take(chosen: Chosen): void {
    const { pid } = chosen;
    if (!this.isOpen(pid)) return;
    this.taken.set(pid, chosen);
    this.queue.push(chosen);
  }

  /** Whether it can be taken, and has not been. */
  private isOpen(pid: number): boolean {
    const leader = this.index.leader(pid);
    const exists = leader !== null && this.index.processes.has(pid) && leader.state !== DEAD;
    return exists && pid !== INIT && !this.taken.has(pid);
  }

  /** Until nobody new comes along. */
  close(): void {
    if (![...this.index.processes.keys()].some((pid) => this.isOpen(pid))) return;
    const [ties, sharers] = allTies(this.index);
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      this.family(next.pid);
      for (const tie of ties.get(next.pid) ?? []) {
        for (const pid of sharers.get(tie.key) ?? []) this.along(pid, next.pid, tie.reason, tie.text);
      }
    }
  }

  private family(pid: number): void {
    const threads = this.index.tasks.get(pid) ?? [];
    for (const child of threads.flatMap(({ children }) => children)) {
      this.along(child, pid, REASON.descendant, 'child');
    }
    const leader = threads[0];
    if (leader === undefined) return;
    this.along(leader.sid, pid, REASON.group, 'leader of its session');
    this.along(leader.pgid, pid, REASON.group, 'leader of its process group');
  }

  private along(pid: number, because: number, reason: Reason, text: string): void {
    this.take({ pid, reason, because, text });
  }
}

type Ties = ReadonlyMap<number, readonly Tie[]>;

/** Of every process; and who shares each thing. */
function allTies(index: SnapshotIndex): readonly [Ties, ReadonlyMap<string, readonly number[]>] {
  const ties = new Map<number, Tie[]>();
  const sharers = new Map<string, number[]>();
  for (const pid of index.processes.keys()) {
    if (pid === INIT) continue;
    const own = new Map([...tiesOf(index, pid, index.filesOf(pid))].map((tie) => [tie.key, tie]));
    ties.set(pid, [...own.values()]);
    for (const key of own.keys()) {
      const pids = sharers.get(key);
      if (pids) pids.push(pid);
      else sharers.set(key, [pid]);
    }
  }
  return [ties, sharers];
}

/** The snapshot's order, but for parents that stand behind their children there. */
function inOrder(index: SnapshotIndex, taken: ReadonlyMap<number, Chosen>): readonly Chosen[] {
  const ordered = new Map<number, Chosen>();
  for (const pid of index.processes.keys()) {
    const line: Chosen[] = [];
    for (let next = taken.get(pid); next !== undefined && !ordered.has(next.pid); ) {
      if (line.includes(next)) break;
      line.unshift(next);
      next = taken.get(index.leader(next.pid)?.ppid ?? 0);
    }
    for (const chosen of line) ordered.set(chosen.pid, chosen);
  }
  return [...ordered.values()];
}
