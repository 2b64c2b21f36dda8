// What must be on disk, or in memory again, before files are opened.

import type { FilePages } from '../../../snapshot/pagecache.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import type { Planning } from '../planning.js';
import type { ResourceName } from '../resources.js';
import { planTimes } from '../times.js';
import { cachedPages } from './cached-pages.js';
import { planMounts } from './mounts.js';

const TYPES: Partial<Readonly<Record<FilePages['type'], number>>> = {
  regular: 0o100000,
  block: 0o060000,
};

export function planStorage(planning: Planning): void {
  const dirty = planning.snapshot.pageCache.filter(({ memoryOnly, deleted }) => !memoryOnly && !deleted);
  for (const file of inOrder(dirty)) planWriteback(planning, file);
  planMounts(planning);
}

/**
 * What processes have open or mapped comes first: they go on with it. Then file system by file system in the order of
 * inodes, as they lie on the disk.
 */
function inOrder(files: readonly FilePages[]): FilePages[] {
  const rank = ({ held }: FilePages) => (held ? 0 : 1);
  const number = (value: number | bigint) => (value < 0 ? -1 : value > 0 ? 1 : 0);
  return [...files].sort(
    (a, b) => rank(a) - rank(b) || a.device - b.device || number(BigInt(a.number) - BigInt(b.number)),
  );
}

function planWriteback(planning: Planning, file: FilePages): void {
  const { runs, pages, stale } = cachedPages(planning, file, true);
  if (pages + stale === 0) return;
  const type = TYPES[file.type];
  const problem = problemOf(planning, file, type);
  const [path = unnamed(file)] = file.paths;
  const about = { kind: REFUSED_KIND.none, object: null, processes: [] } as const;
  if (problem !== null) {
    planning.refusals.add(problem[0], { ...about, reason: `${path}: ${pages + stale} pages ${problem[1]}` });
    return;
  }
  if (stale > 0) {
    const reason = `${path}: ${stale} pages were to be written, and were not up to date`;
    planning.refusals.add('writeback', { ...about, reason });
  }
  if (pages === 0) return;
  const { device, mode, uid, gid, number, size, fsType } = file;
  planning.tables.writeback.ref(file.inode, () => ({
    ...{ device, mode: (type ?? 0) | mode, uid, gid, inode: BigInt(number), bytes: Number(size) },
    ...{ fileSystem: fsType, path, pages: runs },
    // A block device's are those of a node in /dev.
    times: file.type === 'regular' ? planTimes(file.times) : [],
  }));
}

function unnamed({ type, device, number, fsType }: FilePages): string {
  if (type === 'block') return `block device ${device >>> 20}:${device & 0xfffff}`;
  return `inode ${number} of ${fsType}`;
}

/** Why its pages are not written back; null where they are. */
function problemOf(
  { snapshot }: Planning,
  { type, device, paths }: FilePages,
  known: number | undefined,
): readonly [ResourceName, string] | null {
  const mounted = snapshot.mountViews.some(({ mounts }) =>
    mounts.some(({ devMajor, devMinor }) => devMajor * 2 ** 20 + devMinor === device),
  );
  if (type === 'block' && mounted) return ['file_system_metadata', "are its file system's own"];
  if (known === undefined) return ['writeback', `of a ${type} cannot be written`];
  return paths.length === 0 ? ['writeback', 'have no name to be written under'] : null;
}
