// One file of the page cache: an inode, its names, and how many of its pages are in memory.

import { type Kva, NULL } from '../../base/address.js';
import type { CachedFile } from '../../snapshot/pagecache.js';
import { fileSystem, readInode } from '../fs/inode.js';
import type { Kernel } from '../kernel/kernel.js';
import { inodePaths } from './inode-paths.js';
import { forEachCached, isEmptyMapping, mappingKind } from './mapping.js';
import { forEachInode, forEachSuperBlock } from './super-blocks.js';

const INODE = { mapping: 'i_data', superBlock: 'i_sb' } as const;
const FILE = { inode: 'f_inode' } as const;
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

/**
 * Every file that has a page in memory or on swap, by file system. `reached` are struct files: some kinds of inode (aio
 * rings) are on no list, and only known by who has them mapped.
 */
export function readCachedFiles(kernel: Kernel, reached: Iterable<Kva> = []): readonly CachedFile[] {
  const found: CachedFile[] = [];
  const met = new Set<Kva>();
  const take = (inode: Kva, superBlock: Kva) => {
    if (met.has(inode)) return;
    met.add(inode);
    const read = () => readCachedFile(kernel, inode, superBlock);
    const file = kernel.faults.guard(`inode ${kernel.mem.hex(inode)}`, read, null);
    if (file !== null) found.push(file);
  };
  forEachSuperBlock(kernel, (superBlock) => {
    if (WITHOUT_PAGES.has(fileSystem(kernel, superBlock).name)) return;
    forEachInode(kernel, superBlock, (inode) => take(inode, superBlock));
  });
  for (const file of reached) {
    const inodeOf = () => kernel.mem.ptr(file, kernel.layout('file', FILE).inode);
    const inode = kernel.faults.guard('mapped file', inodeOf, NULL);
    if (inode !== NULL) take(inode, kernel.mem.ptr(inode, kernel.layout('inode', INODE).superBlock));
  }
  return found;
}

/** Null where its mapping holds nothing. */
export function readCachedFile(kernel: Kernel, inode: Kva, superBlock: Kva): CachedFile | null {
  const mapping = ownMapping(kernel, inode);
  if (isEmptyMapping(kernel, mapping)) return null;
  const counts = countPages(kernel, mapping);
  if (counts.pages + counts.swapped === 0) return null;
  const status = readInode(kernel, inode);
  const names = inodePaths(kernel, inode, superBlock);
  return {
    inode: kernel.mem.hex(inode),
    mapping: kernel.mem.hex(mapping),
    paths: names.map(({ text }) => text),
    deleted: status.fsType !== BLOCK_DEVICES && names.every(({ deleted }) => deleted) && status.links === 0,
    type: status.type,
    fsType: status.fsType,
    device: status.fsType === BLOCK_DEVICES ? status.rdev : status.device,
    number: status.number,
    size: status.size,
    memoryOnly: mappingKind(kernel, mapping) !== 'disk',
    ...counts,
  };
}

/** i_data: where the inode's own pages are; i_mapping leads elsewhere for the node of a block device. */
export function ownMapping(kernel: Kernel, inode: Kva): Kva {
  return (inode + kernel.layout('inode', INODE).mapping) as Kva;
}

/** Pages of a mapping, in memory and on swap. */
export function countPages(kernel: Kernel, mapping: Kva) {
  const counts = { pages: 0, dirty: 0, writeback: 0, swapped: 0 };
  forEachCached(kernel, mapping, {
    page: ({ pages, dirty, writeback }) => {
      counts.pages += pages;
      if (dirty) counts.dirty += pages;
      if (writeback) counts.writeback += pages;
    },
    swapped: () => void counts.swapped++,
  });
  return counts;
}
