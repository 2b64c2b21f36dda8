// Files of file systems that the kernel makes up: opened again by their paths, which may name processes.

import type { SnapshotFile } from '../../../snapshot/snapshot.js';
import { FILE_KIND } from '../../abi/records/files.js';
import type { Planning } from '../planning.js';
import { type Behind, type Opened, type Planned, refused } from './behind.js';
import { planInode, unreachable } from './inode.js';

export function planProcFile(
  opened: Opened,
  kind: typeof FILE_KIND.proc | typeof FILE_KIND.directory,
): Planned | Behind {
  const { planning, file } = opened;
  const problem = unreachable(opened);
  if (problem !== null) return problem;
  const pid = processOf(file);
  if (pid !== null && planning.process(pid) === null)
    return refused('proc_of_others', `process ${pid} is not in the plan`);
  return { kind, target: planInode(planning, file) };
}

/** Whose directory under /proc it is in; null for nobody's. */
function processOf({ fsType, path }: SnapshotFile): number | null {
  const pid = fsType === 'proc' ? /^\/proc\/(\d+)(?:\/|$)/.exec(path)?.[1] : undefined;
  return pid === undefined ? null : Number(pid);
}

/** A namespace: opened by way of a process of the plan that is in it. */
export function planNamespaceFile({ planning, file }: Opened): Behind {
  const name = /^(\w+):\[\d+\]$/.exec(file.path)?.[1];
  const pid = name === undefined ? undefined : memberOf(planning, name, Number(file.inode));
  if (pid === undefined) return refused('namespace_file', 'no process of the plan is in that namespace');
  return { kind: FILE_KIND.proc, target: planInode(planning, file, `/proc/${pid}/ns/${name}`) };
}

function memberOf({ index, pids }: Planning, name: string, inode: number): number | undefined {
  return pids.find((pid) =>
    index
      .leader(pid)
      ?.attributes?.namespaces.links.some((link) => link.name === name && link.inode === inode),
  );
}
