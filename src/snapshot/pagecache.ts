// What of files is in memory: struct address_space (mm/filemap.c, mm/shmem.c), as plain data.

import type { Hex } from '../base/address.js';
import type { FileTimes, FileType } from './files.js';
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
  /** Low 12 bits of i_mode. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly fsType: string;
  /** dev_t: major << 20 | minor. Of a block device's own pages, that device's. */
  readonly device: number;
  readonly number: Wide;
  /** Bytes. */
  readonly size: Wide;
  /** Null where they could not be read. */
  readonly times: FileTimes | null;
  /** All there is of the file is in memory or on swap (tmpfs, ramfs, hugetlbfs): there is no disk behind it. */
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

/** What the page cache says of a page, by the bits of `FilePageRun.flags`; those that PAGE has too are the same. */
export const CACHED = {
  present: 1,
  swap: 2,
  /** To be written. Memory files have no place to write to: what is in them is dirty, or zeroes. */
  dirty: 64,
  /** Being written: whether the disk has it is not known. */
  writeback: 1 << 16,
  /** Not up to date: what the frame holds is not the file's (yet). In a memory file, zeroes are to come. */
  stale: 1 << 17,
} as const;

/** Consecutive pages of a file with the same flags and consecutive frames (or swap slots). */
export interface FilePageRun {
  /** First page, in pages of 4 KiB from the start of the file. */
  readonly index: number;
  readonly pages: number;
  /** First page frame number; of a swap entry, its offset in the area. */
  readonly pfn: number;
  readonly flags: number;
  /** Number of the swap area of a swap entry, else 0. */
  readonly swapType: number;
}

/** A file and where its pages are. */
export interface FilePages extends CachedFile {
  /** A process has it open or mapped. */
  readonly held: boolean;
  /**
   * In order of index: every page of what is held, or in memory only; of other files those that are dirty or being
   * written. Pages behind `size` may be among them.
   */
  readonly runs: readonly FilePageRun[];
}
