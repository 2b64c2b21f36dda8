// What a plan says of locks, IPC, tmpfs, deleted files and pages to write back against /proc/locks, /proc/sysvipc,
// mountinfo and stat(2) of the guest, and what the zoo made (src/lab/guest/zoo/files.c, shared.c).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { buildSnapshot } from '../../src/parsers/build-snapshot.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { type File, INODE_FLAG, LOCK_KIND_NAME, LOCK_TYPE } from '../../src/resurrect/abi/records/files.js';
import { PAGE_SOURCE, type PageRun } from '../../src/resurrect/abi/records/memory.js';
import { ENTRY_KIND } from '../../src/resurrect/abi/records/storage.js';
import { buildPlan } from '../../src/resurrect/plan/build-plan.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const PAGE_BYTES = 4096;
const TO_THE_END = 0xffff_ffff_ffff_ffffn;
const KINDS: Readonly<Record<string, string>> = {
  POSIX: 'posix',
  OFDLCK: 'ofd',
  FLOCK: 'flock',
  LEASE: 'lease',
};
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  let plan: Plan;
  beforeAll(() => {
    fixture = openFixture(name);
    plan = buildPlan(buildSnapshot(fixture.dump, { of: 'plan' })).plan;
  }, 60_000);
  afterAll(() => fixture.dump.close());

  const pidOf = (comm: string) => plan.process.find((each) => each.name === comm)?.pid;
  const filesOf = (comm: string): File[] => {
    const table = plan.process.find((each) => each.name === comm)?.threads[0]?.files ?? -1;
    return (plan.fileTable[table]?.descriptors ?? []).map(({ file }) => plan.file[file] as File);
  };
  /** Lines of a table of /proc/sysvipc, by the names of its columns. */
  function sysvipc(kind: string): Readonly<Record<string, number>>[] {
    const [head = '', ...lines] = (textOf(fixture.truth.system[`/proc/sysvipc/${kind}`]) ?? '')
      .trim()
      .split('\n');
    const columns = head.trim().split(/\s+/);
    return lines.map((line) => {
      const values = line.trim().split(/\s+/);
      return Object.fromEntries(columns.map((column, i) => [column, Number(values[i])]));
    });
  }

  test('locks are those of /proc/locks', () => {
    const lines = (textOf(fixture.truth.system['/proc/locks']) ?? '').trim().split('\n');
    const theirs = lines.flatMap((line) => {
      const [, kind = '', type, pid, inode, start, end] =
        /^\d+: (\w+) +\w+ +(\w+) +(-?\d+) (\S+) (\d+) (\S+)$/.exec(line) ?? [];
      const here = kind !== '' && (Number(pid) < 0 || plan.process.some((each) => each.pid === Number(pid)));
      return here ? [`${KINDS[kind]} ${type} ${pid} ${inode?.split(':')[2]} ${start}-${end}`] : [];
    });
    const ours = plan.lock.map(({ kind, type, process, file, start, end }) => {
      const inode = plan.inode[plan.file[file]?.target ?? -1];
      const word = LOCK_KIND_NAME[kind];
      const owner = word === 'ofd' ? -1 : process === null ? flockOwner(file) : plan.process[process]?.pid;
      const last = end === TO_THE_END ? 'EOF' : end;
      return `${word} ${type === LOCK_TYPE.read ? 'READ' : 'WRITE'} ${owner} ${inode?.inode} ${start}-${last}`;
    });
    expect(ours.sort()).toEqual(theirs.sort());
    expect(ours.length).toBeGreaterThan(3);
  });

  /** /proc/locks names who took it; the plan only the description. */
  function flockOwner(file: number): number | undefined {
    const holder = plan.process.find(({ threads }) =>
      plan.fileTable[threads[0]?.files ?? -1]?.descriptors.some((each) => each.file === file),
    );
    return holder?.pid;
  }

  test('shared memory, semaphores and queues of /proc/sysvipc', () => {
    const compare = new Comparison();
    const both = <T>(
      kind: string,
      ours: readonly T[],
      tell: (row: T) => Readonly<Record<string, number>>,
    ) => {
      const theirs = isStable(fixture.truth, `system /proc/sysvipc/${kind}`) ? sysvipc(kind) : [];
      compare.same(`${kind} count`, ours.length, theirs.length);
      for (const [i, row] of ours.entries())
        for (const [column, value] of Object.entries(tell(row)))
          compare.same(`${kind} ${i} ${column}`, value, theirs[i]?.[column]);
    };
    both('shm', plan.shmSegment, (row) => ({
      ...{
        key: row.key,
        shmid: row.ipcId,
        size: row.bytes,
        cpid: row.creatorPid,
        uid: row.uid,
        cgid: row.creatorGid,
      },
      perms: Number(row.mode.toString(8)),
    }));
    both('sem', plan.semaphoreSet, (row) => ({
      ...{ key: row.key, semid: row.ipcId, nsems: row.semaphores.length, uid: row.uid },
      perms: Number(row.mode.toString(8)),
    }));
    const systemV = plan.messageQueue.filter(({ posix }) => posix === 0);
    both('msg', systemV, (row) => ({
      ...{ key: row.key, msqid: row.ipcId, qnum: row.messages.length },
      cbytes: row.messages.reduce((sum, { contents }) => sum + contents.length, 0),
    }));
    compare.finish(20);
  });

  test('what zoo-sysv and zoo-queues left there', () => {
    const [set] = plan.semaphoreSet.filter(({ key }) => key === 0x5a01);
    const own = plan.process.findIndex((each) => each.name === 'zoo-sysv');
    expect(set?.semaphores.map(({ value, pid }) => [value, pid])).toEqual([
      [3, pidOf('zoo-sysv')],
      [1, pidOf('zoo-sysv')],
    ]);
    expect(
      set?.undo.map(({ process, adjustments }) => [process, ...new Int16Array(adjustments.slice().buffer)]),
    ).toEqual([[own, -3, 0]]);
    const [queue] = plan.messageQueue.filter(({ key }) => key === 0x5a02);
    expect(queue?.messages.map(({ type, contents }) => [type, latin1(contents).replace(/\0+$/, '')])).toEqual(
      [[7n, 'a message nobody has read']],
    );
    const [posix] = plan.messageQueue.filter((each) => each.posix === 1);
    expect([posix?.name, posix?.messageLimit, posix?.byteLimit, posix?.mode]).toEqual([
      '/zoo-queue',
      5,
      64,
      0o600,
    ]);
    expect(posix?.messages.map(({ type, contents }) => [type, latin1(contents)])).toEqual([
      [9n, 'more urgent'],
      [1n, 'less urgent'],
    ]);
  });

  function contentsOf(runs: readonly PageRun[]): Buffer {
    const pages = runs.flatMap(({ pfn, pages }) => Array.from({ length: pages }, (_, n) => pfn + n));
    return Buffer.concat(
      pages.map((pfn) => {
        const page = new Uint8Array(PAGE_BYTES);
        fixture.dump.kernel.mem.physical.bulk(pfn * PAGE_BYTES, page);
        return page;
      }),
    );
  }

  test('a deleted file is there with what zoo-regular wrote', ({ skip }) => {
    const gone = filesOf('zoo-regular').find(({ path }) => path === '/otherworld/zoo/gone file (deleted)');
    const inode = plan.inode[gone?.target ?? -1];
    if (inode === undefined || inode.pages.length === 0) return skip('not in this capture');
    expect([inode.flags, inode.bytes, inode.links]).toEqual([INODE_FLAG.deleted, 10, 0]);
    expect(inode.pages.map(({ address, pages, source }) => [address, pages, source])).toEqual([
      [0, 1, PAGE_SOURCE.page_cache],
    ]);
    expect(latin1(contentsOf(inode.pages).subarray(0, 10))).toBe('still here');
  });

  test('pages to write back lie within their files, which are in order and by their names', () => {
    const places = plan.writeback.map(({ device, inode }) => `${device} ${inode}`);
    expect(new Set(places).size).toBe(places.length);
    const compare = new Comparison();
    for (const { path, bytes, pages } of plan.writeback) {
      compare.same(`${path} is named`, path.startsWith('/'), true);
      const last = pages.at(-1);
      const end = (last?.address ?? 0) + (last?.pages ?? 0) * PAGE_BYTES;
      compare.same(`${path} ends`, end <= Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES, true);
      const cached = fixture.truth.cachedFiles[path];
      if (cached !== undefined) compare.same(`${path} size`, bytes, cached.size);
    }
    compare.finish(plan.writeback.length * 2);
  });

  test('tmpfs of the processes are mounted again, with what is open there', ({ skip }) => {
    if (plan.mount.length === 0) return skip('not in this capture');
    const mounted = (textOf(fixture.truth.processes['1']?.files['mountinfo']) ?? '')
      .split('\n')
      .map((line) => line.split(' '))
      .filter((words) => words[words.indexOf('-') + 1] === 'tmpfs')
      .map((words) => words[4] ?? '');
    const ours = plan.mount.map(({ path }) => path);
    for (const path of mounted) expect(ours).toContain(path);
    const compare = new Comparison();
    const entries = new Map(
      plan.mount.flatMap((mount) => mount.entries.map((entry) => [`${mount.device} ${entry.inode}`, entry])),
    );
    for (const [pid, { fd }] of Object.entries(fixture.truth.processes)) {
      for (const [number, { stat, link }] of Object.entries(fd ?? {})) {
        const [major = 0, minor = 0] = (stat?.dev ?? '').split(':').map(Number);
        const entry = entries.get(`${major * 2 ** 20 + minor} ${stat?.ino}`);
        if (stat === undefined || entry === undefined) continue;
        if (!isStable(fixture.truth, `processes ${pid} fd ${number} stat`)) continue;
        compare.same(`${link} mode`, entry.mode, stat.mode & 0o7777);
        compare.same(`${link} owner`, [entry.uid, entry.gid], [stat.uid, stat.gid]);
        compare.same(
          `${link} is a file`,
          entry.kind === ENTRY_KIND.regular,
          (stat.mode & 0o170000) === 0o100000,
        );
        if (entry.memory !== null && entry.kind === ENTRY_KIND.regular)
          compare.same(`${link} size`, plan.sharedMemory[entry.memory]?.bytes, stat.size);
      }
    }
    compare.finish(6);
  });
});
