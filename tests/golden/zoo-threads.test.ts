// Threads of the zoo (src/lab/guest/zoo/threads.c) against what they hold by their source. A capture that was made before
// there was a specimen, or whose kernel or processor cannot hold it, says so: its list is the guest's own.

import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { textOf } from '../../src/lab/truth.js';
import { threadOf, userBacktraceOf } from '../../src/parsers/parts/threads.js';
import type { Task } from '../../src/snapshot/task.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  /** The process of that name; skips the test where the guest itself says that `keeper` is not there. */
  function specimen({ skip }: TestContext, keeper: string, comm = keeper): Task {
    const list = textOf(fixture.truth.system['/run/otherworld/zoo']) ?? '';
    skip(!new RegExp(`^${keeper} \\d+ ready$`, 'm').test(list), `no ${keeper} in this guest`);
    const found = fixture.dump.tasks.find((task) => task.comm === comm);
    if (found === undefined) throw new Error(`no ${comm} in this capture`);
    return found;
  }

  test('three robust locks held, the last one taken first', (context) => {
    const { robustList } = threadOf(fixture.dump, specimen(context, 'zoo-robust'));
    expect(robustList).toMatchObject({
      entries: ['0x200000200', '0x200000100', '0x200000000'],
      pending: null,
    });
  });

  test('pause() by the 32-bit gate', (context) => {
    expect(threadOf(fixture.dump, specimen(context, 'zoo-entry32')).syscall).toMatchObject({
      ...{ nr: 29, abi: 'ia32', name: 'pause' },
      args: ['0xb0b0b0b0', '0xc0c0c0c0', '0xd0d0d0d0', '0x51515151', '0xd1d1d1d1', '0x55555555'],
    });
  });

  test('a sleep that was stopped goes on until its time', (context) => {
    const { syscall, restart } = threadOf(fixture.dump, specimen(context, 'zoo-restarted', 'zoo-resleep'));
    expect(syscall).toMatchObject({ nr: 219, name: 'restart_syscall' });
    expect(restart?.fn).toBe('hrtimer_nanosleep_restart');
    // CLOCK_MONOTONIC; it began a year's sleep in the minutes before the record ended.
    expect(restart?.state).toMatchObject({ 'nanosleep.clockid': '0x1', 'nanosleep.rmtp': '0x0' });
    const left = BigInt(restart?.state['nanosleep.expires'] ?? 0) - BigInt(fixture.truth.clocks.monotonic);
    expect(Number(left) / 1e9).toBeGreaterThan(31_536_000 - 1800);
    expect(Number(left) / 1e9).toBeLessThan(31_536_000);
  });

  test('a poll that was stopped goes on with its descriptors and timeout', (context) => {
    const { syscall, restart } = threadOf(fixture.dump, specimen(context, 'zoo-restarted', 'zoo-repoll'));
    expect(syscall?.name).toBe('restart_syscall');
    expect(restart).toMatchObject({
      fn: 'do_restart_poll',
      state: { 'poll.ufds': syscall?.args[0], 'poll.nfds': '0x1', 'poll.has_timeout': '0x1' },
    });
  });

  test('a descriptor in the GDT, and a base for gs that no selector has', (context) => {
    const { segments } = threadOf(fixture.dump, specimen(context, 'zoo-bases'));
    expect(segments).toMatchObject({ gsBase: '0x700012345000', gs: 0 });
    expect(segments?.tls).toMatchObject([{ entry: 12, base: '0x12345678', limit: 0xffff_ffff }]);
  });

  test('a user stack across a signal handler on a stack of its own', (context) => {
    const stack = userBacktraceOf(fixture.dump, specimen(context, 'zoo-handler'));
    const names = stack?.frames.map(({ symbol }) => symbol?.replace(/\+.*/, ''));
    expect(names?.slice(1, 8)).toEqual([
      ...['sleep_forever', 'on_trap', '__restore_rt', 'trapped', 'caller_of_trapped', 'in_handler', 'main'],
    ]);
    // ud2 is the first instruction of trapped().
    expect(stack?.frames[4]).toMatchObject({ symbol: 'trapped+0x0', by: 'signal frame' });
    expect(stack?.complete).toBe(true);
  });

  test('all of the YMM registers', (context) => {
    const { fpu } = threadOf(fixture.dump, specimen(context, 'zoo-wide'));
    const word = (i: number, j: number) => (0xa000_0000_0000_0000n + BigInt(i * 0x100 + j)).toString(16);
    expect(fpu?.vectors.map((vector) => vector.slice(-64)).slice(0, 16)).toEqual(
      Array.from({ length: 16 }, (_, i) => [3, 2, 1, 0].map((j) => word(i, j)).join('')),
    );
    expect(fpu).toMatchObject({ inCpu: false, mxcsr: 0x1f80 });
  });
});
