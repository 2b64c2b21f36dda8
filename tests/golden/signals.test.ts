// Signals against /proc/PID/status and stat, and against what the zoo's zoo-signals sent itself (zoo/tasks.c).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { signalsOf } from '../../src/parsers/parts/signals.js';
import type { ProcessSignals } from '../../src/snapshot/signals.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { fieldsOf, statFields } from './proc-text.js';

/** Fields of /proc/PID/stat: pending, blocked, ignored, caught; the lowest 31 signals. */
const STAT = { pending: 31, blocked: 32, ignored: 33, caught: 34 } as const;
const SIGRTMIN = 34;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  function processSignals(pid: number): ProcessSignals | undefined {
    const task = fixture.dump.tasks.find((each) => each.tid === pid && !each.idle);
    if (task === undefined || task.pid === fixture.truth.recorder.pid) return undefined;
    return signalsOf(fixture.dump, task) ?? undefined;
  }

  test('status and stat of every thread', () => {
    const compare = new Comparison();
    for (const [pid, process] of Object.entries(fixture.truth.processes)) {
      const ours = processSignals(Number(pid));
      for (const [tid, truth] of Object.entries(process.threads)) {
        const thread = ours?.threads.find((each) => each.tid === Number(tid));
        if (ours === undefined || thread === undefined) continue;
        const path = `processes ${pid} threads ${tid} files`;
        const status = fieldsOf(textOf(truth.files['status']) ?? '');
        const check = (field: string, value: string) => {
          const theirs = status.get(field);
          if (theirs === undefined || !isStable(fixture.truth, `${path} status`, field)) return;
          compare.same(`${tid} ${field}`, value, theirs);
        };
        check('SigQ', `${ours.queued}/${ours.queueLimit}`);
        check('SigPnd', thread.pending.set);
        check('ShdPnd', ours.pending.set);
        check('SigBlk', thread.blocked);
        check('SigIgn', ours.ignored);
        check('SigCgt', ours.caught);
        const stat = statFields(textOf(truth.files['stat']) ?? '() ');
        const low = (set: string) => String(BigInt(`0x${set}`) & 0x7fff_ffffn);
        for (const [what, field] of Object.entries(STAT)) {
          if (stat[field] === undefined || !isStable(fixture.truth, `${path} stat`, String(field))) continue;
          const { pending, blocked } = thread;
          const sets = { pending: pending.set, blocked, ignored: ours.ignored, caught: ours.caught };
          compare.same(`${tid} stat ${field}`, low(sets[what as keyof typeof sets]), stat[field]);
        }
      }
    }
    compare.finish(1500);
  });

  test('the same threads', () => {
    const compare = new Comparison();
    for (const [pid, process] of Object.entries(fixture.truth.processes)) {
      const ours = processSignals(Number(pid));
      if (ours === undefined) continue;
      // Pools of servers grow and shrink: the roll was called last of all.
      const tids = [...(fixture.truth.roll[Number(pid)] ?? Object.keys(process.threads).map(Number))];
      compare.same(
        pid,
        ours.threads.map((each) => each.tid).sort((a, b) => a - b),
        tids.sort((a, b) => a - b),
      );
    }
    compare.finish(80);
  });

  test('what zoo-signals sent itself, in the order it was sent', () => {
    const task = fixture.dump.tasks.find((each) => each.comm === 'zoo-signals');
    expect(task).toBeDefined();
    const pid = task?.pid ?? 0;
    const ours = processSignals(pid);
    expect(ours?.threads[0]?.pending.queue).toEqual([
      {
        signal: 10,
        ofTimer: false,
        info: {
          code: -6,
          codeName: 'SI_TKILL',
          errno: 0,
          detail: { layout: 'rt', pid, uid: 0, value: '0x0' },
        },
      },
    ]);
    const queued = {
      signal: SIGRTMIN + 1,
      ofTimer: false,
      info: {
        code: -1,
        codeName: 'SI_QUEUE',
        errno: 0,
        detail: { layout: 'rt', pid, uid: 0, value: '0x5a5a' },
      },
    };
    expect(ours?.pending.queue.map((each) => each.signal)).toEqual([15, 35, 35, 35]);
    expect(ours?.pending.queue[0]?.info).toEqual({
      code: 0,
      codeName: 'SI_USER',
      errno: 0,
      detail: { layout: 'kill', pid, uid: 0 },
    });
    expect(ours?.pending.queue.slice(1)).toMatchObject([queued, queued, queued]);
  });

  test('what zoo-signals does with signals, and its other stack', () => {
    const task = fixture.dump.tasks.find((each) => each.comm === 'zoo-signals');
    const ours = processSignals(task?.pid ?? 0);
    const [hup, usr1] = ours?.actions ?? [];
    expect(ours?.actions.map((each) => each.signal)).toEqual([1, 10]);
    expect(hup).toMatchObject({ handler: 'ignore' });
    // SA_ONSTACK | SA_RESTART | SA_NODEFER, and SA_RESTORER by the C library.
    expect(usr1).toMatchObject({ flags: 0x5c00_0000, mask: (1 << 11).toString(16).padStart(16, '0') });
    expect(usr1?.handler).toMatch(/^0x4/);
    expect(ours?.threads[0]?.alternateStack).toMatchObject({ bytes: 65536, flags: 0 });
    expect(ours?.threads[0]?.savedMask).toBeNull();
  });

  test('a stopped process says so, others do not', () => {
    const SIGNAL_STOP_STOPPED = 1;
    const flagsOf = (comm: string) =>
      processSignals(fixture.dump.tasks.find((each) => each.comm === comm)?.pid ?? 0)?.flags ?? 0;
    expect(flagsOf('zoo-stopped-c') & SIGNAL_STOP_STOPPED).toBe(SIGNAL_STOP_STOPPED);
    expect(flagsOf('zoo-stopped') & SIGNAL_STOP_STOPPED).toBe(0);
  });

  test('processes that share handlers', () => {
    const of = (comm: string) =>
      processSignals(fixture.dump.tasks.find((each) => each.comm === comm)?.pid ?? 0)?.sighand;
    expect(of('zoo-clone-sig')).toBe(of('zoo-clone'));
    expect(of('zoo-clone-vm')).not.toBe(of('zoo-clone'));
  });
});
