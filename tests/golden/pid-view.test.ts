// A snapshot as a pid namespace sees it, against what the kernel said of its processes' numbers there (NSpid and its
// sisters in /proc/PID/status).
import { afterAll, describe, expect, test } from 'vitest';
import { textOf } from '../../src/lab/truth.js';
import { lazySnapshot } from '../../src/parsers/build-snapshot.js';
import { buildPlan } from '../../src/resurrect/plan/build-plan.js';
import { worlds } from '../../src/resurrect/verify/choose-world.js';
import { idsIn, seenFrom } from '../../src/resurrect/verify/pid-view.js';
import { FIXTURES, openFixture } from './fixtures.js';

describe.each(FIXTURES)('%s', (name) => {
  const { dump, truth } = openFixture(name);
  const snapshot = lazySnapshot(dump, { of: 'plan' });
  afterAll(() => dump.close());

  const status = (pid: number): string => textOf(truth.processes[pid]?.files['status']) ?? '';
  const line = (pid: number, key: string): string =>
    new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status(pid))?.[1] ?? '';
  /** Its number from the outermost namespace inwards. */
  const numbers = (pid: number, key: string): number[] =>
    line(pid, key).split(/\s+/).filter(Boolean).map(Number);
  const ownNamespace = (pid: number): number =>
    Number(/\d+/.exec(truth.processes[pid]?.links['ns/pid'] ?? '')?.[0] ?? Number.NaN);
  const pids = Object.keys(truth.processes)
    .map(Number)
    .filter((pid) => status(pid) !== '');
  /** The namespaces that a process is in, outermost first: its parent's, and its own. */
  const namespacesOf = (pid: number): number[] => {
    const depth = numbers(pid, 'NSpid').length;
    const parent = Number(line(pid, 'PPid'));
    const outer = parent === 0 ? [] : namespacesOf(parent).slice(0, depth - 1);
    return outer.length === depth - 1 ? [...outer, ownNamespace(pid)] : [];
  };
  const inner = [...new Set(pids.filter((pid) => numbers(pid, 'NSpid').length > 1).map(ownNamespace))];

  test('has namespaces below the initial one', ({ skip }) => {
    if (inner.length === 0) return skip('not in this capture');
    expect(inner.length).toBeGreaterThanOrEqual(3);
  });

  test.each(inner)('seen from pid:[%i]: whom it has, and by which numbers', (namespace) => {
    const view = seenFrom(snapshot, namespace);
    const members = pids.filter((pid) => namespacesOf(pid).includes(namespace));
    expect(members.length).toBeGreaterThan(1);
    const theirs = members.map((pid) => {
      const level = namespacesOf(pid).indexOf(namespace);
      const at = (key: string) => numbers(pid, key)[level];
      const parent = Number(line(pid, 'PPid'));
      return {
        comm: line(pid, 'Name'),
        ...{ pid: at('NStgid'), tid: at('NSpid'), pgid: at('NSpgid'), sid: at('NSsid') },
        ppid: members.includes(parent) ? numbers(parent, 'NSpid')[level] : 0,
        // What is left of its numbers, from this namespace inwards.
        ids: numbers(pid, 'NSpid').slice(level),
      };
    });
    const ours = view.tasks
      .filter(({ leader }) => leader)
      .map(({ comm, pid, tid, pgid, sid, ppid, ids }) => ({
        ...{ comm, pid, tid, pgid, sid, ppid },
        ids: ids.map((each) => each.tid),
      }));
    const byPid = (a: { pid?: number | undefined }, b: { pid?: number | undefined }) =>
      (a.pid ?? 0) - (b.pid ?? 0);
    expect(ours.sort(byPid)).toEqual(theirs.sort(byPid));
    expect(view.processes.map(({ pid }) => pid).sort((a, b) => a - b)).toEqual(theirs.map(({ pid }) => pid));
  });

  test.each(inner)('a plan of what pid:[%i] has: all but its init, with the numbers inside', (namespace) => {
    const { plan } = buildPlan(seenFrom(snapshot, namespace));
    const members = pids.filter((pid) => namespacesOf(pid).includes(namespace));
    const inside = members.map((pid) => numbers(pid, 'NSpid')[namespacesOf(pid).indexOf(namespace)] ?? 0);
    expect(plan.process.map(({ pid }) => pid).sort((a, b) => a - b)).toEqual(
      inside.filter((pid) => pid !== 1).sort((a, b) => a - b),
    );
    // It is the namespace in which they are found again, whatever else there is.
    const [world] = worlds(snapshot, plan);
    expect(world).toMatchObject({ namespace, found: plan.process.length });
    expect(world?.level).toBeGreaterThan(0);
  });

  test('seen from the initial one: as it is', () => {
    const [initial] = snapshot.tasks.find(({ tid }) => tid === 1)?.ids ?? [];
    const view = seenFrom(snapshot, initial?.ns ?? 0);
    const whole = snapshot.tasks.filter((task) => idsIn(task, initial?.ns ?? 0) !== undefined);
    expect(view.tasks).toEqual(whole);
    expect(whole.length).toBeGreaterThan(50);
    const leaders = new Set(whole.filter(({ leader }) => leader).map(({ pid }) => pid));
    for (const part of ['files', 'objects', 'terminals', 'system'] as const)
      expect(view[part]).toEqual(snapshot[part]);
    expect(view.processes).toEqual(snapshot.processes.filter(({ pid }) => leaders.has(pid)));
    const { plan } = buildPlan(snapshot);
    expect(worlds(snapshot, plan)[0]).toMatchObject({ namespace: initial?.ns, level: 0, init: { pid: 1 } });
  });
});
