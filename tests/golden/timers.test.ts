// Timers against /proc/PID/timers, /proc/timer_list, and what the zoo's zoo-signals set (zoo/tasks.c).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { queuedTimersOf, signalsOf, timersOf } from '../../src/parsers/parts/signals.js';
import { timersText } from '../../src/parsers/signals/posix-timer.js';
import type { ProcessTimers } from '../../src/snapshot/timers.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const NS = 1_000_000_000n;
/** A little more than one, of 250 or 1000 a second. */
const TICK = 5_000_000n;
const SIGRTMIN = 34;
/** Timers that are further off than this when the list is recorded are not about to expire or to be set anew. */
const FAR_NS = 200n * NS;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const timersNamed = (comm: string): ProcessTimers | null | undefined => {
    const task = fixture.dump.tasks.find((each) => each.comm === comm && each.leader);
    return task && timersOf(fixture.dump, task);
  };

  test('/proc/PID/timers of every process', () => {
    const compare = new Comparison();
    let count = 0;
    for (const [pid, truth] of Object.entries(fixture.truth.processes)) {
      const theirs = textOf(truth.files['timers']);
      const task = fixture.dump.tasks.find((each) => each.tid === Number(pid) && !each.idle);
      if (task === undefined || theirs === undefined) continue;
      if (!isStable(fixture.truth, `processes ${pid} files timers`)) continue;
      const ours = timersOf(fixture.dump, task)?.posix ?? [];
      count += ours.length;
      compare.same(`${pid}`, timersText(ours), theirs);
    }
    expect(count).toBeGreaterThan(0);
    compare.finish(100);
  });

  test('/proc/timer_list: every timer that is far off is on our queues, and the other way round', () => {
    const theirs = listed(textOf(fixture.truth.system['/proc/timer_list']) ?? '');
    const ours = queuedTimersOf(fixture.dump).map((each) => ({
      key: `${each.cpu} ${each.clock} ${each.function} ${each.softExpires}-${each.expires}`,
      remaining: BigInt(each.remaining ?? 0),
    }));
    const far = theirs.filter((each) => each.remaining > FAR_NS).map((each) => each.key);
    const isTick = (key: string) => / tick_(nohz_handler|sched_timer) /.test(key);
    const still = ours.filter((each) => each.remaining > FAR_NS).map((each) => each.key);
    // Unstable: the tick of a CPU, which is set far off while nothing needs it.
    const lost = far.filter((key) => !isTick(key) && !ours.some((each) => each.key === key));
    const gained = still.filter((key) => !isTick(key) && !theirs.some((each) => each.key === key));
    expect(far.length).toBeGreaterThanOrEqual(5);
    expect([lost, gained]).toEqual([[], []]);
  });

  test("zoo-signals' alarm in 500,000 s and timer in a week, then every hour", () => {
    const timers = timersNamed('zoo-signals');
    const uptime = BigInt(fixture.truth.clocks.monotonic);
    const [alarm] = timers?.interval ?? [];
    expect([timers?.interval.length, alarm?.which, alarm?.interval]).toEqual([1, 'real', 0]);
    isAbout(alarm?.next.remaining, 500_000n * NS, uptime);
    const [week] = timers?.posix ?? [];
    expect(timers?.posix.length).toBe(1);
    expect(week).toMatchObject({ clock: 1, signal: 37, notify: 'signal', interval: 3_600_000_000_000 });
    isAbout(week?.next?.remaining, 604_800n * NS, uptime);
  });

  /** Specimens that captures before them lack. */
  const isHere = (comm: string) =>
    Object.values(fixture.truth.processes).some((each) => textOf(each.files['comm']) === `${comm}\n`);

  test('zoo-cputimers: timers of CPU time, of which it has used little', ({ skip }) => {
    if (!isHere('zoo-cputimers')) return skip('not in this capture');
    const timers = timersNamed('zoo-cputimers');
    const used = 10n * NS;
    const [prof, virtual] = timers?.interval ?? [];
    expect(timers?.interval.map(({ which, interval }) => [which, interval])).toEqual([
      ['prof', 0],
      ['virtual', 7_000_000_000],
    ]);
    // setitimer() adds a tick to them, so that they are never early.
    isAbout(prof?.next.remaining, 2000n * NS + TICK, used);
    isAbout(virtual?.next.remaining, 1000n * NS + TICK, used);
    const [none, thread, process] = timers?.posix ?? [];
    expect(none).toMatchObject({ clock: -6, notify: 'none', next: null });
    expect(thread).toMatchObject({ clock: -2, toThread: true, value: '0x22', cpuClockOf: timers?.pid });
    isAbout(thread?.next?.remaining, 4000n * NS, used);
    expect(process).toMatchObject({ clock: -6, value: '0x11', interval: 30_000_000_000 });
    isAbout(process?.next?.remaining, 3000n * NS, used);
  });

  test('zoo-clocks: timers of other clocks, and one whose signal waits', ({ skip }) => {
    if (!isHere('zoo-clocks')) return skip('not in this capture');
    const timers = timersNamed('zoo-clocks');
    const uptime = BigInt(fixture.truth.clocks.monotonic);
    const of = (value: string) => timers?.posix.find((each) => each.value === value);
    expect(of('0x44')).toMatchObject({ clock: 0, next: { expires: '4102444800000000000' } });
    const until2100 = 4_102_444_800n * NS - BigInt(fixture.truth.clocks.realtime);
    isAbout(of('0x44')?.next?.remaining, until2100 + NS, 0n);
    isAbout(of('0x55')?.next?.remaining, 700_000n * NS, uptime);
    expect(of('0x66')).toMatchObject({ clock: 11, notify: 'none', interval: 60_000_000_000 });
    isAbout(of('0x66')?.next?.remaining, 800_000n * NS, uptime);
    if (of('0x77') !== undefined) isAbout(of('0x77')?.next?.remaining, 900_000n * NS, uptime);
    expect(of('0x88')).toMatchObject({ clock: 1, signalPending: true, interval: 1_000_000_000 });
    const task = fixture.dump.tasks.find((each) => each.comm === 'zoo-clocks');
    expect(task && signalsOf(fixture.dump, task)?.pending.queue).toMatchObject([
      { signal: SIGRTMIN + 5, ofTimer: true, info: { codeName: 'SI_TIMER', detail: { value: '0x88' } } },
    ]);
  });

  test('sleepers are known by their timers', () => {
    const sleeper = fixture.dump.tasks.find((each) => each.comm === 'in-nanosleep');
    const timer = queuedTimersOf(fixture.dump).find((each) => each.tid === sleeper?.tid);
    expect(timer?.function).toBe('hrtimer_wakeup');
    isAbout(timer?.remaining, 1_000_000n * NS, BigInt(fixture.truth.clocks.monotonic));
  });
});

/** Set for so long at some time since boot: what is left is less by no more than the uptime (and the death after). */
function isAbout(remaining: number | string | null | undefined, set: bigint, uptime: bigint): void {
  const left = BigInt(remaining ?? 0);
  expect(left < set && left > set - uptime - 60n * NS, `${left} of ${set}`).toBe(true);
}

/** clockid_t by the index of a queue, CLOCK_MONOTONIC, REALTIME, BOOTTIME, TAI, twice. */
const CLOCK_OF_INDEX = [1, 0, 7, 11, 1, 0, 7, 11];

function listed(text: string): { key: string; remaining: bigint }[] {
  const found: { key: string; remaining: bigint }[] = [];
  let [cpu, clock, called] = ['', -1, ''];
  for (const line of text.split('\n')) {
    cpu = /^cpu: (\d+)/.exec(line)?.[1] ?? cpu;
    clock = CLOCK_OF_INDEX[Number(/^ clock (\d+):/.exec(line)?.[1])] ?? clock;
    called = /^ #\d+: <[^>]+>, (\w+), S:/.exec(line)?.[1] ?? called;
    const times = /^ # expires at (\d+-\d+) nsecs \[in (-?\d+) to/.exec(line);
    if (times) found.push({ key: `${cpu} ${clock} ${called} ${times[1]}`, remaining: BigInt(times[2] ?? 0) });
  }
  return found;
}
