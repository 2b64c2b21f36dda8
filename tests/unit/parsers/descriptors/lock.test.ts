import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readLocks } from '../../../../src/parsers/descriptors/lock.js';
import { procLocks } from '../../../../src/parsers/descriptors/lock-text.js';
import { MadeDescriptors } from './made-descriptors.js';

const ERAS = ['5.10', '7.2'] as const;
type Era = (typeof ERAS)[number];
type Values = Readonly<Record<string, number | bigint>>;

const MEMBERS = {
  list: 'list_head',
  link: 'hlist_node',
  blocked_requests: 'list_head',
  blocked_member: 'list_head',
  owner: 'ptr',
  flags: 'u32',
  type: 'u8',
  pid: 'i32',
  file: 'ptr',
};
const OFFSET_MAX = 0x7fff_ffff_ffff_ffffn;

class MadeLocks extends MadeDescriptors {
  private readonly prefix: string;
  private readonly held: Kva[] = [];
  private readonly head: Kva;

  constructor(era: Era) {
    super();
    const of = (prefix: string) =>
      Object.fromEntries(Object.entries(MEMBERS).map(([name, type]) => [`${prefix}${name}`, type]));
    const range = { fl_start: 'i64', fl_end: 'i64' };
    if (era === '7.2') this.types.struct('file_lock_core', of('flc_'));
    this.types.struct(
      'file_lock',
      era === '7.2' ? { c: 'file_lock_core', ...range } : { ...of('fl_'), ...range },
    );
    this.types.struct('file_lock_list_struct', { lock: 'u32', hlist: 'hlist_head' });
    this.prefix = era === '7.2' ? 'file_lock.c.flc_' : 'file_lock.fl_';
    this.head = this.make('file_lock_list_struct');
    this.symbol('file_lock_list', this.head);
  }

  /** A lock; put on the list of all where `isHeld`. Its waiters are linked below it. */
  lock(values: Values, waiters: readonly Kva[] = [], range: Values = {}, isHeld = true): Kva {
    const lock = this.make('file_lock');
    for (const [name, value] of Object.entries(values)) this.set(lock, `${this.prefix}${name}`, value);
    this.set(lock, 'file_lock.fl_end', OFFSET_MAX);
    for (const [name, value] of Object.entries(range)) this.set(lock, `file_lock.${name}`, value);
    const at = (name: string) => this.types.member(`${this.prefix}${name}`)?.offset ?? 0;
    this.list(
      (lock + at('blocked_requests')) as Kva,
      waiters.map((waiter) => (waiter + at('blocked_member')) as Kva),
    );
    if (isHeld) this.held.push((lock + at('link')) as Kva);
    return lock;
  }

  lines(levels: number): string[] {
    for (const [i, node] of this.held.entries()) this.set(node, 'hlist_node.next', this.held[i + 1] ?? 0);
    this.set(this.head, 'file_lock_list_struct.hlist.first', this.held[0] ?? 0);
    const kernel = this.kernel();
    const lines = [...procLocks(readLocks(kernel), levels)];
    expect(kernel.faults.records).toEqual([]);
    return lines;
  }
}

describe.each(ERAS)('locks, %s', (era) => {
  test('of every kind, as /proc/locks has them', () => {
    const made = new MadeLocks(era);
    const file = made.make('file', { f_inode: made.inode(77, (254 << 20) | 3) });
    made.lock({ flags: 1, type: 1, pid: 10, file }, [], { fl_start: 5, fl_end: 9 });
    made.lock({ flags: 1 | 1024, type: 0, pid: 10, file }, [], { fl_start: 100 });
    made.lock({ flags: 2, type: 1, pid: 11, file });
    made.lock({ flags: 32, type: 0, pid: 12, file });
    made.lock({ flags: 32 | 512, type: 1, pid: 12, file });
    made.lock({ flags: 32, type: 1, pid: 13, file: 0 });
    made.lock({ flags: 4 | 256, type: 1, pid: 14, file });
    expect(made.lines(9)).toEqual([
      '1: POSIX  ADVISORY  WRITE 10 fe:03:77 5 9',
      '2: OFDLCK ADVISORY  READ -1 fe:03:77 100 EOF',
      '3: FLOCK  ADVISORY  WRITE 11 fe:03:77 0 EOF',
      '4: LEASE  ACTIVE    READ 12 fe:03:77 0 EOF',
      '5: LEASE  BREAKING  UNLCK 12 fe:03:77 0 EOF',
      '6: LEASE  BREAKER   WRITE 13 <none>:0 0 EOF',
      '7: DELEG  BREAKING  READ 14 fe:03:77 0 EOF',
    ]);
  });

  test('those that wait, and those that wait for them', () => {
    const made = new MadeLocks(era);
    const file = made.make('file', { f_inode: made.inode(5, 8 << 20) });
    const last = made.lock({ flags: 2, type: 0, pid: 4, file }, [], {}, false);
    const first = made.lock({ flags: 2, type: 1, pid: 2, file }, [last], {}, false);
    const second = made.lock({ flags: 2, type: 1, pid: 3, file }, [], {}, false);
    made.lock({ flags: 2, type: 1, pid: 1, file }, [first, second]);
    const line = (pid: number, type = 'WRITE') => `FLOCK  ADVISORY  ${type} ${pid} 08:00:5 0 EOF`;
    const shallow = [`1: ${line(1)}`, `1: -> ${line(2)}`, `1: -> ${line(3)}`];
    expect(made.lines(1)).toEqual(shallow);
    const deep = [...shallow];
    deep.splice(2, 0, `1:  -> ${line(4, 'READ')}`);
    expect(made.lines(9)).toEqual(deep);
  });
});

test('a ring of waiters that waits for itself ends', () => {
  const made = new MadeLocks('7.2');
  const lock = made.lock({ flags: 2, type: 1, pid: 1, file: 0 });
  const requests = (lock + 32) as Kva;
  const member = (lock + 48) as Kva;
  made.list(requests, [member]);
  made.symbol('nothing', lock);
  const kernel = made.kernel();
  made.set(kernel.symbol('file_lock_list'), 'file_lock_list_struct.hlist.first', (lock + 16) as Kva);
  readLocks(made.kernel());
  expect(made.faults.records.map(({ kind }) => kind)).toContain('bound');
});
