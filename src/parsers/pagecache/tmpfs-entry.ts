// One inode of tmpfs: what stat and readlink say of it, and how much of it is in memory. Mirrors mm/shmem.c.

import { type Kva, NULL } from '../../base/address.js';
import { textOfBytes } from '../../base/text.js';
import type { TmpfsEntry } from '../../snapshot/tmpfs.js';
import { readInode } from '../fs/inode.js';
import type { Kernel } from '../kernel/kernel.js';
import { ownMapping } from './cached-file.js';
import { FileContents } from './contents.js';
import { isEmptyMapping } from './mapping.js';
import { countPages, readPageRuns } from './page-runs.js';

const INODE = { uid: 'i_uid', gid: 'i_gid', link: 'i_link' } as const;
const NO_PAGES = { pages: 0, swapped: 0 };
/** PATH_MAX. */
const MAX_TARGET = 4096;

export function readTmpfsEntry(kernel: Kernel, inode: Kva, path: string): TmpfsEntry {
  const { mem, faults } = kernel;
  const at = kernel.layout('inode', INODE);
  const { type, mode, number, links, size, times, rdev } = readInode(kernel, inode);
  const isLink = type === 'symlink';
  const { pages, swapped } = faults.guard('pages', () => pagesOf(kernel, inode), NO_PAGES);
  return {
    path,
    inode: mem.hex(inode),
    number,
    type,
    mode,
    uid: mem.u32(inode, at.uid),
    gid: mem.u32(inode, at.gid),
    links,
    size,
    times,
    rdev: type === 'char' || type === 'block' ? rdev : 0,
    target: isLink ? faults.guard('symlink', () => targetOf(kernel, inode, Number(size)), null) : null,
    pages,
    swapped,
  };
}

function pagesOf(kernel: Kernel, inode: Kva) {
  const mapping = ownMapping(kernel, inode);
  return isEmptyMapping(kernel, mapping) ? NO_PAGES : countPages(readPageRuns(kernel, mapping));
}

/** A short target is beside the inode (SHORT_SYMLINK_LEN), a long one in the first page of the mapping. */
function targetOf(kernel: Kernel, inode: Kva, size: number): string | null {
  const inline = kernel.mem.ptr(inode, kernel.layout('inode', INODE).link);
  if (inline !== NULL) return kernel.mem.cstr(inline, 0, MAX_TARGET);
  const contents = new FileContents(kernel, ownMapping(kernel, inode), Math.min(size, MAX_TARGET));
  for (const { bytes } of contents.present()) {
    const nul = bytes.indexOf(0);
    return textOfBytes(nul < 0 ? bytes : bytes.subarray(0, nul));
  }
  return null;
}
