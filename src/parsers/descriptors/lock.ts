// Locks and leases: struct file_lock, on the per-CPU lists that /proc/locks walks. Mirrors fs/locks.c.

import { type Hex, type Kva, NULL } from '../../base/address.js';
import type { FileLock, LockKind } from '../../snapshot/lock.js';
import { wide } from '../../snapshot/number.js';
import { fileSystem } from '../fs/inode.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import { forEachListEntry } from '../walks/list.js';

const CORE = {
  link: 'flc_link',
  list: 'flc_list',
  waiters: 'flc_blocked_requests',
  waiting: 'flc_blocked_member',
  owner: 'flc_owner',
  flags: 'flc_flags',
  type: 'flc_type',
  pid: 'flc_pid',
  file: 'flc_file',
} as const;
const LOCK = {
  link: 'fl_link',
  list: 'fl_list',
  waiters: 'fl_blocked_requests',
  waiting: 'fl_blocked_member',
  owner: 'fl_owner',
  flags: 'fl_flags',
  type: 'fl_type',
  pid: 'fl_pid',
  file: 'fl_file',
} as const;
const RANGE = { start: 'fl_start', end: 'fl_end' } as const;
const LIST = { hlist: 'hlist' } as const;
const FILE = { inode: 'f_inode' } as const;
const INODE = { number: 'i_ino', superBlock: 'i_sb', mode: 'i_mode' } as const;
const SUPER_BLOCK = { flags: 's_flags' } as const;

type LockLayout = { readonly [member in keyof typeof CORE]: number };

export const lockLayout: Trait<(kernel: Kernel) => LockLayout> = {
  name: 'file lock',
  eras: [
    {
      name: 'file_lock_core, shared with leases',
      since: '6.9',
      commit: 'a69ce85ec9af',
      evidence: 'file_lock_core.flc_flags',
      probe: hasMember('file_lock_core.flc_flags'),
      reader: (kernel) => kernel.layout('file_lock_core', CORE),
    },
    {
      name: 'file_lock for all',
      since: '2.6',
      commit: null,
      evidence: 'file_lock.fl_flags',
      probe: hasMember('file_lock.fl_flags'),
      reader: (kernel) => kernel.layout('file_lock', LOCK),
    },
  ],
};

/** include/linux/filelock.h */
const FL = {
  posix: 1,
  flock: 2,
  deleg: 4,
  access: 8,
  lease: 32,
  downgrade: 256,
  unlock: 512,
  ofd: 1024,
  layout: 2048,
} as const;
const TYPES = ['read', 'write', 'unlock'] as const;
/** flock(2) of Windows file servers, gone since 5.17. */
const LOCK_MAND = 32;
const MAND_TYPES = ['none', 'none', 'read', 'write'] as const;
const SB_MANDLOCK = 64;
const [SET_GID, GROUP_EXEC] = [0o2000, 0o010];
const OFFSET_MAX = 0x7fff_ffff_ffff_ffffn;
/** Locks that wait for one that waits. */
const MAX_DEPTH = 64;
const MAX_LOCKS = 1 << 20;

/** Every lock that is held, with those that wait for it, in the order of /proc/locks. */
export function readLocks(kernel: Kernel): readonly FileLock[] {
  const { hlist } = kernel.layout('file_lock_list_struct', LIST);
  const { link } = kernel.trait(lockLayout)(kernel);
  const found: FileLock[] = [];
  for (const cpu of kernel.cpus.possible()) {
    const head = (kernel.perCpu('file_lock_list', cpu) + hlist) as Kva;
    const take = (lock: Kva) => void found.push(readLock(kernel, lock));
    forEachHlistEntry(kernel, head, link, take, MAX_LOCKS);
  }
  return found;
}

export function readLock(kernel: Kernel, lock: Kva, depth = 0): FileLock {
  const { mem } = kernel;
  const at = kernel.trait(lockLayout)(kernel);
  const flags = mem.u32(lock, at.flags);
  const file = mem.ptr(lock, at.file);
  const isRange = (flags & FL.posix) !== 0;
  const kind = kindOf(flags);
  const type = mem.u8(lock, at.type);
  const inode = file === NULL ? null : inodeOf(kernel, file);
  return {
    address: mem.hex(lock),
    kind,
    type: typeOf(kind, flags, type),
    lease: kind === 'lease' || kind === 'deleg' ? leaseState(flags, file) : null,
    mandatory: kind === 'flock' ? (type & LOCK_MAND) !== 0 : inode?.mandatory === true,
    pid: kind === 'ofd' ? -1 : mem.i32(lock, at.pid),
    file: file === NULL ? null : mem.hex(file),
    owner: pointerText(kernel, mem.ptr(lock, at.owner)),
    inode: inode && { device: inode.device, number: inode.number, address: inode.address },
    ...(isRange ? range(kernel, lock) : { start: 0, end: null }),
    waiters: readWaiters(kernel, lock, at, depth),
  };
}

function pointerText(kernel: Kernel, address: Kva): Hex | null {
  return address === NULL ? null : kernel.mem.hex(address);
}

/** __locks_insert_block() hangs a waiter below the lock, or below another waiter that it conflicts with. */
function readWaiters(kernel: Kernel, lock: Kva, at: LockLayout, depth: number): FileLock[] {
  if (depth > MAX_DEPTH) throw kernel.mem.fault('bound', `more than ${MAX_DEPTH} locks wait in a row`, lock);
  const found: FileLock[] = [];
  const take = (waiter: Kva) => void found.push(readLock(kernel, waiter, depth + 1));
  forEachListEntry(kernel, (lock + at.waiters) as Kva, at.waiting, take, MAX_LOCKS);
  return found;
}

function kindOf(flags: number): LockKind {
  if (flags & FL.posix) return flags & FL.access ? 'access' : flags & FL.ofd ? 'ofd' : 'posix';
  if (flags & FL.flock) return 'flock';
  if (flags & (FL.lease | FL.deleg | FL.layout)) return flags & FL.deleg ? 'deleg' : 'lease';
  return 'unknown';
}

/** target_leasetype() for leases. */
function typeOf(kind: LockKind, flags: number, type: number): FileLock['type'] {
  const isLease = kind === 'lease' || kind === 'deleg';
  if (isLease && flags & FL.unlock) return 'unlock';
  if (isLease && flags & FL.downgrade) return 'read';
  if (kind === 'flock' && type & LOCK_MAND)
    return type >>> 6 === 3 ? 'rw' : (MAND_TYPES[type >>> 6] ?? 'none');
  return TYPES[type] ?? 'unlock';
}

function leaseState(flags: number, file: Kva): FileLock['lease'] {
  if (flags & (FL.unlock | FL.downgrade)) return 'breaking';
  return file === NULL ? 'breaker' : 'active';
}

function range(kernel: Kernel, lock: Kva): Pick<FileLock, 'start' | 'end'> {
  const at = kernel.layout('file_lock', RANGE);
  const end = kernel.mem.i64(lock, at.end);
  return { start: wide(kernel.mem.i64(lock, at.start)), end: end === OFFSET_MAX ? null : wide(end) };
}

function inodeOf(kernel: Kernel, file: Kva) {
  const { mem } = kernel;
  const inode = mem.ptr(file, kernel.layout('file', FILE).inode);
  const at = kernel.layout('inode', INODE);
  const superBlock = mem.ptr(inode, at.superBlock);
  const mode = mem.u16(inode, at.mode);
  const isMounted =
    (mem.u32(superBlock, kernel.layout('super_block', SUPER_BLOCK).flags) & SB_MANDLOCK) !== 0;
  return {
    device: fileSystem(kernel, superBlock).device,
    number: wide(mem.u64(inode, at.number)),
    address: mem.hex(inode),
    mandatory: isMounted && (mode & (SET_GID | GROUP_EXEC)) === SET_GID && mandatoryLocks(kernel),
  };
}

/** CONFIG_MANDATORY_FILE_LOCKING, which ended with 5.15. */
function mandatoryLocks(kernel: Kernel): boolean {
  return kernel.symbols.address('locks_mandatory_area') !== undefined;
}
