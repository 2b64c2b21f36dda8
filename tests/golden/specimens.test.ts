// Specimens of the zoo that no comparison of whole files would miss if they were gone: they are there, and read as what
// they are. The guest's word is /proc/PID/{cgroup,fdinfo}, sched_getattr(2), and what zoo/ made (src/lab/guest/zoo).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TaskTruth, textOf } from '../../src/lab/truth.js';
import { attributesOf, cgroupsOf } from '../../src/parsers/parts/attributes.js';
import { descriptorOf } from '../../src/parsers/parts/descriptors.js';
import { pageCacheOf } from '../../src/parsers/parts/page-cache.js';
import type { Scheduling } from '../../src/snapshot/scheduling.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

/** SCHED_*. */
const POLICIES: readonly Scheduling['policy'][] = [
  'NORMAL',
  'FIFO',
  'RR',
  'BATCH',
  '?',
  'IDLE',
  'DEADLINE',
  'EXT',
];
const RESET_ON_FORK = 1;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const taskOf = (comm: string) => fixture.dump.tasks.find((task) => task.comm === comm);
  /** What the guest said of the process of that name. */
  const saidOf = (comm: string) =>
    Object.values(fixture.truth.processes).find(({ files }) => textOf(files['comm']) === `${comm}\n`);

  /** sched_getattr(2) as the recorder wrote it. */
  function attributes(truth: TaskTruth): Readonly<Record<string, bigint>> | undefined {
    const text = textOf(truth.files['sched_attr']);
    const words = text?.split(' ').map((word) => word.split('=') as [string, string]);
    const number = (key: string, value: string) => BigInt(key === 'flags' ? `0x${value}` : value);
    return words && Object.fromEntries(words.map(([key, value]) => [key, number(key, value)]));
  }

  test('sched_getattr of every thread', ({ skip }) => {
    if (saidOf('zoo-deadline') === undefined) return skip('not in this capture');
    const compare = new Comparison();
    const policies = new Set<string>();
    for (const { threads } of Object.values(fixture.truth.processes)) {
      for (const [tid, truth] of Object.entries(threads)) {
        const theirs = attributes(truth);
        const task = fixture.dump.tasks.find((each) => each.tid === Number(tid));
        if (theirs === undefined || task === undefined) continue;
        const { scheduling: ours } = attributesOf(fixture.dump, task);
        const isNormal = !['FIFO', 'RR', 'DEADLINE'].includes(ours.policy);
        policies.add(ours.policy);
        compare.same(`${tid} policy`, ours.policy, POLICIES[Number(theirs['policy'])]);
        compare.same(`${tid} nice`, isNormal ? ours.nice : 0, Number(theirs['nice']));
        compare.same(`${tid} priority`, ours.rtPriority, Number(theirs['priority']));
        const { deadline, resetOnFork } = ours;
        const flags = (resetOnFork ? RESET_ON_FORK : 0) | (deadline?.flags ?? 0);
        compare.same(`${tid} flags`, flags, Number(theirs['flags']));
        // From 6.12 on they are the time slice of the others.
        for (const time of deadline === null ? [] : (['runtime', 'deadline', 'period'] as const))
          compare.same(`${tid} ${time}`, Number(deadline?.[time]), Number(theirs[time]));
      }
    }
    compare.finish(400);
    expect([...policies].sort()).toEqual(['BATCH', 'DEADLINE', 'FIFO', 'IDLE', 'NORMAL', 'RR']);
  });

  test('a task with a deadline', ({ skip }) => {
    const task = taskOf('zoo-deadline');
    // The kernel ends it for a deadline that it missed, on a slow machine; so captures from before it ignored that.
    const isGone = textOf(saidOf('zoo-deadline')?.files['stat'])?.includes(') Z ');
    if (task === undefined || isGone) return skip('not in this capture');
    expect(attributesOf(fixture.dump, task).scheduling).toMatchObject({
      policy: 'DEADLINE',
      deadline: { runtime: 10_000_000, deadline: 30_000_000, period: 100_000_000, flags: 6 },
    });
  });

  test('cgroup hierarchies of version 1, one without a controller', ({ skip }) => {
    const task = taskOf('zoo-cgroup1');
    if (task === undefined) return skip('not in this capture');
    const theirs = (textOf(saidOf('zoo-cgroup1')?.files['cgroup']) ?? '').split('\n').filter(Boolean);
    expect(theirs.length).toBeGreaterThanOrEqual(2);
    const member = attributesOf(fixture.dump, task).cgroups;
    expect(member.find(({ controllers }) => controllers.includes('name=zoo'))?.path).toBe('/inmates/deep');
    const trees = cgroupsOf(fixture.dump);
    expect(trees.map(({ id }) => id).sort()).toEqual(theirs.map((line) => Number(line.split(':')[0])).sort());
    const named = trees.find(({ controllers }) => controllers.includes('name=zoo'));
    expect(named?.root.children).toMatchObject([
      { path: '/inmates', tasks: [], children: [{ path: '/inmates/deep', tasks: [task.tid] }] },
    ]);
    const frozen = trees.find(({ controllers }) => controllers.includes('freezer'));
    if (frozen !== undefined)
      expect(frozen.root.children).toMatchObject([{ path: '/warm', tasks: [task.tid] }]);
  });

  test('fanotify marks on mounts, file systems and mount namespaces', ({ skip }) => {
    const said = saidOf('zoo-watches')?.fd ?? {};
    const marks = Object.entries(said).filter(([, { link }]) => link === 'anon_inode:[fanotify]');
    const infos = marks.map(([, { info }]) => textOf(info) ?? '').join('');
    if (!/^fanotify mnt_id:/m.test(infos)) return skip('not in this capture');
    const [owner] = fixture.dump.tasks.filter(({ comm }) => comm === 'zoo-watches');
    const files = owner === undefined ? [] : fixture.dump.files(owner);
    const targets = marks.map(([fd]) => {
      const file = files.find((each) => each.fd === Number(fd))?.file;
      const detail = file && descriptorOf(fixture.dump, file);
      return detail?.kind === 'fanotify' ? detail.watches.map(({ target }) => target) : [];
    });
    expect(targets[0]?.slice().sort()).toEqual(['filesystem', 'inode', 'mount', 'mount']);
    // Since 6.15.
    if (targets.length > 1) expect(targets[1]).toEqual(['mount namespace']);
  });

  test('long symbolic links on tmpfs: beside the inode, and in a page', ({ skip }) => {
    const tree = pageCacheOf(fixture.dump).tmpfs.find(({ mountPoint }) => mountPoint === '/tmp');
    const link = (path: string) => tree?.entries.find((entry) => entry.path === path);
    if (link('/zoo-link-100') === undefined) return skip('not in this capture');
    for (const [length, pages] of [
      [100, 0],
      [1000, 1],
    ] as const) {
      const target = `/${Array.from({ length: length - 1 }, (_, i) => String.fromCharCode(97 + ((i + 1) % 26))).join('')}`;
      expect(link(`/zoo-link-${length}`)).toMatchObject({ type: 'symlink', size: length, target, pages });
    }
  });
});
