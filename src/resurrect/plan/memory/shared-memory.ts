// Memory that is shared by its inode: MAP_SHARED|MAP_ANONYMOUS, memfd, System V shared memory, files on tmpfs and
// hugetlbfs (mm/shmem.c, fs/hugetlbfs). Each inode once, with its pages by offset.

import type { Hex } from '../../../base/address.js';
import type { MemfdDetail } from '../../../snapshot/descriptor.js';
import type { FilePages } from '../../../snapshot/pagecache.js';
import type { SnapshotFile } from '../../../snapshot/snapshot.js';
import type { TmpfsEntry } from '../../../snapshot/tmpfs.js';
import {
  PAGE_SOURCE,
  type PageRun,
  SHARED_MEMORY_FLAG,
  SHARED_MEMORY_KIND,
  type SharedMemory,
  type SharedMemoryKind,
} from '../../abi/records/memory.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { big } from '../numbers.js';
import type { Planning } from '../planning.js';
import { planTimes } from '../times.js';
import { memoryFileRuns } from './runs.js';

const MEMORY_FILE_SYSTEMS = ['tmpfs', 'hugetlbfs', 'ramfs', 'rootfs', 'devtmpfs'];
const DELETED = ' (deleted)';
const MEMFD = '/memfd:';
/** Nobody can open them, or ask when they were changed. */
const NOT_FILES: readonly SharedMemoryKind[] = [SHARED_MEMORY_KIND.anonymous, SHARED_MEMORY_KIND.system_v];
/** shmctl(SHM_LOCK), in the mode of shared memory. */
const SHM_LOCKED = 0o2000;

/** What is known of the inode, from wherever the snapshot tells of it. */
interface Known {
  readonly pages: FilePages | null;
  readonly file: SnapshotFile | null;
  readonly entry: TmpfsEntry | null;
}

/** Index of the shared memory of that struct inode; null where it is no file that is in memory only. */
export function planSharedMemory(planning: Planning, inode: Hex): number | null {
  const known = planning.tables.sharedMemory.find(inode);
  if (known !== null) return known;
  const { index } = planning;
  const pages = index.pageCache.get(inode) ?? null;
  const file = index.filesByInode.get(inode) ?? null;
  const entry = index.memoryEntries.get(inode) ?? null;
  if (!isMemoryFile({ pages, file, entry })) return null;
  return planning.tables.sharedMemory.ref(inode, (object) => {
    const planned = shared(planning, inode, { pages, file, entry });
    refuseZram(planning, inode, planned, object);
    return planned;
  });
}

/** Its disk dies with the kernel: what the plan does not carry is lost. */
function refuseZram(planning: Planning, inode: Hex, { name, pages }: SharedMemory, object: number): void {
  const onZram = ({ source, swap }: PageRun) => source === PAGE_SOURCE.swap && planning.swap.isOnZram(swap);
  if (!pages.some(onZram)) return;
  const files = planning.snapshot.files.filter(({ inodeAddress }) => inodeAddress === inode);
  const processes = files.flatMap(({ address }) => planning.holders(address));
  const reason = `pages of ${name} on zram could not be read, or are too many`;
  planning.refusals.add('shared_memory_pages', {
    ...{ reason, kind: REFUSED_KIND.shared_memory, object, processes },
  });
}

function isMemoryFile({ pages, file, entry }: Known): boolean {
  if (pages !== null) return pages.memoryOnly && pages.type === 'regular';
  if (file !== null) return file.type === 'regular' && MEMORY_FILE_SYSTEMS.includes(file.fsType);
  return entry?.type === 'regular';
}

function shared(planning: Planning, inode: Hex, known: Known): SharedMemory {
  const { pages, file, entry } = known;
  const segment = planning.index.segments.get(inode) ?? null;
  const memfd = memfdOf(planning, file);
  const path = pages?.paths[0] ?? file?.path ?? entry?.path ?? '';
  const fsType = pages?.fsType ?? file?.fsType ?? '';
  const deleted = path.endsWith(DELETED) || (pages?.deleted ?? file?.deleted ?? false);
  const name = deleted && path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path;
  const bytes = Number(pages?.size ?? file?.size ?? entry?.size ?? 0);
  const kind = segment !== null ? SHARED_MEMORY_KIND.system_v : kindOf(name, fsType, deleted);
  const flags: readonly (readonly [boolean, number])[] = [
    [deleted, SHARED_MEMORY_FLAG.deleted],
    [fsType === 'hugetlbfs' || memfd?.huge === true, SHARED_MEMORY_FLAG.huge],
    [segment !== null && (segment.mode & SHM_LOCKED) !== 0, SHARED_MEMORY_FLAG.locked],
  ];
  return {
    kind,
    flags: flags.reduce((sum, [set, bit]) => (set ? sum | bit : sum), 0),
    inode: big(pages?.number ?? file?.inode ?? entry?.number ?? 0),
    device: pages?.device ?? file?.device ?? 0,
    mode: pages?.mode ?? file?.mode ?? entry?.mode ?? 0,
    uid: pages?.uid ?? entry?.uid ?? 0,
    gid: pages?.gid ?? entry?.gid ?? 0,
    bytes,
    seals: memfd?.seals ?? 0,
    name: kind === SHARED_MEMORY_KIND.memfd ? (memfd?.name ?? name.slice(MEMFD.length)) : name,
    pages: memoryFileRuns(planning, pages?.runs ?? [], bytes),
    times: NOT_FILES.includes(kind) ? [] : planTimes(pages?.times ?? file?.times ?? entry?.times),
  };
}

function kindOf(name: string, fsType: string, deleted: boolean): SharedMemoryKind {
  if (deleted && name.startsWith(MEMFD)) return SHARED_MEMORY_KIND.memfd;
  if (deleted && (name === '/dev/zero' || name === '/anon_hugepage')) return SHARED_MEMORY_KIND.anonymous;
  return fsType === 'hugetlbfs' ? SHARED_MEMORY_KIND.hugetlb : SHARED_MEMORY_KIND.tmpfs;
}

function memfdOf({ index }: Planning, file: SnapshotFile | null): MemfdDetail | null {
  const object = file?.object ? index.objects.get(file.object) : undefined;
  return object?.kind === 'memfd' ? object : null;
}
