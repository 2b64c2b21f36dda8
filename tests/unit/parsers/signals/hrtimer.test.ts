import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { isQueued, readQueuedTimers, timerQueued } from '../../../../src/parsers/signals/hrtimer.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

type Era = '5.10' | '7.2';

/** One CPU with two queues, hard and soft, both of CLOCK_REALTIME. */
function made(era: Era) {
  const kernel = new SyntheticKernel();
  const isNew = era === '7.2';
  kernel.types
    .struct('rb_node', { __rb_parent_color: 'u64', rb_right: 'ptr', rb_left: 'ptr' })
    .struct('rb_node_linked', { node: 'rb_node', prev: 'ptr', next: 'ptr' })
    .struct('timerqueue', { node: isNew ? 'rb_node_linked' : 'rb_node', expires: 'i64' })
    .struct('hrtimer', {
      node: 'timerqueue',
      base: 'ptr',
      _softexpires: 'i64',
      ...(isNew ? { is_queued: 'bool' } : { state: 'u8' }),
      function: 'ptr',
    })
    .struct('hrtimer_sleeper', { timer: 'hrtimer', task: 'ptr' })
    .struct('hrtimer_clock_base', { index: 'u32', clockid: 'i32', active: 'ptr', offset: 'i64' })
    .struct('hrtimer_cpu_base', { lock: 'u64', clock_base: 'hrtimer_clock_base[2]' });
  const text = kernel.alloc(64);
  kernel.symbol('timerfd_tmrproc', text);
  const bases = kernel.make('hrtimer_cpu_base');
  kernel.symbol('hrtimer_bases', bases);
  const size = kernel.types.sizeOf('hrtimer_clock_base') ?? 0;
  const timer = (expires: number) => {
    const found = kernel.make('hrtimer', {
      'node.expires': expires,
      _softexpires: expires - 5,
      function: text,
    });
    kernel.set(found, isNew ? 'hrtimer.is_queued' : 'hrtimer.state', 1);
    return found;
  };
  /** The second queued hangs to the right of the first. */
  const queue = (index: number, offset: number, timers: readonly Kva[]) => {
    const base = (bases + 8 + index * size) as Kva;
    kernel.set(base, 'hrtimer_clock_base.offset', offset);
    const [first, second] = timers;
    if (first !== undefined) kernel.set(base, 'hrtimer_clock_base.active', first);
    if (first !== undefined && second !== undefined) kernel.set(first, 'rb_node.rb_right', second);
  };
  return { kernel, timer, queue };
}

describe.each(['5.10', '7.2'] as const)('queues of %s', (era) => {
  test('in order, each with the time it has left on its clock', () => {
    const { kernel, timer, queue } = made(era);
    queue(0, 1000, [timer(1100), timer(1200)]);
    queue(1, 2000, [timer(1990)]);
    const read = kernel.kernel();
    const found = readQueuedTimers(read, 50n);
    expect(
      found.map((each) => [each.cpu, each.soft, each.softExpires, each.expires, each.remaining]),
    ).toEqual([
      [0, false, 1095, 1100, 50],
      [0, false, 1195, 1200, 150],
      [0, true, 1985, 1990, -60],
    ]);
    expect(found[0]).toMatchObject({ clock: 0, function: 'timerfd_tmrproc', tid: null });
    expect(readQueuedTimers(read, null)[0]?.remaining).toBeNull();
    expect(read.faults.count).toBe(0);
  });

  test('a timer says whether it is queued', () => {
    const { kernel, timer } = made(era);
    const [on, off] = [timer(1), kernel.make('hrtimer')];
    const read = kernel.kernel();
    expect([isQueued(read, on), isQueued(read, off)]).toEqual([true, false]);
    expect(read.era(timerQueued).name).toBe(era === '7.2' ? 'is_queued' : 'state');
  });

  test('a tree that comes back to a node is a fault, not a loop', () => {
    const { kernel, timer, queue } = made(era);
    const first = timer(1);
    queue(0, 0, [first]);
    kernel.set(first, 'rb_node.rb_right', first);
    const read = kernel.kernel();
    expect(readQueuedTimers(read, 0n)).toHaveLength(1);
    expect(read.faults.records.map(({ kind }) => kind)).toEqual(['loop']);
  });
});
