// Scheduling, limits, confinement, namespaces and control groups against the files of /proc/PID that tell them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, type TaskTruth, textOf } from '../../src/lab/truth.js';
import { attributesOf, cgroupsOf } from '../../src/parsers/parts/attributes.js';
import { securityModules } from '../../src/parsers/security/modules.js';
import { listText, maskText } from '../../src/parsers/signals/bitmap.js';
import { cgroupText } from '../../src/parsers/signals/cgroup.js';
import { idMapText } from '../../src/parsers/signals/id-map.js';
import { ioText } from '../../src/parsers/signals/io.js';
import { limitsText } from '../../src/parsers/signals/limits.js';
import type { TaskAttributes } from '../../src/snapshot/attributes.js';
import type { Cgroup } from '../../src/snapshot/cgroups.js';
import type { Wide } from '../../src/snapshot/number.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { fieldsOf, numbers } from './proc-text.js';

/** MAX_NUMNODES of Debian's kernels, as many bits as Mems_allowed has. */
const NODES = 1024;
const VOLUNTARY = 'voluntary_ctxt_switches';
const FORCED = 'nonvoluntary_ctxt_switches';

interface Told {
  readonly name: string;
  readonly truth: TaskTruth;
  readonly ours: TaskAttributes;
  readonly stable: (file: string, part?: string) => boolean;
}

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  /** The task whose id this is, but for the recorder, which was at work. */
  function one(tid: string, truth: TaskTruth, path: string): Told[] {
    const task = fixture.dump.tasks.find((each) => each.tid === Number(tid) && !each.idle);
    if (task === undefined || task.pid === fixture.truth.recorder.pid) return [];
    const stable = (file: string, part?: string) => isStable(fixture.truth, `${path} ${file}`, part);
    return [{ name: `${tid} ${task.comm}`, truth, ours: attributesOf(fixture.dump, task), stable }];
  }

  const processes = () =>
    Object.entries(fixture.truth.processes).flatMap(([pid, truth]) =>
      one(pid, truth, `processes ${pid} files`),
    );
  const threads = () =>
    Object.entries(fixture.truth.processes).flatMap(([pid, process]) =>
      Object.entries(process.threads).flatMap(([tid, truth]) =>
        one(tid, truth, `processes ${pid} threads ${tid} files`),
      ),
    );

  test('status of every thread', () => {
    const compare = new Comparison();
    for (const { name: who, truth, ours, stable } of threads()) {
      const status = fieldsOf(textOf(truth.files['status']) ?? '');
      for (const [field, value] of Object.entries(statusLines(ours))) {
        const theirs = status.get(field);
        if (theirs !== undefined && stable('status', field)) compare.same(`${who} ${field}`, value, theirs);
      }
    }
    compare.finish(1500);
  });

  function statusLines({ scheduling, confinement }: TaskAttributes): Record<string, string | null> {
    const { cpusAllowed, memsAllowed } = scheduling;
    return {
      Umask: confinement.umask === null ? null : `0${confinement.umask.toString(8).padStart(3, '0')}`,
      NoNewPrivs: confinement.noNewPrivs ? '1' : '0',
      Seccomp: String(confinement.seccomp.mode),
      Seccomp_filters: String(confinement.seccomp.filters.length),
      Speculation_Store_Bypass: confinement.speculationStoreBypass,
      SpeculationIndirectBranch: confinement.speculationIndirectBranch,
      Cpus_allowed: maskText(cpusAllowed, fixture.truth.machine.cpus),
      Cpus_allowed_list: listText(cpusAllowed),
      Mems_allowed: maskText(memsAllowed, NODES),
      Mems_allowed_list: listText(memsAllowed),
    };
  }

  /**
   * Unstable: a few threads (ksoftirqd, kworkers, an editor's cursor) ran once more between record and panic. What
   * is counted of them can only have grown.
   */
  test('personality, switches, and time on CPUs of every thread', () => {
    const compare = new Comparison();
    const ran: string[] = [];
    for (const { name: who, truth, ours, stable } of threads()) {
      const { scheduling, confinement } = ours;
      const personality = textOf(truth.files['personality']);
      const hex = confinement.personality.toString(16).padStart(8, '0');
      if (personality !== undefined) compare.same(`${who} personality`, `${hex}\n`, personality);
      const status = fieldsOf(textOf(truth.files['status']) ?? '');
      const stat = numbers(textOf(truth.files['schedstat']));
      const counts: [string, boolean, Wide, number | undefined][] = [
        ['time run', stable('schedstat'), scheduling.runTime, stat[0]],
        ['run delay', stable('schedstat'), scheduling.runDelay, stat[1]],
        ['times run', stable('schedstat'), scheduling.timesRun, stat[2]],
        [VOLUNTARY, stable('status', VOLUNTARY), scheduling.voluntarySwitches, count(status, VOLUNTARY)],
        [FORCED, stable('status', FORCED), scheduling.involuntarySwitches, count(status, FORCED)],
      ];
      for (const [what, isSteady, value, theirs] of counts) {
        if (!isSteady || theirs === undefined) continue;
        if (Number(value) > theirs) ran.push(who);
        else compare.same(`${who} ${what}`, value, theirs);
      }
    }
    expect(new Set(ran).size).toBeLessThan(8);
    compare.finish(500);
  });

  test('limits, io, cgroup, maps of ids and the rest of every process', () => {
    const compare = new Comparison();
    for (const { name: who, truth, ours, stable } of processes()) {
      const { confinement, scheduling, namespaces } = ours;
      const check = (file: string, value: string | undefined) => {
        const theirs = textOf(truth.files[file]);
        if (theirs !== undefined && value !== undefined && stable(file))
          compare.same(`${who} ${file}`, value, theirs);
      };
      const group = scheduling.autogroup;
      const filter = confinement.coredumpFilter;
      check('limits', limitsText(ours.limits));
      check('io', confinement.io === null ? undefined : ioText(confinement.io));
      check('cgroup', cgroupText(ours.cgroups));
      check('uid_map', idMapText(namespaces.uidMap));
      check('gid_map', idMapText(namespaces.gidMap));
      check('autogroup', group === null ? '' : `/autogroup-${group.id} nice ${group.nice}\n`);
      check('oom_score_adj', `${confinement.oomScoreAdj}\n`);
      check('coredump_filter', filter === null ? '' : `${filter.toString(16).padStart(8, '0')}\n`);
      check('loginuid', String(confinement.loginUid));
      check('sessionid', String(confinement.sessionId));
      check('timerslack_ns', `${scheduling.timerSlack}\n`);
      check('timens_offsets', offsets(ours));
    }
    compare.finish(1000);
  });

  test('active security modules', ({ skip }) => {
    const theirs = textOf(fixture.truth.system['/sys/kernel/security/lsm']);
    if (theirs === undefined) return skip('not in this capture');
    expect(securityModules(fixture.dump.kernel)).toEqual(theirs.split(','));
  });

  /** On Debian AppArmor answers, which is the first of the active modules that has a label to tell. */
  test('security label of every thread', () => {
    const compare = new Comparison();
    for (const { name: who, truth, ours, stable } of [...processes(), ...threads()]) {
      const theirs = textOf(truth.files['attr/current']);
      const label = ours.confinement.labels?.find(({ module }) => module === 'apparmor')?.label;
      if (theirs !== undefined && stable('attr/current')) compare.same(`${who} label`, `${label}\n`, theirs);
    }
    compare.finish(350);
  });

  test('cgroups: every thread is once in each hierarchy, in the group that /proc/PID/cgroup names', () => {
    const compare = new Comparison();
    const paths = new Map<string, string>();
    const walk = (id: number, group: Cgroup) => {
      for (const tid of group.tasks) {
        compare.same(`${tid} is in one group of ${id}`, paths.has(`${id} ${tid}`), false);
        paths.set(`${id} ${tid}`, group.path);
      }
      for (const child of group.children) walk(id, child);
    };
    for (const { id, root } of cgroupsOf(fixture.dump)) walk(id, root);
    for (const { name: who, truth, ours } of processes()) {
      for (const line of (textOf(truth.files['cgroup']) ?? '').split('\n').filter(Boolean)) {
        const [id, , path] = line.split(':');
        compare.same(`${who} hierarchy ${id}`, paths.get(`${id} ${ours.tid}`), path);
      }
    }
    compare.finish(200);
  });

  test('namespaces', () => {
    const compare = new Comparison();
    for (const { name: who, truth, ours } of [...processes(), ...threads()]) {
      const theirs = Object.entries(truth.links).filter(([link]) => link.startsWith('ns/'));
      const kind = (link: string) => link.replace(/_for_children$/, '');
      const links = ours.namespaces.links.map((each) => [
        `ns/${each.name}`,
        `${kind(each.name)}:[${each.inode}]`,
      ]);
      if (theirs.length > 0) compare.same(who, links, theirs);
    }
    compare.finish(300);
  });

  /**
   * A specimen of the zoo; what it asked for stands in its sources (zoo/tasks.c, identity.c). Undefined where the guest
   * had none by that name: older recipes let zoo-seccomp die with its keeper.
   */
  const specimen = (comm: string): TaskAttributes | undefined => {
    const said = Object.values(fixture.truth.processes);
    if (!said.some((each) => textOf(each.files['comm']) === `${comm}\n`)) return undefined;
    const task = fixture.dump.tasks.find((each) => each.comm === comm);
    expect(task, comm).toBeDefined();
    return task && attributesOf(fixture.dump, task);
  };

  const stateOf = ({ confinement }: TaskAttributes, module: string) =>
    confinement.labels?.find((each) => each.module === module)?.state;

  /** What each was put under (zoo/confined.c); its text is compared with /proc/PID/attr/current above. */
  test('the zoo is under profiles of AppArmor in every mode', ({ skip }) => {
    const modes = { strict: 'confined', lenient: 'confined', deadly: 'confined', named: 'named' };
    const changed = { changed: 'confined', gone: 'unconfined', stack: 'confined', exec: 'unconfined' };
    const ruled = securityModules(fixture.dump.kernel).includes('landlock');
    for (const [name, state] of Object.entries({ ...modes, ...changed, half: 'unconfined' })) {
      const found = specimen(`zoo-aa-${name}`);
      if (found === undefined) return skip('not in this capture');
      expect(stateOf(found, 'apparmor'), name).toBe(state);
      if (ruled) expect(stateOf(found, 'landlock'), name).toBe('unconfined');
    }
    expect(specimen('zoo-aa-exec')?.confinement.labels).toContainEqual({
      ...{ module: 'apparmor', label: 'unconfined', state: 'unconfined' },
      ...{ onExec: 'zoo-strict (enforce)', previous: null },
    });
    const thread = fixture.dump.tasks.find(({ comm }) => comm === 'aa-thread');
    expect(thread && stateOf(attributesOf(fixture.dump, thread), 'apparmor')).toBe('confined');
  });

  test('the zoo is scheduled as it asked', () => {
    const policies = ['zoo-fifo', 'zoo-rr', 'zoo-batch', 'zoo-idle'].map((comm) => {
      const { policy, rtPriority } = specimen(comm)?.scheduling ?? {};
      return [policy, rtPriority];
    });
    expect(policies).toEqual([
      ['FIFO', 10],
      ['RR', 20],
      ['BATCH', 0],
      ['IDLE', 0],
    ]);
    const nice = specimen('zoo-nice');
    expect(nice?.scheduling).toMatchObject({ nice: 7, cpusAllowed: [0], ioPriority: (2 << 13) | 6 });
    expect(nice?.confinement.dumpable).toBe(1);
  });

  test('the zoo is confined as it asked', () => {
    const strict = specimen('zoo-seccomp')?.confinement;
    if (strict !== undefined) {
      expect([strict.dumpable, strict.parentDeathSignal]).toEqual([0, 10]);
      expect(strict.seccomp.filters).toMatchObject([{ instructions: 1, log: false, listener: false }]);
    }
    // The youngest first; captures before this specimen lack it.
    const filters = specimen('zoo-filters')?.confinement.seccomp.filters;
    if (filters !== undefined) {
      expect(filters.map(({ instructions, log }) => [instructions, log])).toEqual([
        [3, false],
        [2, true],
        [1, false],
      ]);
    }
    const ruled = specimen('zoo-landlock');
    if (ruled !== undefined) expect(stateOf(ruled, 'landlock')).toBe('confined');
    expect(specimen('zoo-orphan')?.confinement.childSubreaper).toBe(true);
    expect(specimen('zoo-ns')?.namespaces.hostname).toBe('elsewhere');
    expect(specimen('zoo-userns')?.namespaces.userLevel).toBe(1);
  });
});

function count(status: ReadonlyMap<string, string>, field: string): number | undefined {
  const text = status.get(field);
  return text === undefined ? undefined : Number(text);
}

/** fs/proc/base.c timens_offsets_show(): seconds and nanoseconds in columns. */
function offsets({ namespaces: { timeOffsets } }: TaskAttributes): string | undefined {
  if (timeOffsets === null) return undefined;
  const row = (name: string, value: number | string) => {
    const ns = BigInt(value);
    const rest = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    const seconds = String((ns - rest) / 1_000_000_000n);
    return `${name.padEnd(10)} ${seconds.padStart(10)} ${String(rest).padStart(9)}\n`;
  };
  return row('monotonic', timeOffsets.monotonic) + row('boottime', timeOffsets.boottime);
}
