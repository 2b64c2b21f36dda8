// Locks and leases on files of the plan (fs/locks.c).

import type { FileLock } from '../../../snapshot/lock.js';
import { LOCK_KIND, LOCK_TYPE, type Lock } from '../../abi/records/files.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { ALL_ONES } from '../numbers.js';
import type { Planning } from '../planning.js';

const KINDS: Partial<Readonly<Record<FileLock['kind'], Lock['kind']>>> = LOCK_KIND;
const TYPES: Partial<Readonly<Record<FileLock['type'], Lock['type']>>> = LOCK_TYPE;

/** Those through files, or of processes, that are in the plan; who waits asks again. */
export function planLocks(planning: Planning): void {
  for (const lock of planning.snapshot.locks.filter(({ lease }) => lease !== 'breaker')) {
    const [kind, type] = [KINDS[lock.kind], TYPES[lock.type]];
    const file = fileOf(planning, lock);
    const owned = kind === LOCK_KIND.posix || kind === LOCK_KIND.lease;
    const process = owned ? planning.process(lock.pid) : null;
    if (file === null ? process === null : kind === LOCK_KIND.posix && process === null) continue;
    if (kind === undefined || type === undefined || file === null) refuse(planning, lock);
    else planning.tables.lock.ref(lock.address, () => ({ kind, type, file, process, ...rangeOf(lock) }));
  }
}

/** All of the file, of kinds that know no range. */
function rangeOf({ kind, start, end }: FileLock): Pick<Lock, 'start' | 'end'> {
  const ranged = kind === 'posix' || kind === 'ofd';
  return { start: ranged ? BigInt(start) : 0n, end: ranged && end !== null ? BigInt(end) : ALL_ONES };
}

/** The description through which it was taken; if that is closed, another of the process's on the same file. */
function fileOf(planning: Planning, { file, inode, pid, kind }: FileLock): number | null {
  const { tables, index } = planning;
  const taken = file === null ? null : tables.file.find(file);
  if (taken !== null || kind !== 'posix' || inode === null || planning.process(pid) === null) return taken;
  const table = index.leader(pid)?.filesTable ?? null;
  const open = table === null ? [] : (index.fileTables.get(table)?.descriptors ?? []);
  const other = open.find((each) => index.files.get(each.file)?.inodeAddress === inode.address);
  return other === undefined ? null : tables.file.find(other.file);
}

function refuse(planning: Planning, lock: FileLock): void {
  const { kind, type, file, inode, pid } = lock;
  const path = (file === null ? undefined : planning.index.files.get(file)?.path) ?? `inode ${inode?.number}`;
  const holders = file === null ? [] : planning.holders(file);
  const object = file === null ? null : planning.tables.file.find(file);
  planning.refusals.add('lock_kind', {
    reason: `${path}: a lock of the kind ${kind}, ${type}, cannot be taken again`,
    ...(object === null ? { kind: REFUSED_KIND.none, object } : { kind: REFUSED_KIND.file, object }),
    processes: holders.length > 0 ? holders : planning.indices([pid]),
  });
}
