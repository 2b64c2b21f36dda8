// Open files as plain data: fdtable slots, open file descriptions (struct file), mounts.

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

/** st_mode's file type, or what an anonymous inode is. */
export type FileType =
  | 'regular'
  | 'directory'
  | 'char'
  | 'block'
  | 'fifo'
  | 'socket'
  | 'symlink'
  | 'anon'
  | 'unknown';

/** Of an inode, in nanoseconds since 1970. */
export interface FileTimes {
  /** Last change of its contents. */
  readonly mtime: Wide;
  /** Last access. */
  readonly atime: Wide;
}

/** An open file description; several descriptors (of several processes) may refer to one. */
export interface OpenFile {
  /** struct file: the identity of the description. */
  readonly address: Hex;
  /** What readlink on /proc/PID/fd/N gives, seen from the root of the process it was read for. */
  readonly path: string;
  readonly type: FileType;
  /** Low 12 bits of i_mode. */
  readonly mode: number;
  /** f_flags as /proc/PID/fdinfo prints them, O_CLOEXEC left to the descriptor. */
  readonly flags: number;
  readonly offset: Wide;
  readonly inode: Wide;
  /** st_dev, and the rdev below, as the kernel's dev_t: major << 20 | minor. */
  readonly device: number;
  /** i_rdev of a device file. */
  readonly rdev: number;
  readonly size: Wide;
  /** Null where they could not be read. */
  readonly times: FileTimes | null;
  readonly links: number;
  /** /proc's mnt_id. */
  readonly mountId: number;
  /** Superblock's file-system type: `ext4`, `sockfs`, `anon_inodefs`. */
  readonly fsType: string;
  readonly deleted: boolean;
  /** f_count. */
  readonly references: number;
  readonly inodeAddress: Hex | null;
  /** Symbol of f_op: what a later reader dispatches on. */
  readonly operations: string | null;
}

/** Whom an open file description tells of input and output by a signal. */
export interface FileOwner {
  readonly kind: 'thread' | 'process' | 'group';
  readonly pid: number;
  /** F_SETSIG; 0: SIGIO. */
  readonly signal: number;
}

export interface FileDescriptor {
  readonly fd: number;
  readonly closeOnExec: boolean;
  readonly file: OpenFile;
}

export interface Mount {
  readonly id: number;
  readonly parentId: number;
  readonly devMajor: number;
  readonly devMinor: number;
  /** Path of the mounted directory within its file system. */
  readonly root: string;
  readonly mountPoint: string;
  /** Per-mount options, `rw,relatime`. */
  readonly options: string;
  /** `shared:1`, `master:2`, … */
  readonly optional: readonly string[];
  readonly fsType: string;
  readonly source: string;
  /** Whether mountinfo escapes a `#` in the two texts above too. */
  readonly hashEscaped: boolean;
  /** Options of the super block, `rw,size=1024k`. */
  readonly superOptions: string;
  /** False where the file system's driver prints more options than we know how to read. */
  readonly superOptionsComplete: boolean;
  readonly address: Hex;
}
