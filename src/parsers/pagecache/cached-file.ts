// One file of the page cache: an inode, its names, and how many of its pages are in memory.

import { type Kva, NULL } from '../../base/address.js';
import type { CachedFile, FilePageRun, FilePages } from '../../snapshot/pagecache.js';
import { fileSystem, linksOf, readInode } from '../fs/inode.js';
import type { Kernel } from '../kernel/kernel.js';
import { Met } from '../walks/met.js';
import { inodePaths } from './inode-paths.js';
import { isEmptyMapping, mappingKind, mayBeUnwritten } from './mapping.js';
import { countPages, isUnwritten, readPageRuns } from './page-runs.js';
import { forEachInode, forEachSuperBlock } from './super-blocks.js';

const INODE = { mapping: 'i_data', superBlock: 'i_sb', uid: 'i_uid', gid: 'i_gid' } as const;
const FILE = { mapping: 'f_mapping' } as const;
const MAPPING = { host: 'host' } as const;
const BLOCK_DEVICES = 'bdev';
/** Their inodes have no page cache; there are ten thousand of them after somebody has read all of /proc. */
const WITHOUT_PAGES = new Set([
  'proc',
  'sysfs',
  'cgroup',
  'cgroup2',
  'debugfs',
  'tracefs',
  'devpts',
  'securityfs',
]);

type Take = (inode: Kva, superBlock: Kva) => void;

/**
 * Every file that has a page in memory or on swap, by file system. `reached` are struct files: some kinds of inode (aio
 * rings) are on no list, and only known by who has them mapped.
 */
export function readCachedFiles(kernel: Kernel, reached: Iterable<Kva> = []): readonly CachedFile[] {
  const found: CachedFile[] = [];
  forEachFile(kernel, hostsOf(kernel, reached), (inode, superBlock) => {
    const file = readCachedFile(kernel, inode, superBlock);
    if (file !== null) found.push(file);
  });
  return found;
}

export interface FilePagesOptions {
  /** The pages that their disk has too, of files that somebody has; without, such a file is told with no pages at all. */
  readonly clean: boolean;
}

/** What of them a restorer needs: of files that nobody has, and that have a disk, the pages that it lacks. */
export function readFilePages(
  kernel: Kernel,
  holders: Iterable<Kva>,
  { clean }: FilePagesOptions,
): readonly FilePages[] {
  const found: FilePages[] = [];
  const held = hostsOf(kernel, holders);
  forEachFile(kernel, held, (inode, superBlock) => {
    const isHeld = held.has(inode);
    const { all, runs } = readNeeded(kernel, inode, isHeld, clean);
    if (runs.length === 0 && !isHeld) return;
    const file = describe(kernel, inode, superBlock, all);
    found.push({ ...file, held: isHeld, runs });
  });
  return found;
}

/** Pages that were looked at, and those that a restorer needs: every one of what is in memory only, or held and deleted. */
export function readNeeded(kernel: Kernel, inode: Kva, isHeld: boolean, clean: boolean) {
  const mapping = ownMapping(kernel, inode);
  const isWhole =
    mappingKind(kernel, mapping) !== 'disk' || (isHeld && (clean || linksOf(kernel, inode) === 0));
  const all = isWhole || mayBeUnwritten(kernel, mapping) ? readPageRuns(kernel, mapping) : [];
  return { all, runs: isWhole ? all : all.filter(isUnwritten) };
}

/** Inodes that have the pages of struct files: of the node of a block device, the device's. */
function hostsOf(kernel: Kernel, files: Iterable<Kva>): ReadonlySet<Kva> {
  const found = new Set<Kva>();
  const { mapping } = kernel.layout('file', FILE);
  const { host } = kernel.layout('address_space', MAPPING);
  for (const file of files) {
    try {
      const inode = kernel.mem.ptr(kernel.mem.ptr(file, mapping), host);
      if (inode !== NULL) found.add(inode);
    } catch (error) {
      kernel.faults.caught(`file ${kernel.mem.hex(file)}`, error);
    }
  }
  return found;
}

/** Visits each inode that may have pages, once; those that are on no list of a super block are `reached`. */
function forEachFile(kernel: Kernel, reached: ReadonlySet<Kva>, visit: Take): void {
  const met = new Met(kernel, 'inodes');
  const take: Take = (inode, superBlock) => {
    if (!met.add(inode) || isKnownEmpty(kernel, inode)) return;
    kernel.faults.guard(`inode ${kernel.mem.hex(inode)}`, () => visit(inode, superBlock), undefined);
  };
  forEachSuperBlock(kernel, (superBlock) => {
    if (WITHOUT_PAGES.has(fileSystem(kernel, superBlock).name)) return;
    forEachInode(kernel, superBlock, (inode) => take(inode, superBlock));
  });
  const { superBlock } = kernel.layout('inode', INODE);
  const blockOf = (inode: Kva) =>
    kernel.faults.guard('reached inode', () => kernel.mem.ptr(inode, superBlock), NULL);
  for (const inode of reached)
    kernel.faults.guard('reached inode', () => take(inode, blockOf(inode)), undefined);
}

/** Most inodes are: no text is made of their addresses. */
function isKnownEmpty(kernel: Kernel, inode: Kva): boolean {
  try {
    return isEmptyMapping(kernel, ownMapping(kernel, inode));
  } catch (error) {
    kernel.faults.caught(`inode ${kernel.mem.hex(inode)}`, error);
    return true;
  }
}

/** Null where its mapping holds nothing. */
export function readCachedFile(kernel: Kernel, inode: Kva, superBlock: Kva): CachedFile | null {
  const runs = readPageRuns(kernel, ownMapping(kernel, inode));
  return runs.length === 0 ? null : describe(kernel, inode, superBlock, runs);
}

function describe(kernel: Kernel, inode: Kva, superBlock: Kva, runs: readonly FilePageRun[]): CachedFile {
  const { mem } = kernel;
  const at = kernel.layout('inode', INODE);
  const mapping = ownMapping(kernel, inode);
  const status = readInode(kernel, inode);
  const names = inodePaths(kernel, inode, superBlock);
  return {
    inode: mem.hex(inode),
    mapping: mem.hex(mapping),
    paths: names.map(({ text }) => text),
    deleted: status.fsType !== BLOCK_DEVICES && names.every(({ deleted }) => deleted) && status.links === 0,
    type: status.type,
    mode: status.mode,
    uid: mem.u32(inode, at.uid),
    gid: mem.u32(inode, at.gid),
    fsType: status.fsType,
    device: status.fsType === BLOCK_DEVICES ? status.rdev : status.device,
    number: status.number,
    size: status.size,
    times: status.times,
    memoryOnly: mappingKind(kernel, mapping) !== 'disk',
    ...countPages(runs),
  };
}

/** i_data: where the inode's own pages are; i_mapping leads elsewhere for the node of a block device. */
export function ownMapping(kernel: Kernel, inode: Kva): Kva {
  return (inode + kernel.layout('inode', INODE).mapping) as Kva;
}
