// Locks and leases on files as plain data: struct file_lock and struct file_lease (fs/locks.c).

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

export type LockKind = 'posix' | 'access' | 'ofd' | 'flock' | 'lease' | 'deleg' | 'unknown';

export interface FileLock {
  /** struct file_lock or file_lease. */
  readonly address: Hex;
  readonly kind: LockKind;
  /** What a lease that is being broken will be; `rw`, `none` only of flock(LOCK_MAND), before 5.17. */
  readonly type: 'read' | 'write' | 'unlock' | 'rw' | 'none';
  /** Leases only: `breaker` is one that waits for a lease to be given up. */
  readonly lease: 'active' | 'breaking' | 'breaker' | null;
  /** POSIX: the file is one that the kernel enforces locks of (mount option `mand`). flock: taken with LOCK_MAND. */
  readonly mandatory: boolean;
  /** Thread group that took it; -1 of an open file description, at most 0 of another machine's. */
  readonly pid: number;
  /** struct file through which it was taken. */
  readonly file: Hex | null;
  /** Who owns it: a files_struct (POSIX), or a struct file (OFD, flock). */
  readonly owner: Hex | null;
  /** dev_t and number of the inode; null where it has no file. */
  readonly inode: { readonly device: number; readonly number: Wide; readonly address: Hex } | null;
  /** Bytes, of POSIX and OFD locks; the whole file of others. `end` is inclusive, null to the file's end. */
  readonly start: Wide;
  readonly end: Wide | null;
  /** Locks that wait for this one, in the kernel's order; each may have waiters of its own. */
  readonly waiters: readonly FileLock[];
}
