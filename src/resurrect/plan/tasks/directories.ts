// struct fs_struct: working directory, root directory, umask. The snapshot has the paths of the leader's.

import type { SnapshotTask } from '../../../snapshot/snapshot.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import type { Planning } from '../planning.js';

/** Null for a task that has none any more. */
export function planDirectories(planning: Planning, task: SnapshotTask, process: number): number | null {
  const { fsStruct: address, pid, tid } = task;
  if (address === null) return null;
  const own = planning.index.leader(pid)?.fsStruct;
  if (own !== null && own !== undefined && own !== address) {
    const reason = `thread ${tid} of process ${pid} has directories of its own`;
    const about = { kind: REFUSED_KIND.process, object: process, processes: [process] };
    planning.refusals.add('directories', { reason, ...about });
  }
  const detail = planning.index.processes.get(pid);
  return planning.tables.fs.ref(address, () => ({
    cwd: detail?.cwd ?? '/',
    root: detail?.root ?? '/',
    umask: task.attributes?.confinement.umask ?? 0,
  }));
}
