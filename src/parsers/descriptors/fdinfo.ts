// /proc/PID/fdinfo/FD, byte for byte. Mirrors seq_show() of fs/proc/fd.c and show_fd_locks() of fs/locks.c.

import { type Hex, type Kva, NULL } from '../../base/address.js';
import type { DescriptorDetail } from '../../snapshot/descriptor.js';
import type { FileDescriptor } from '../../snapshot/files.js';
import type { FileLock } from '../../snapshot/lock.js';
import { descriptorFlags } from '../fs/file-flags.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasText } from '../kernel/rodata.js';
import type { Trait } from '../kernel/trait.js';
import { forEachListEntry } from '../walks/list.js';
import { kindInfo } from './descriptor.js';
import { lockLayout, readLock } from './lock.js';
import { lockLines } from './lock-text.js';
import { inodeOf, type Opened } from './open-object.js';

const INODE = { locks: 'i_flctx' } as const;
const LOCKS = { flock: 'flc_flock', posix: 'flc_posix', lease: 'flc_lease' } as const;
const MAX_LOCKS = 1 << 20;

export const inodeShown: Trait<boolean> = {
  name: 'fdinfo of all',
  eras: [
    {
      name: 'with the inode',
      since: '5.14',
      commit: '3845f256a8b5',
      evidence: 'text "mnt_id:\\t%i\\nino:"',
      probe: hasText('mnt_id:\t%i\nino:\t'),
      reader: true,
    },
    { name: 'without', since: '3.15', commit: null, evidence: 'none', probe: () => true, reader: false },
  ],
};

/** `filesStruct` is the table that the descriptor is in: POSIX locks belong to it. */
export function* fdinfoLines(
  opened: Opened,
  descriptor: FileDescriptor,
  detail: DescriptorDetail | null,
  filesStruct: Hex,
): Generator<string> {
  const { file } = descriptor;
  yield `pos:\t${file.offset}`;
  yield `flags:\t0${descriptorFlags(descriptor).toString(8)}`;
  yield `mnt_id:\t${file.mountId}`;
  if (opened.kernel.trait(inodeShown)) yield `ino:\t${file.inode}`;
  for (const [i, lock] of ownLocks(opened, filesStruct).entries())
    for (const line of lockLines(lock, i + 1, 0)) yield `lock:\t${line}`;
  if (detail !== null) yield* kindInfo(opened, detail);
}

/** Locks of the inode that were taken through this description, for itself or for its table: flock, then POSIX and OFD, then leases. */
export function ownLocks(opened: Opened, filesStruct: Hex): FileLock[] {
  const { kernel, file } = opened;
  return kernel.faults
    .guard('locks', () => inodeLocks(kernel, inodeOf(opened)), [])
    .filter(
      (lock) => lock.file === file.address && (lock.owner === filesStruct || lock.owner === file.address),
    );
}

function inodeLocks(kernel: Kernel, inode: Kva): FileLock[] {
  const context = inode === NULL ? NULL : kernel.mem.ptr(inode, kernel.layout('inode', INODE).locks);
  if (context === NULL) return [];
  const at = kernel.layout('file_lock_context', LOCKS);
  const { list } = kernel.trait(lockLayout)(kernel);
  const found: FileLock[] = [];
  for (const head of [at.flock, at.posix, at.lease]) {
    const take = (lock: Kva) => void found.push(readLock(kernel, lock));
    forEachListEntry(kernel, (context + head) as Kva, list, take, MAX_LOCKS);
  }
  return found;
}
