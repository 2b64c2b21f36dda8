// Files, directories and devices on file systems: struct inode.

import { oncePer } from '../../../base/once-per.js';
import type { FileType } from '../../../snapshot/files.js';
import type { SnapshotFile } from '../../../snapshot/snapshot.js';
import { FILE_KIND, INODE_FLAG, type Inode } from '../../abi/records/files.js';
import type { Planning } from '../planning.js';
import { planTimes } from '../times.js';
import { type Behind, type Opened, refused, type Unplanned } from './behind.js';
import { type Cached, cachedPages } from './cached-pages.js';

const S_IFMT: Partial<Readonly<Record<FileType, number>>> = {
  fifo: 0o010000,
  char: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  regular: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};

/** Index of the file's inode in the plan; `path` where it is found by another one than it was opened by. */
export function planInode(planning: Planning, file: SnapshotFile, path = file.path, gone = false): number {
  return planning.tables.inode.ref(file.inodeAddress ?? file.address, () =>
    inodeRow(file, path, cachedOf(planning, file, gone), gone),
  );
}

/** Of a deleted file all pages, else those that the disk lacks. */
function cachedOf(planning: Planning, { inodeAddress }: SnapshotFile, gone: boolean): Cached {
  const pages = inodeAddress === null ? undefined : planning.index.pageCache.get(inodeAddress);
  return cachedPages(planning, pages, !gone);
}

function inodeRow(file: SnapshotFile, path: string, cached: Cached, gone: boolean): Inode {
  const { device, inode, mode, type, size, times, rdev, links, fsType } = file;
  return {
    device,
    mode: (S_IFMT[type] ?? 0) | mode,
    inode: BigInt(inode),
    bytes: Math.max(0, Number(size)),
    rdev,
    links,
    flags: gone ? INODE_FLAG.deleted : 0,
    fileSystem: fsType,
    path,
    pages: type === 'regular' ? cached.runs : [],
    times: gone ? planTimes(times) : [],
  };
}

/** Why a file cannot be found by its path; null where it can. */
export function unreachable({ planning, file }: Opened): Unplanned | null {
  const { path, deleted, mountId } = file;
  if (deleted) return refused('deleted_path', 'no name leads to it any more');
  if (!path.startsWith('/')) return refused('unreachable_path', 'it has no path from the root');
  const mounted = mountIds(planning);
  return mounted.size === 0 || mounted.has(mountId)
    ? null
    : refused('detached_mount', 'its mount is not in the tree of mounts');
}

/** Of all that a process sees. */
const mountIds = oncePer(
  ({ snapshot }: Planning): ReadonlySet<number> =>
    new Set(snapshot.mountViews.flatMap(({ mounts }) => mounts.map(({ id }) => id))),
);

/** O_PATH of anything. */
export function planByPath(opened: Opened): Behind {
  const { planning, file } = opened;
  return unreachable(opened) ?? { kind: FILE_KIND.path, target: planInode(planning, file) };
}
