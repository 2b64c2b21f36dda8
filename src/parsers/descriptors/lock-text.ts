// /proc/locks, and the `lock:` lines of /proc/PID/fdinfo. Mirrors lock_get_status() of fs/locks.c.

import type { FileLock, LockKind } from '../../snapshot/lock.js';
import { hasText } from '../kernel/rodata.js';
import type { Trait } from '../kernel/trait.js';

const KINDS: Readonly<Record<LockKind, string>> = {
  access: 'ACCESS',
  ofd: 'OFDLCK',
  posix: 'POSIX ',
  flock: 'FLOCK  ',
  lease: 'LEASE  ',
  deleg: 'DELEG  ',
  unknown: 'UNKNOWN UNKNOWN  ',
};
const TYPES = { read: 'READ', write: 'WRITE', unlock: 'UNLCK' } as const;
const MAND_TYPES = { rw: 'RW   ', read: 'READ ', write: 'WRITE', none: 'NONE ', unlock: 'NONE ' } as const;
const LEASES = { active: 'ACTIVE    ', breaking: 'BREAKING  ', breaker: 'BREAKER   ' } as const;

/** How many levels of waiters /proc/locks shows. */
export const shownWaiters: Trait<number> = {
  name: 'waiting locks in /proc/locks',
  eras: [
    {
      name: 'all',
      since: '5.13',
      commit: 'b8da9b10e26c',
      evidence: 'text "%*s"',
      probe: (...kernel) => !hasText('%lld:%s \0')(...kernel),
      reader: Number.POSITIVE_INFINITY,
    },
    {
      name: 'the next ones',
      since: '2.6',
      commit: null,
      evidence: 'text "%lld:%s "',
      probe: hasText('%lld:%s \0'),
      reader: 1,
    },
  ],
};

/** The lines of one lock and of those that wait for it, without newlines. */
export function* lockLines(lock: FileLock, id: number, levels: number): Generator<string> {
  yield* branch(lock, id, 0, levels);
}

function* branch(lock: FileLock, id: number, level: number, levels: number): Generator<string> {
  const arrow = level === 0 ? '' : '-> '.padStart(level + 2);
  yield `${id}: ${arrow}${status(lock)}`;
  if (level === levels) return;
  for (const waiter of lock.waiters) yield* branch(waiter, id, level + 1, levels);
}

/** The text of /proc/locks, from the first process's pid namespace. */
export function* procLocks(locks: readonly FileLock[], levels: number): Generator<string> {
  for (const [i, lock] of locks.entries()) {
    if (lock.pid !== 0) yield* lockLines(lock, i + 1, levels);
  }
}

function status(lock: FileLock): string {
  const { inode, pid } = lock;
  const where =
    inode === null
      ? `${pid} <none>:0`
      : `${pid} ${hex2(inode.device >>> 20)}:${hex2(inode.device & 0xfffff)}:${inode.number}`;
  const isRange = lock.kind === 'posix' || lock.kind === 'ofd' || lock.kind === 'access';
  const range = isRange ? `${lock.start} ${lock.end ?? 'EOF'}` : '0 EOF';
  return `${KINDS[lock.kind]}${manner(lock)}${typeText(lock)} ${where} ${range}`;
}

function manner(lock: FileLock): string {
  if (lock.lease !== null) return LEASES[lock.lease];
  if (lock.kind === 'flock') return isMand(lock) ? 'MSNFS     ' : 'ADVISORY  ';
  if (lock.kind === 'unknown') return '';
  return ` ${lock.inode === null ? '*NOINODE*' : lock.mandatory ? 'MANDATORY' : 'ADVISORY '} `;
}

function isMand({ kind, mandatory }: FileLock): boolean {
  return kind === 'flock' && mandatory;
}

function typeText(lock: FileLock): string {
  return isMand(lock) ? MAND_TYPES[lock.type] : TYPES[lock.type as keyof typeof TYPES];
}

function hex2(value: number): string {
  return value.toString(16).padStart(2, '0');
}
