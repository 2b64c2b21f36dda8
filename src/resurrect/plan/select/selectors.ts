// What `--select` may say: a name, a PID, `session:SID`, `cgroup:PATH`, `all`. One that matches nothing is an error that
// tells what there is.

import { AbsentError, UsageError } from '../../../base/error.js';
import type { SnapshotTask } from '../../../snapshot/snapshot.js';
import type { SnapshotIndex } from '../snapshot-index.js';

export const SELECTOR_FORMS = 'NAME, PID, session:SID, cgroup:PATH, or all';
const SHOWN = 20;
const INIT = 1;

interface Selector {
  readonly matches: (leader: SnapshotTask, index: SnapshotIndex) => boolean;
  /** What would have matched, one for each process that there is. */
  readonly offer: (leader: SnapshotTask, index: SnapshotIndex) => readonly string[];
}

/** PIDs that a selector names, in the snapshot's order; PID 1 never. */
export function selected(index: SnapshotIndex, text: string): readonly number[] {
  const selector = parseSelector(text);
  const pids = [...index.processes.keys()].filter((pid) => matches(index, selector, pid));
  if (pids.length > 0) return pids;
  if (text !== 'all' && matches(index, selector, INIT, true)) {
    throw new AbsentError('PID 1 is not resurrected', 'The crash kernel has an init of its own.');
  }
  throw new AbsentError(`no process matches ${text}`, offer(index, selector));
}

function matches(index: SnapshotIndex, selector: Selector, pid: number, init = false): boolean {
  const leader = index.leader(pid);
  return leader !== null && (init || pid !== INIT) && selector.matches(leader, index);
}

function parseSelector(text: string): Selector {
  if (text === '') throw new UsageError('an empty selector', `Give ${SELECTOR_FORMS}.`);
  if (text === 'all') return { matches: () => true, offer: () => [] };
  if (/^\d+$/.test(text)) return byPid(Number(text));
  const [kind, ...rest] = text.split(':');
  const value = rest.join(':');
  if (rest.length > 0 && kind === 'session') return bySession(value);
  if (rest.length > 0 && kind === 'cgroup') return byCgroup(value);
  return byName(text);
}

function byPid(pid: number): Selector {
  return { matches: (leader) => leader.pid === pid, offer: ({ pid, comm }) => [`${pid} (${comm})`] };
}

function bySession(text: string): Selector {
  if (!/^\d+$/.test(text)) throw new UsageError(`session:${text}`, 'A session is the PID of its leader.');
  const sid = Number(text);
  return { matches: (leader) => leader.sid === sid, offer: ({ sid }) => [`session:${sid}`] };
}

/** A control group, and all below it. */
function byCgroup(path: string): Selector {
  if (!path.startsWith('/'))
    throw new UsageError(`cgroup:${path}`, 'The path of a control group begins with /.');
  const below = path.endsWith('/') ? path : `${path}/`;
  const paths = (leader: SnapshotTask) => (leader.attributes?.cgroups ?? []).map((group) => group.path);
  return {
    matches: (leader) => paths(leader).some((each) => each === path || each.startsWith(below)),
    offer: (leader) => paths(leader).map((each) => `cgroup:${each}`),
  };
}

/** Name of its leader, or the last part of its first argument. */
function byName(name: string): Selector {
  const argv0 = (index: SnapshotIndex, pid: number) =>
    index.processes.get(pid)?.cmdline[0]?.split('/').at(-1) ?? '';
  return {
    matches: ({ pid, comm }, index) => comm === name || argv0(index, pid) === name,
    offer: ({ comm }) => [comm],
  };
}

function offer(index: SnapshotIndex, selector: Selector): string {
  const leaders = [...index.processes.keys()].filter((pid) => pid !== INIT).map((pid) => index.leader(pid));
  const all = [...new Set(leaders.flatMap((leader) => (leader ? selector.offer(leader, index) : [])))];
  if (all.length === 0) return 'There are no user processes in it besides PID 1.';
  const more = all.length > SHOWN ? `, and ${all.length - SHOWN} more` : '';
  return `There are: ${all.slice(0, SHOWN).join(', ')}${more}.`;
}
