// What a process has beside memory and files, what a task may do, and which namespaces it is in.

import type { Limit } from '../../../src/snapshot/limits.js';
import type { SnapshotProcess, SnapshotTask } from '../../../src/snapshot/snapshot.js';
import { account, type Kind, text, utf8, utf8OrNull, type Value } from '../facts.js';
import type { Oracle, OracleTask } from '../oracle.js';
import { byTid, isKernelThread, oracleSubject, taskSubject } from './tasks.js';

const UNLIMITED = '18446744073709551615';
const IDS = ['uid', 'gid', 'euid', 'egid', 'suid', 'sgid', 'fsuid', 'fsgid'] as const;
const SHARED_NAMESPACES = new Set([
  'cgroup',
  'ipc',
  'mnt',
  'net',
  'time',
  'time_for_children',
  'user',
  'uts',
]);

export const credentials: Kind = {
  name: 'credentials',
  ours: ({ snapshot }) => {
    const known = new Map(snapshot.credentials.map((each) => [each.address, each]));
    return account(snapshot.tasks, (task) => {
      const cred = task.credentials === null ? undefined : known.get(task.credentials);
      if (task.idle || cred === undefined) return null;
      return taskSubject(task, {
        ids: IDS.map((name) => cred[name]),
        groups: cred.groups,
        capabilities: [
          cred.capInheritable,
          cred.capPermitted,
          cred.capEffective,
          cred.capBounding,
          cred.capAmbient,
        ],
        securebits: cred.securebits,
      });
    });
  },
  theirs: (oracle) =>
    account(oracle.tasks, (task) => {
      const { credentials: cred, attributes } = task;
      if (cred === null) return null;
      const sets = attributes?.capabilities;
      return oracleSubject(task, {
        ids: IDS.map((name) => cred[name] ?? null),
        groups: cred.groups,
        capabilities: ['cap_inheritable', 'cap_permitted', 'cap_effective', 'cap_bset', 'cap_ambient'].map(
          (name) => sets?.[name] ?? null,
        ),
        securebits: attributes?.securebits ?? null,
      });
    }),
};

export const processes: Kind = {
  name: 'process',
  ours: ({ snapshot }) => {
    const tasks = byTid(snapshot);
    return account(snapshot.processes, (process) => {
      const task = tasks.get(process.pid);
      return task === undefined ? null : taskSubject(task, ourProcess(process, task));
    });
  },
  theirs: (oracle) =>
    account(oracle.tasks, (task) =>
      task.pid === task.tgid ? oracleSubject(task, theirProcess(living(task, oracle), oracle)) : null,
    ),
};

/** Where the leader has ended before its threads, the snapshot has what one of them has, for a process is theirs. */
function living(leader: OracleTask, { tasks }: Oracle): OracleTask {
  if (leader.mm !== null || isKernelThread(leader)) return leader;
  const other = tasks.find(({ tgid, mm }) => tgid === leader.tgid && mm !== null);
  return other === undefined ? leader : { ...other, process: leader.process, fs: withMask(other, leader) };
}

/** The mask stays the leader's, which has none any more. */
function withMask({ fs }: OracleTask, leader: OracleTask): OracleTask['fs'] {
  return fs === null ? null : { ...fs, umask: leader.fs?.umask ?? null };
}

function ourProcess(process: SnapshotProcess, task: SnapshotTask): Record<string, Value> {
  return {
    exe: process.exe,
    cwd: process.cwd,
    root: process.root,
    umask: task.attributes?.confinement.umask ?? null,
    arguments: process.cmdline,
    environment: process.environ,
    auxv: process.auxv,
    limits: process.limits.map(({ soft, hard }) => [text(soft), text(hard)]),
    'oom score adjustment': task.attributes?.confinement.oomScoreAdj ?? null,
    subreaper: task.attributes?.confinement.childSubreaper ?? null,
  };
}

function theirProcess(task: OracleTask, oracle: Oracle): Record<string, Value> {
  const { fs, process } = task;
  return {
    exe: utf8OrNull(fs?.exe ?? null),
    cwd: utf8OrNull(fs?.cwd ?? null),
    root: utf8OrNull(fs?.root ?? null),
    umask: fs?.umask ?? null,
    arguments: (task.command_line ?? []).map(utf8),
    environment: (task.environment ?? []).map(utf8),
    auxv: auxiliaryVector(task.mm === null ? null : (oracle.mms[task.mm]?.auxv ?? null)),
    limits: (process?.limits ?? []).map((pair) => pair.map(limit)),
    'oom score adjustment': process?.oom_score_adj ?? null,
    subreaper: process?.child_subreaper ?? null,
  };
}

function limit(raw: string): Limit['soft'] | string {
  return raw === UNLIMITED ? null : raw;
}

/** Pairs up to AT_NULL. */
function auxiliaryVector(words: readonly string[] | null): Value {
  const pairs: Value[] = [];
  for (let i = 0; words !== null && i + 1 < words.length && words[i] !== '0x0'; i += 2) {
    pairs.push([Number(words[i]), words[i + 1] as string]);
  }
  return pairs;
}

export const confinement: Kind = {
  name: 'confinement',
  ours: ({ snapshot }) =>
    account(snapshot.tasks, (task) => {
      const { attributes } = task;
      if (attributes === null) return null;
      const { confinement: own, namespaces, cgroups } = attributes;
      return taskSubject(task, {
        namespaces: namespaces.links
          .filter(({ name }) => SHARED_NAMESPACES.has(name))
          .map(({ name, inode }) => `${name}:${inode}`)
          .sort(),
        cgroup: cgroups.find(({ hierarchy }) => hierarchy === 0)?.path ?? null,
        seccomp: own.seccomp.mode,
        'no new privileges': own.noNewPrivs,
        personality: own.personality,
        'death signal': own.parentDeathSignal,
      });
    }),
  theirs: (oracle) =>
    account(oracle.tasks, (task) => {
      const { attributes } = task;
      return oracleSubject(task, {
        namespaces: Object.entries(attributes?.namespaces ?? {})
          .map(([name, inode]) => `${name}:${inode}`)
          .sort(),
        cgroup: utf8OrNull(attributes?.cgroup ?? null),
        seccomp: attributes?.seccomp ?? null,
        'no new privileges': attributes?.no_new_privs ?? null,
        personality: attributes?.personality ?? null,
        'death signal': attributes?.death_signal ?? null,
      });
    }),
};
