import { describe, expect, test } from 'vitest';
import { readRestart } from '../../../../src/parsers/threads/restart.js';
import { MadeThread } from './made-thread.js';

function made(poll: Record<string, string>) {
  const kernel = new MadeThread();
  kernel.types
    .struct('timespec64', { tv_sec: 'i64', tv_nsec: 'i64' })
    .struct('restart_nanosleep', { clockid: 'i32', type: 'u32', rmtp: 'ptr', expires: 'u64' })
    .struct('restart_poll', { ufds: 'ptr', nfds: 'i32', has_timeout: 'i32', ...poll })
    .struct('restart_block', { fn: 'ptr', nanosleep: 'restart_nanosleep', poll: '@8 restart_poll' });
  kernel.thread({ restart_block: 'restart_block' });
  for (const name of ['do_no_restart_syscall', 'hrtimer_nanosleep_restart', 'do_restart_poll']) {
    kernel.symbol(name, kernel.alloc(16));
  }
  const begin = (name: string) => {
    kernel.set(kernel.task, 'task_struct.restart_block.fn', kernel.kernel().symbol(name));
  };
  return { kernel, begin };
}

const WORDS = { tv_sec: 'u64', tv_nsec: 'u64' };

test('nothing to restart', () => {
  const { kernel, begin } = made(WORDS);
  begin('do_no_restart_syscall');
  expect(readRestart(kernel.kernel(), kernel.task)).toBeNull();
});

test('a sleep goes on until its time', () => {
  const { kernel, begin } = made(WORDS);
  begin('hrtimer_nanosleep_restart');
  kernel.set(kernel.task, 'task_struct.restart_block.nanosleep.clockid', 1);
  kernel.set(kernel.task, 'task_struct.restart_block.nanosleep.expires', 0x1234_5678_9abcn);
  expect(readRestart(kernel.kernel(), kernel.task)).toEqual({
    fn: 'hrtimer_nanosleep_restart',
    state: {
      ...{ 'nanosleep.clockid': '0x1', 'nanosleep.type': '0x0', 'nanosleep.rmtp': '0x0' },
      'nanosleep.expires': '0x123456789abc',
    },
  });
});

describe.each([
  ['two words', WORDS, 'poll.tv_sec'],
  ['a timespec64', { end_time: 'timespec64' }, 'poll.end_time.tv_sec'],
])('a poll whose time is %s', (_name, poll, member) => {
  test('is told by the names that this kernel has', () => {
    const { kernel, begin } = made(poll);
    begin('do_restart_poll');
    kernel.set(kernel.task, `task_struct.restart_block.${member}`, 77);
    expect(readRestart(kernel.kernel(), kernel.task)?.state[member]).toBe('0x4d');
  });
});
