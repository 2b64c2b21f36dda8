// What clone(2) lets processes share without being threads of one (CLONE_VM, CLONE_FILES, CLONE_FS, CLONE_SIGHAND without
// CLONE_THREAD), and a table of descriptors that a thread has of its own: the executor forks processes, each with all of its own.

import type { Hex } from '../../../base/address.js';
import type { SnapshotTask } from '../../../snapshot/snapshot.js';
import { REFUSED_KIND, type Refusal, SEVERITY } from '../../abi/records/refusals.js';
import type { Planning } from '../planning.js';

type Holder = { readonly pid: number; readonly process: number };
type What = 'memory' | 'descriptors' | 'directories' | 'handlers';

/** When all processes are planned, and their refusals known: who is lost shares nothing. */
export function refuseSharing(planning: Planning, pids: readonly number[]): void {
  const holders: Record<What, Map<Hex, Holder[]>> = {
    memory: new Map(),
    descriptors: new Map(),
    directories: new Map(),
    handlers: new Map(),
  };
  const lost = concernedBy(planning, ({ severity }) => severity === SEVERITY.fatal);
  for (const pid of pids) {
    const process = planning.process(pid);
    const threads = (planning.index.tasks.get(pid) ?? []).filter(isAlive);
    if (process === null || lost.has(process) || threads.length === 0) continue;
    const add = (what: What, address: Hex | null | undefined) => {
      if (address) holders[what].set(address, [...(holders[what].get(address) ?? []), { pid, process }]);
    };
    add('memory', threads[0]?.mm);
    add('handlers', planning.index.processes.get(pid)?.signals?.sighand);
    for (const address of new Set(threads.map(({ filesTable }) => filesTable))) add('descriptors', address);
    for (const address of new Set(threads.map(({ fsStruct }) => fsStruct))) add('directories', address);
    refuseOwnTables(planning, threads, process);
  }
  for (const [what, all] of Object.entries(holders))
    for (const sharers of all.values()) refuseSharers(planning, what, sharers);
}

function concernedBy({ refusals }: Planning, is: (refusal: Refusal) => boolean): ReadonlySet<number> {
  return new Set(
    refusals.rows.filter(is).flatMap(({ processes }) => processes.map(({ process }) => process)),
  );
}

const isAlive = ({ state }: SnapshotTask) => state !== 'Z' && state !== 'X';

function refuseOwnTables(planning: Planning, threads: readonly SnapshotTask[], process: number): void {
  const own = threads.find(({ filesTable }) => filesTable !== threads[0]?.filesTable);
  if (own === undefined) return;
  const reason = `thread ${own.tid} of process ${own.pid} has descriptors of its own`;
  planning.refusals.add('shared_process', {
    reason,
    kind: REFUSED_KIND.process,
    object: process,
    processes: [process],
  });
}

/** A parent in vfork(2) that waits for its child to let go of their memory is refused as such. */
function refuseSharers(planning: Planning, what: string, sharers: readonly Holder[]): void {
  if (sharers.length < 2) return;
  const waiting = concernedBy(planning, ({ resource }) => resource === 'vfork');
  const others = sharers.filter(({ process }) => !waiting.has(process));
  if (what === 'memory' && others.length < 2) return;
  const reason = `processes ${sharers.map(({ pid }) => pid).join(', ')} share their ${what}`;
  const processes = sharers.map(({ process }) => process);
  planning.refusals.add('shared_process', {
    reason,
    kind: REFUSED_KIND.process,
    object: processes[0] as number,
    processes,
  });
}
