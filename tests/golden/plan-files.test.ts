// What a plan says of descriptors against /proc/PID/{fd,fdinfo}, stat(2), kcmp(2) and stty of the guest, and what the zoo
// put behind them (src/lab/guest/zoo/files.c, objects.c).

import { beforeAll, describe, expect, test } from 'vitest';
import { isStable, type Truth, textOf } from '../../src/lab/truth.js';
import { buildSnapshot } from '../../src/parsers/build-snapshot.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { DESCRIPTOR_FLAG, FILE_KIND, type File, INODE_FLAG } from '../../src/resurrect/abi/records/files.js';
import { buildPlan } from '../../src/resurrect/plan/build-plan.js';
import { Comparison } from './compare.js';
import { FIXTURES, openFixture } from './fixtures.js';
import { fieldsOf } from './proc-text.js';

const O_CLOEXEC = 0o2000000;
const NS = 1_000_000_000n;
/** Kinds of which stat(2) tells the inode that the plan has. */
const WITH_INODE: readonly number[] = [
  FILE_KIND.regular,
  FILE_KIND.directory,
  FILE_KIND.device,
  FILE_KIND.path,
];

interface Descriptor {
  readonly flags: number;
  readonly index: number;
  readonly file: File;
}

describe.each(FIXTURES)('%s', (name) => {
  let truth: Truth;
  let plan: Plan;
  beforeAll(() => {
    const fixture = openFixture(name);
    truth = fixture.truth;
    plan = buildPlan(buildSnapshot(fixture.dump, { of: 'plan' })).plan;
    fixture.dump.close();
  }, 60_000);

  function* descriptors(): Generator<readonly [pid: number, fd: number, each: Descriptor]> {
    for (const { pid, threads } of plan.process) {
      const table = threads[0]?.files;
      if (table == null || pid === truth.recorder.pid) continue;
      for (const { fd, flags, file } of plan.fileTable[table]?.descriptors ?? [])
        yield [pid, fd, { flags, index: file, file: plan.file[file] as File }];
    }
  }

  const ofProcess = (comm: string): Map<number, Descriptor> => {
    const process = plan.process.find((each) => each.name === comm);
    const all = [...descriptors()].filter(([pid]) => pid === process?.pid);
    return new Map(all.map(([, fd, each]) => [fd, each]));
  };
  const opened = (comm: string, kind: number): File[] =>
    [...ofProcess(comm).values()].map(({ file }) => file).filter((file) => file.kind === kind);
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1');

  test('descriptors, their links, flags and offsets', () => {
    const compare = new Comparison();
    const ours = new Map<number, Map<number, Descriptor>>();
    for (const [pid, fd, each] of descriptors()) ours.set(pid, (ours.get(pid) ?? new Map()).set(fd, each));
    for (const [pid, found] of ours) {
      const theirs = truth.processes[pid]?.fd ?? {};
      compare.same(`${pid} descriptors`, [...found.keys()].join(' '), Object.keys(theirs).join(' '));
      for (const [fd, { link, info }] of Object.entries(theirs)) {
        const each = found.get(Number(fd));
        const path = `processes ${pid} fd ${fd}`;
        if (each === undefined) continue;
        if (isStable(truth, `${path} link`)) compare.same(path, each.file.path, link);
        if (info === undefined || !isStable(truth, `${path} info`, 'pos')) continue;
        const fields = fieldsOf(textOf(info) ?? '');
        const cloexec = (each.flags & DESCRIPTOR_FLAG.close_on_exec) === 0 ? 0 : O_CLOEXEC;
        compare.same(`${path} pos`, String(each.file.position), fields.get('pos'));
        compare.same(`${path} flags`, `0${(each.file.flags | cloexec).toString(8)}`, fields.get('flags'));
      }
    }
    compare.finish(1000);
  });

  test('files are shared where kcmp(2) says so, and nowhere else', () => {
    const compare = new Comparison();
    const all = new Map([...descriptors()].map(([pid, fd, { index }]) => [`${pid}:${fd}`, index]));
    const grouped = new Map<number, number>();
    for (const [group, ids] of (truth.shared['files'] ?? []).entries()) {
      // PID 1 and the recorder are not looked at: what one process shares with them alone is not shared here.
      const known = ids.filter((id) => all.has(id));
      if (known.length < 2) continue;
      const indices = new Set(known.map((id) => all.get(id) as number));
      compare.same(`group ${ids.join(' ')}`, indices.size, 1);
      for (const index of indices) grouped.set(index, group);
    }
    const users = new Map<number, number>();
    for (const index of all.values()) users.set(index, (users.get(index) ?? 0) + 1);
    for (const [index, count] of users)
      compare.same(`file[${index}] is shared`, count > 1, grouped.has(index));
    compare.finish(100);
  });

  test('inodes, as stat(2) tells them', () => {
    const compare = new Comparison();
    for (const [pid, fd, { file }] of descriptors()) {
      const stat = truth.processes[pid]?.fd?.[fd]?.stat;
      const inode = file.target === null ? undefined : plan.inode[file.target];
      const path = `processes ${pid} fd ${fd} stat`;
      if (!WITH_INODE.includes(file.kind) || inode === undefined || stat === undefined) continue;
      if (!isStable(truth, path)) continue;
      const numbers = (device: number) => `${device >>> 20}:${device & 0xfffff}`;
      compare.same(`${path} dev`, numbers(inode.device), stat.dev);
      compare.same(`${path} ino`, Number(inode.inode), stat.ino);
      compare.same(`${path} mode`, inode.mode, stat.mode);
      compare.same(`${path} rdev`, numbers(inode.rdev), stat.rdev);
      // stat(2) of /proc/PID/task counts the threads, which the inode does not.
      if (inode.fileSystem !== 'proc') compare.same(`${path} nlink`, inode.links, stat.nlink);
      if ((stat.mode & 0o170000) === 0o100000) compare.same(`${path} size`, inode.bytes, stat.size);
      const gone = stat.nlink === 0;
      compare.same(`${path} deleted`, (inode.flags & INODE_FLAG.deleted) !== 0, gone);
    }
    compare.finish(1000);
  });

  /** Facts of one kind of fdinfo: what a line tells, and what the plan has. */
  function fdinfo(
    kind: number,
    tell: (target: number, info: string) => readonly (readonly [unknown, unknown])[],
  ) {
    const compare = new Comparison();
    for (const [pid, fd, { file }] of descriptors()) {
      const info = textOf(truth.processes[pid]?.fd?.[fd]?.info);
      if (file.kind !== kind || file.target === null || info === undefined) continue;
      if (kind !== FILE_KIND.timerfd && !isStable(truth, `processes ${pid} fd ${fd} info`)) continue;
      for (const [ours, theirs] of tell(file.target, info)) compare.same(`${pid} fd ${fd}`, ours, theirs);
    }
    return compare;
  }

  test('eventfd, signalfd and timerfd, as fdinfo tells them', () => {
    fdinfo(FILE_KIND.eventfd, (target, info) => {
      const { count, semaphore } = plan.eventfd[target] ?? {};
      const fields = fieldsOf(info);
      const told = fields.get('eventfd-semaphore');
      return [
        [count?.toString(16), fields.get('eventfd-count')],
        ...(told === undefined ? [] : [[semaphore, Number(told)] as const]),
      ];
    }).finish(4);
    fdinfo(FILE_KIND.signalfd, (target, info) => [
      [plan.signalfd[target]?.mask.toString(16).padStart(16, '0'), fieldsOf(info).get('sigmask')],
    ]).finish(1);
    fdinfo(FILE_KIND.timerfd, (target, info) => {
      const timer = plan.timerfd[target];
      const fields = fieldsOf(info.replaceAll(' settime', '_settime'));
      const pair = (text = '') => /\((\d+), (\d+)\)/.exec(text)?.slice(1).map(BigInt) ?? [];
      const [seconds = 0n, nanoseconds = 0n] = pair(fields.get('it_interval'));
      const [left = 0n, rest = 0n] = pair(fields.get('it_value'));
      return [
        [timer?.clock, Number(fields.get('clockid'))],
        [timer?.ticks.toString(), fields.get('ticks')],
        [timer?.interval.toString(), (seconds * NS + nanoseconds).toString()],
        [(timer?.remaining ?? 0n) > 0n, left + rest > 0n],
        // What is left has become less since the guest was asked, by some seconds at most.
        [(timer?.remaining ?? 0n) <= left * NS + rest, true],
        [(timer?.remaining ?? 0n) >= (left - 60n) * NS, true],
      ];
    }).finish(25);
  });

  test('epoll and inotify, line by line', () => {
    fdinfo(FILE_KIND.epoll, (target, info) => {
      const theirs = [...info.matchAll(/^tfd: +(\d+) events: +([0-9a-f]+) data: +([0-9a-f]+)/gm)];
      const ours = plan.epoll[target]?.watches ?? [];
      const shown = ours.map(({ fd, events, data }) => `${fd} ${events.toString(16)} ${data.toString(16)}`);
      return [[shown.join(', '), theirs.map(([, fd, events, data]) => `${fd} ${events} ${data}`).join(', ')]];
    }).finish(6);
    fdinfo(FILE_KIND.inotify, (target, info) => {
      const theirs = [
        ...info.matchAll(/^inotify wd:([0-9a-f]+) ino:([0-9a-f]+) .*? mask:([0-9a-f]+) .*f_handle:(\w+)/gm),
      ];
      const ours = plan.inotify[target]?.watches ?? [];
      const shown = ours.map(
        ({ wd, inode, mask, handle }) =>
          `${wd.toString(16)} ${inode.toString(16)} ${mask.toString(16)} ${Buffer.from(handle).toString('hex')}`,
      );
      const told = theirs.map(([, wd, ino, mask, handle]) => `${wd} ${ino} ${mask} ${handle}`);
      return [[shown.sort().join(', '), told.sort().join(', ')]];
    }).finish(1);
  });

  test('what epoll of zoo-events watches are its own files', () => {
    const files = ofProcess('zoo-events');
    const watched = opened('zoo-events', FILE_KIND.epoll).flatMap(
      ({ target }) => plan.epoll[target ?? -1]?.watches ?? [],
    );
    expect(watched.map(({ fd, file }) => files.get(fd)?.index === file)).toEqual([true, true, true, true]);
  });

  test('what zoo-pipes wrote and nobody has read', () => {
    const pipes = [...new Set(opened('zoo-pipes', FILE_KIND.pipe).map(({ target }) => target))];
    const contents = pipes.map((target) =>
      (plan.pipe[target ?? -1]?.buffers ?? []).map(
        ({ contents, flags }) => [text(contents), flags & 8] as const,
      ),
    );
    expect(contents).toContainEqual([['words in a pipe', 0]]);
    expect(contents).toContainEqual([
      ['one', 8],
      ['two', 8],
    ]);
    const full = plan.pipe.find(({ capacity }) => capacity === 32);
    expect(full?.buffers.map((buffer) => buffer.contents.length)).toEqual(new Array(32).fill(4096));
    const [fifo] = opened('zoo-pipes', FILE_KIND.fifo);
    expect(plan.pipe[fifo?.target ?? -1]?.path).toBe('/otherworld/zoo/fifo');
  });

  test('both ends of every anonymous pipe are one', () => {
    const compare = new Comparison();
    for (const { kind, target, path } of plan.file) {
      if (kind === FILE_KIND.pipe) compare.same(path, `pipe:[${plan.pipe[target ?? -1]?.inode}]`, path);
    }
    compare.finish(10);
  });

  test('terminals, as stty and stat tell them', () => {
    const compare = new Comparison();
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    for (const terminal of plan.terminal) {
      const theirs = truth.terminals[terminal.name];
      if (theirs === undefined || !isStable(truth, `terminals ${terminal.name}`)) continue;
      const flags = (['iflag', 'oflag', 'cflag', 'lflag'] as const)
        .map((flag) => `${flag}=${terminal[flag].toString(16)}`)
        .join(' ');
      const cc = /cc=([0-9a-f]+)/.exec(theirs)?.[1] ?? '';
      const { rows, columns, discipline } = terminal;
      const ours = `${flags} cc=${hex(terminal.cc).slice(0, cc.length)} rows=${rows} cols=${columns} ldisc=${discipline}`;
      compare.same(terminal.name, ours, theirs);
    }
    compare.finish(1);
    for (const { terminal, sid } of plan.process) {
      if (terminal !== null) expect(plan.terminal[terminal]?.session).toBe(sid);
    }
  });

  test('what was typed into the ptys of zoo-ptys', ({ skip }) => {
    const files = ofProcess('zoo-ptys');
    const side = (fd: number) => plan.terminal[files.get(fd)?.file.target ?? -1];
    if (side(8) === undefined) return skip('not in this capture');
    expect(text(side(5)?.input)).toBe('half a li');
    expect(side(4)?.input.length).toBe('half a li'.length + 'unread output\r\n'.length);
    expect(text(side(8)?.input)).toBe('whole line\nmore\0tail');
    expect([side(8)?.ready, side(8)?.lineEnds.map(({ offset }) => offset)]).toEqual([16, [10, 15]]);
    for (const [master, slave] of [
      [4, 5],
      [7, 8],
    ] as const) {
      expect(side(master)?.other).toBe(files.get(slave)?.file.target);
      expect(side(slave)?.other).toBe(files.get(master)?.file.target);
      expect(side(master)?.index).toBe(side(slave)?.index);
    }
  });

  test('a pidfd leads to its process, and nginx tells its workers of input', () => {
    const handles = opened('zoo-handles', FILE_KIND.pidfd).map(({ target }) => target);
    const own = plan.process.findIndex(({ name: comm }) => comm === 'zoo-handles');
    expect(handles).toEqual([own, null]);
    const owners = plan.file.flatMap(({ owner }) => (owner === 0 ? [] : [owner]));
    const pids = plan.process.map(({ pid }) => pid);
    expect(owners.length).toBeGreaterThan(0);
    expect(owners.filter((pid) => !pids.includes(Math.abs(pid)))).toEqual([]);
  });

  test('what cannot be restored is refused by name', () => {
    const expected: readonly (readonly [RegExp, string])[] = [
      [/^anon_inode:\[io_uring\]/, 'io_uring'],
      [/^anon_inode:\[userfaultfd\]/, 'userfaultfd'],
      [/^anon_inode:\[perf_event\]/, 'perf_event'],
      [/^anon_inode:\[fanotify\]/, 'fanotify'],
      [/^anon_inode:bpf-/, 'bpf'],
      [/^anon_inode:\[landlock/, 'landlock_ruleset'],
      [/^\/secretmem/, 'secret_memory'],
    ];
    const compare = new Comparison();
    const rows = plan.refusal.filter(({ object }) => object !== null);
    for (const [pid, { fd }] of Object.entries(truth.processes)) {
      for (const [number, { link }] of Object.entries(fd ?? {})) {
        const row = expected.find(([pattern]) => pattern.test(link));
        const process = plan.process.findIndex((each) => each.pid === Number(pid));
        if (row === undefined || process < 0) continue;
        const index = [...descriptors()].find(([p, f]) => p === Number(pid) && f === Number(number))?.[2]
          .index;
        const found = rows.find(({ resource, object }) => resource === row[1] && object === index);
        const concerned = found?.processes.some((each) => each.process === process);
        compare.same(`${pid} ${link}`, [plan.file[index ?? -1]?.kind, concerned], [FILE_KIND.refused, true]);
      }
    }
    compare.finish(8);
  });
});
