// What of files is in memory: struct address_space (mm/filemap.c, mm/shmem.c), as plain data.

import type { Hex } from '../base/address.js';
import type { FileType } from './files.js';
import type { Wide } from './number.js';

export interface CachedFile {
  /** struct inode. */
  readonly inode: Hex;
  /** struct address_space that holds the pages. */
  readonly mapping: Hex;
  /** Names in the cache of names, as the first process sees them; more than one are hard links. */
  readonly paths: readonly string[];
  /** No name leads to it any more, or it never had one (memfd, shared memory). */
  readonly deleted: boolean;
  readonly type: FileType;
  readonly fsType: string;
  /** dev_t: major << 20 | minor. Of a block device's own pages, that device's. */
  readonly device: number;
  readonly number: Wide;
  /** Bytes. */
  readonly size: Wide;
  /** All there is of the file is in memory or on swap (tmpfs, hugetlbfs): there is no disk behind it. */
  readonly memoryOnly: boolean;
  /** Pages of 4 KiB in memory, and how many of these are to be written, and are being written. */
  readonly pages: number;
  readonly dirty: number;
  readonly writeback: number;
  /** Pages of memory files that are on swap. */
  readonly swapped: number;
}

/**
 * `present` in memory; `swapped` on swap, not in memory; `hole` reads as zeroes; `absent` not in memory: on disk, or a
 * hole there.
 */
export type CachedPageKind = 'present' | 'swapped' | 'hole' | 'absent';

/** Pages of a file, in a row, of one kind. */
export interface CachedRun {
  readonly kind: CachedPageKind;
  /** First page, in pages of 4 KiB from the start of the file. */
  readonly index: number;
  readonly pages: number;
}
