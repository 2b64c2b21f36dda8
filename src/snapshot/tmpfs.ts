// File systems that are in memory and nowhere else: tmpfs, devtmpfs, the kernel's own for shared memory (mm/shmem.c),
// ramfs, hugetlbfs.

import type { Hex } from '../base/address.js';
import type { FileTimes, FileType } from './files.js';
import type { Wide } from './number.js';

export interface TmpfsEntry {
  /** From the root of the file system, `/` for that; of what no name leads to, the name it had. */
  readonly path: string;
  /** struct inode; several entries with one are hard links. */
  readonly inode: Hex;
  readonly number: Wide;
  readonly type: FileType;
  /** Low 12 bits of i_mode. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  /** Bytes. */
  readonly size: Wide;
  /** Null where they could not be read. */
  readonly times: FileTimes | null;
  /** dev_t of a device node. */
  readonly rdev: number;
  /** Target of a symbolic link; null for other things, and where it is on swap. */
  readonly target: string | null;
  /** Pages of 4 KiB in memory and on swap. */
  readonly pages: number;
  readonly swapped: number;
}

export interface TmpfsTree {
  /** struct super_block. */
  readonly superBlock: Hex;
  readonly fsType: string;
  /** dev_t: major << 20 | minor. */
  readonly device: number;
  /** Where the first process sees it; null where it does not. */
  readonly mountPoint: string | null;
  /** Parents before what is in them, in order of name. */
  readonly entries: readonly TmpfsEntry[];
  /** What is open or mapped still, with no name left: O_TMPFILE, memfd, shared memory too. */
  readonly unlinked: readonly TmpfsEntry[];
}
