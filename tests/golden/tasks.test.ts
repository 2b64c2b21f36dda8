// Tasks and threads against /proc/PID/{stat,status,cmdline,environ,auxv,cwd,root,exe} of the dying guest.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, isStable, type TaskTruth, textOf } from '../../src/lab/truth.js';
import type { Task } from '../../src/snapshot/task.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { movedSince } from './moved.js';
import { fieldsOf, numbers, statFields } from './proc-text.js';

/** USER_HZ: /proc/PID/stat counts in hundredths of a second. */
const TICK_NS = 10_000_000n;

interface Told {
  readonly pid: number;
  readonly tid: number;
  readonly truth: TaskTruth;
  /** Path of its facts in `unstable`. */
  readonly path: string;
}

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  /** Every thread the guest told of, but the recorder, which was at work. */
  function told(): Told[] {
    return Object.entries(fixture.truth.processes).flatMap(([pid, process]) =>
      Number(pid) === fixture.truth.recorder.pid
        ? []
        : Object.entries(process.threads).map(([tid, truth]) => ({
            pid: Number(pid),
            tid: Number(tid),
            truth,
            path: `processes ${pid} threads ${tid} files`,
          })),
    );
  }

  const taskOf = (tid: number): Task | undefined =>
    fixture.dump.tasks.find((task) => task.tid === tid && !task.idle);

  /** Whether the process still has as many threads as it was recorded with; the roll was called after that. */
  const keptThreads = (pid: number, count: string) => fixture.truth.roll[pid]?.length === Number(count);

  test('the same threads exist', () => {
    const { recorder, roll } = fixture.truth;
    const theirs = Object.entries(roll).flatMap(([pid, tids]) => (Number(pid) === recorder.pid ? [] : tids));
    const ours = fixture.dump.tasks.filter((task) => !task.idle && task.pid !== recorder.pid);
    const sorted = (ids: number[]) => [...ids].sort((a, b) => a - b);
    expect(sorted(ours.map(({ tid }) => tid))).toEqual(sorted(theirs));
    expect(theirs.length).toBeGreaterThan(50);
  });

  test('one idle task for each CPU', () => {
    expect(fixture.dump.tasks.filter((task) => task.idle)).toHaveLength(fixture.truth.machine.cpus);
  });

  test('status: ids, state, credentials', () => {
    const compare = new Comparison();
    for (const { pid, tid, truth, path } of told()) {
      const task = taskOf(tid);
      const status = fieldsOf(textOf(truth.files['status']) ?? '');
      if (task === undefined || status.size === 0) continue;
      const check = (field: string, ours: unknown, theirs: unknown) => {
        if (isStable(fixture.truth, `${path} status`, field)) compare.same(`${tid} ${field}`, ours, theirs);
      };
      const text = (field: string) => status.get(field) ?? '';
      if (!movedSince(task, textOf(truth.files['status']))) check('State', task.state, text('State')[0]);
      check('Tgid', task.pid, Number(text('Tgid')));
      check('PPid', task.ppid, Number(text('PPid')));
      check('TracerPid', task.tracerPid, Number(text('TracerPid')));
      check(
        'NSpid',
        task.ids.map((ids) => ids.tid),
        numbers(text('NSpid')),
      );
      check(
        'NStgid',
        task.ids.map((ids) => ids.tgid),
        numbers(text('NStgid')),
      );
      check(
        'NSpgid',
        task.ids.map((ids) => ids.pgid),
        numbers(text('NSpgid')),
      );
      check(
        'NSsid',
        task.ids.map((ids) => ids.sid),
        numbers(text('NSsid')),
      );
      if (keptThreads(pid, text('Threads'))) check('Threads', task.threads, Number(text('Threads')));
      const cred = task.credentials;
      check('Uid', cred && [cred.uid, cred.euid, cred.suid, cred.fsuid], numbers(text('Uid')));
      check('Gid', cred && [cred.gid, cred.egid, cred.sgid, cred.fsgid], numbers(text('Gid')));
      check('Groups', cred?.groups, numbers(text('Groups')));
      check('CapInh', cred?.capInheritable, text('CapInh'));
      check('CapPrm', cred?.capPermitted, text('CapPrm'));
      check('CapEff', cred?.capEffective, text('CapEff'));
      check('CapBnd', cred?.capBounding, text('CapBnd'));
      check('CapAmb', cred?.capAmbient, text('CapAmb'));
    }
    compare.finish(1000);
  });

  test('stat: session, terminal, priorities, start time', () => {
    const compare = new Comparison();
    for (const { pid, tid, truth, path } of told()) {
      const task = taskOf(tid);
      const text = textOf(truth.files['stat']);
      if (task === undefined || text === undefined) continue;
      const stat = statFields(text);
      const check = (field: number, ours: unknown) => {
        if (!isStable(fixture.truth, `${path} stat`, String(field))) return;
        compare.same(`${tid} stat ${field}`, String(ours), stat[field]);
      };
      const moved = movedSince(task, textOf(truth.files['status']));
      if (!moved) check(3, task.state);
      check(4, task.ppid);
      check(5, task.pgid);
      check(6, task.sid);
      check(7, task.ttyNr);
      check(8, task.tpgid);
      check(9, task.flags);
      check(19, task.nice);
      if (keptThreads(pid, stat[20] ?? '')) check(20, task.threads);
      check(22, BigInt(task.startTime) / TICK_NS);
      check(38, task.exitSignal);
      if (!moved) check(39, task.cpu);
      check(41, task.policy);
    }
    compare.finish(1000);
  });

  test('comm', () => {
    const compare = new Comparison();
    for (const { tid, truth, path } of told()) {
      const comm = textOf(truth.files['comm']);
      const task = taskOf(tid);
      if (comm === undefined || task === undefined || !isStable(fixture.truth, `${path} comm`)) continue;
      if (task.comm.startsWith('kworker/') && movedSince(task, textOf(truth.files['status']))) continue;
      compare.same(`${tid}`, task.comm, comm.replace(/\n$/, ''));
    }
    compare.finish(50);
  });

  test('cmdline, environ, auxv, exe, cwd, root', () => {
    const compare = new Comparison();
    for (const [pid, truth] of Object.entries(fixture.truth.processes)) {
      const task = taskOf(Number(pid));
      if (task === undefined || Number(pid) === fixture.truth.recorder.pid) continue;
      const detail = fixture.dump.detail(task);
      for (const file of ['cmdline', 'environ'] as const) {
        const theirs = truth.files[file];
        if (theirs === undefined || !isStable(fixture.truth, `processes ${pid} files ${file}`)) continue;
        compare.same(`${pid} ${file}`, detail[file], splitAtNul(textOf(theirs) ?? ''));
      }
      const auxv = truth.files['auxv'];
      if (auxv !== undefined) compare.same(`${pid} auxv`, detail.auxv, pairs(bytesOf(auxv)));
      for (const link of ['exe', 'cwd', 'root'] as const) {
        compare.same(`${pid} ${link}`, detail[link], truth.links[link] ?? null);
      }
    }
    compare.finish(200);
  });
});

function splitAtNul(text: string): string[] {
  const parts = text.split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
}

/** auxv as [type, value] pairs up to AT_NULL. */
function pairs(bytes: Buffer): [number, string][] {
  const found: [number, string][] = [];
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const type = Number(bytes.readBigUInt64LE(at));
    if (type === 0) break;
    found.push([type, `0x${bytes.readBigUInt64LE(at + 8).toString(16)}`]);
  }
  return found;
}
