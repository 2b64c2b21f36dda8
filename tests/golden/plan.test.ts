// Plans against what the guest said of the same processes in /proc: who is in them, ids, registers, credentials, limits,
// VMAs, pages. And a plan is the same whenever it is built.

import { beforeAll, describe, expect, test } from 'vitest';
import { framesOf, pagesOf } from '../../src/lab/pages.js';
import { bytesOf, isStable, textOf } from '../../src/lab/truth.js';
import { buildSnapshot, lazySnapshot } from '../../src/parsers/build-snapshot.js';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { PAGE_SOURCE, type PageRun, VMA_KIND, type Vma } from '../../src/resurrect/abi/records/memory.js';
import { PROCESS_STATE, type Process, VERDICT } from '../../src/resurrect/abi/records/processes.js';
import { SYSCALL_ACTION, type Thread } from '../../src/resurrect/abi/records/threads.js';
import { checkPlan } from '../../src/resurrect/check/check-plan.js';
import { buildPlan } from '../../src/resurrect/plan/build-plan.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { wokeSince } from './moved.js';
import { fieldsOf, numbers, statFields } from './proc-text.js';

/** Unstable: they wake by timers, sleep in another call then, and may take and give back memory. */
const SERVERS = /^(mariadbd|mysqld|redis-server|apache2|nginx|ib_|my-|redis|bio_|jemalloc|tmux)/;
const RT_SIGTIMEDWAIT = 128;
/** Bit of /proc/kpageflags. */
const KPF_ZERO_PAGE = 24n;

describe.each(FIXTURES)('%s', (name) => {
  let truth: Fixture['truth'];
  let snapshot: Snapshot;
  let plan: Plan;
  let bytes: Uint8Array;
  beforeAll(() => {
    const fixture = openFixture(name);
    truth = fixture.truth;
    bytes = encodePlan(buildPlan(lazySnapshot(fixture.dump, { of: 'plan' })).plan);
    snapshot = JSON.parse(JSON.stringify(buildSnapshot(fixture.dump)));
    plan = decodePlan(bytes, name);
    fixture.dump.close();
  }, 120_000);

  /** Processes of the plan but the recorder, with their files in /proc; parts that did not hold still are left out. */
  function* processes() {
    for (const process of plan.process) {
      const theirs = truth.processes[process.pid];
      if (theirs === undefined || process.pid === truth.recorder.pid) continue;
      const at = `processes ${process.pid}`;
      const file = (file: string) =>
        isStable(truth, `${at} files ${file}`, '-') ? textOf(theirs.files[file]) : undefined;
      const link = (link: string) =>
        isStable(truth, `${at} links ${link}`) ? theirs.links[link] : undefined;
      yield { process, pid: process.pid, file, link, theirs };
    }
  }

  function* threads() {
    for (const { process, theirs } of processes()) {
      for (const thread of process.threads) {
        const files = theirs.threads[thread.tid]?.files;
        const at = `processes ${process.pid} threads ${thread.tid} files`;
        const file = (file: string) =>
          isStable(truth, `${at} ${file}`, '-') ? textOf(files?.[file]) : undefined;
        yield { process, thread, tid: thread.tid, file };
      }
    }
  }

  test('a plan is the same of the whole snapshot as of what a plan is made of', () => {
    expect(Buffer.from(encodePlan(buildPlan(snapshot).plan)).equals(bytes)).toBe(true);
  });

  test('every user process but PID 1 is in it, parents first', () => {
    const planned = new Set(plan.process.map(({ pid }) => pid));
    const missing = Object.entries(truth.processes)
      .filter(([pid, { links, files }]) => Number(pid) > 1 && isUser(links, textOf(files['status'])))
      .filter(([pid]) => !planned.has(Number(pid)));
    expect(missing.map(([pid]) => pid)).toEqual([]);
    expect(planned.has(1)).toBe(false);
    expect(planned.size).toBeGreaterThan(50);
    for (const [index, { parent }] of plan.process.entries()) expect(parent ?? -1).toBeLessThan(index);
  });

  test('ids, state, exit signal of stat; the terminal', () => {
    const compare = new Comparison();
    for (const { process, pid, file } of processes()) {
      const stat = statFields(file('stat') ?? '');
      if (stat.length < 38) continue;
      const stable = (field: number) => isStable(truth, `processes ${pid} files stat`, String(field));
      const ours = [process.parentPid, process.pgid, process.sid].map(String);
      compare.same(`${pid} ids`, ours, [stat[4], stat[5], stat[6]]);
      compare.same(`${pid} exit signal`, String(process.exitSignal), stat[38]);
      compare.same(`${pid} name`, process.name, stat[2]);
      if (stable(3))
        compare.same(`${pid} zombie`, process.state === PROCESS_STATE.zombie, isZombie(pid, stat[3]));
      if (isZombie(pid, stat[3])) continue;
      const terminal = process.terminal === null ? null : plan.terminal[process.terminal];
      compare.same(`${pid} terminal`, terminal !== null, stat[7] !== '0');
      if (terminal) compare.same(`${pid} tpgid`, String(terminal.foreground), stat[8]);
    }
    compare.finish(150);
  });

  function isZombie(pid: number, state: string | undefined): boolean {
    return state === 'Z' && Object.keys(truth.processes[pid]?.threads ?? {}).length === 1;
  }

  test('threads: all of them, and where they will return to (syscall)', () => {
    const compare = new Comparison();
    for (const { process, pid, theirs } of processes()) {
      const ours = process.threads.map(({ tid }) => tid).sort((a, b) => a - b);
      // Pools of servers grow and shrink.
      if (process.state === PROCESS_STATE.zombie || SERVERS.test(process.name)) continue;
      compare.same(`${pid} threads`, ours, Object.keys(theirs.threads).map(Number));
    }
    for (const { process, thread, tid, file } of threads()) {
      const words = file('syscall')?.trim().split(' ') ?? [];
      const [registers] = thread.registers;
      if (words.length < 3 || registers === undefined) continue;
      if (wokeSince(snapshot.tasks, truth, process.pid, tid)) continue;
      const stack = [registers.sp, registers.ip].map((value) => `0x${value.toString(16)}`);
      if (!SERVERS.test(thread.comm)) compare.same(`${tid} number`, String(thread.syscallNumber), words[0]);
      compare.same(`${tid} sp and pc`, stack, words.slice(-2));
    }
    compare.finish(150);
  });

  test('credentials, masks, umask, seccomp of status', () => {
    const compare = new Comparison();
    for (const { thread, tid, file } of threads()) {
      const status = fieldsOf(file('status') ?? '');
      const cred = thread.credentials === null ? undefined : plan.credentials[thread.credentials];
      if (status.size === 0 || cred === undefined) continue;
      const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid } = cred;
      compare.same(`${tid} uids`, [uid, euid, suid, fsuid], numbers(status.get('Uid')));
      compare.same(`${tid} gids`, [gid, egid, sgid, fsgid], numbers(status.get('Gid')));
      compare.same(
        `${tid} groups`,
        cred.groups.map((group) => group.gid),
        numbers(status.get('Groups')),
      );
      for (const [field, mask] of masksOf(thread, cred))
        compare.same(`${tid} ${field}`, mask, status.get(field));
      compare.same(`${tid} seccomp`, String(thread.seccompMode), status.get('Seccomp'));
      const fs = thread.fs === null ? undefined : plan.fs[thread.fs];
      if (fs) compare.same(`${tid} umask`, fs.umask, Number.parseInt(status.get('Umask') ?? '', 8));
    }
    compare.finish(1000);
  });

  /** Processes with a thread that /proc/PID/attr/current does not call unconfined, and no others. */
  test('who was confined is refused', () => {
    const compare = new Comparison();
    const rows = plan.refusal.filter(({ resource }) => resource === 'security_label');
    const refused = new Set(rows.flatMap((row) => row.processes.map((each) => each.process)));
    for (const [index, { pid, name: comm, state, verdict }] of plan.process.entries()) {
      const theirs = truth.processes[pid];
      if (theirs === undefined || state === PROCESS_STATE.zombie) continue;
      const labels = Object.values(theirs.threads).map(({ files }) => textOf(files['attr/current']));
      const confined = labels.some((label) => label !== undefined && !/(^|\()unconfined\)?\n$/.test(label));
      // Not told there: what is to confine it at its next exec, and Landlock (src/lab/guest/zoo/confined.c).
      const besides = ['zoo-aa-exec', 'zoo-landlock'].includes(comm);
      compare.same(`${pid} ${comm} is refused`, refused.has(index), confined || besides);
      if (refused.has(index)) compare.same(`${pid} ${comm} is lost`, verdict, VERDICT.lost);
    }
    compare.finish(100);
  });

  test('limits, cgroups, oom_score_adj, directories, program', () => {
    const compare = new Comparison();
    for (const { process, pid, file, link } of processes()) {
      const limits = file('limits');
      if (limits !== undefined) compare.same(`${pid} limits`, limitPairs(process), limitColumns(limits));
      const groups = process.cgroups.map((group) => `${group.hierarchy}:${group.controllers}:${group.path}`);
      if (file('cgroup') !== undefined)
        compare.same(`${pid} cgroup`, groups.join('\n'), file('cgroup')?.trimEnd());
      compare.same(`${pid} oom`, String(process.oomScoreAdj), file('oom_score_adj')?.trim());
      const fs = plan.fs[process.threads[0]?.fs ?? -1];
      if (fs && link('cwd') !== undefined)
        compare.same(`${pid} cwd`, [fs.cwd, fs.root], [link('cwd'), link('root')]);
      const mm = process.mm === null ? undefined : plan.mm[process.mm];
      if (mm && link('exe') !== undefined) compare.same(`${pid} exe`, mm.exe, link('exe'));
    }
    compare.finish(400);
  });

  test('VMAs, as maps', () => {
    const compare = new Comparison();
    for (const { process, pid, file } of processes()) {
      const maps = file('maps');
      if (process.mm === null || !maps) continue;
      const theirs = maps.split('\n').filter((line) => line !== '' && !line.includes('[vsyscall]'));
      const ours = plan.mm[process.mm]?.vmas.map(mapsColumns) ?? [];
      compare.same(
        `${pid} VMAs`,
        ours,
        theirs.map((line) => line.split(' ').slice(0, 2).join(' ')),
      );
    }
    compare.finish(50);
  });

  test('bounds of address spaces and auxiliary vectors', () => {
    const compare = new Comparison();
    for (const { process, pid, file, theirs } of processes()) {
      const stat = statFields(file('stat') ?? '');
      const mm = process.mm === null ? undefined : plan.mm[process.mm];
      const auxv = theirs.files['auxv'];
      if (mm === undefined || auxv === undefined || stat.length < 52) continue;
      const { startCode, endCode, startStack, startData, endData, startBrk } = mm;
      const { argStart, argEnd, envStart, envEnd } = mm;
      const ours = [
        startCode,
        endCode,
        startStack,
        startData,
        endData,
        startBrk,
        argStart,
        argEnd,
        envStart,
        envEnd,
      ];
      const fields = [26, 27, 28, 45, 46, 47, 48, 49, 50, 51];
      // A leader that has ended has no memory to tell of.
      if (stat[28] !== '0')
        compare.same(
          `${pid} bounds`,
          ours.map(String),
          fields.map((field) => stat[field]),
        );
      const said = bytesOf(auxv);
      if (said.length > 0) compare.same(`${pid} auxv`, hexOf(mm.auxv), hexOf(said));
    }
    compare.finish(100);
  });

  test('pages: the frames of pagemap, and every anonymous page of it', () => {
    const compare = new Comparison();
    const frames = truth.pages === undefined ? new Map() : framesOf(truth);
    const isZero = (pfn: number) => (((frames.get(pfn)?.flags ?? 0n) >> KPF_ZERO_PAGE) & 1n) === 1n;
    for (const { process, pid } of processes()) {
      const mm = process.mm === null ? undefined : plan.mm[process.mm];
      if (mm === undefined || SERVERS.test(process.name)) continue;
      const changed = new Set((truth.pages?.unstablePages[pid] ?? []).map((address) => Number(address)));
      const ours = new Map(mm.vmas.flatMap((vma) => vma.pages.flatMap((run) => [...framesOfRun(run)])));
      const holds = mm.vmas.filter(({ kind }) => kind === VMA_KIND.anonymous);
      for (const page of pagesOf(truth, pid)) {
        const address = Number(page.address);
        if (changed.has(address) || page.pfn === undefined || page.pfn === 0) continue;
        const frame = ours.get(address);
        const own = holds.some(({ start, end }) => address >= start && address < end);
        if (frame !== undefined || own)
          compare.same(`${pid} 0x${address.toString(16)}`, frame ?? null, isZero(page.pfn) ? 0 : page.pfn);
      }
    }
    compare.finish(truth.pages === undefined ? 0 : 1000);
  });

  test('the zoo’s interrupted sleeps go on by their restart blocks', () => {
    const action = (comm: string) =>
      plan.process.find((process) => process.name === comm)?.threads[0]?.syscallAction;
    const { restart, restart_block, interrupted } = SYSCALL_ACTION;
    for (const comm of ['zoo-resleep', 'zoo-repoll', 'zoo-refutex'])
      expect(action(comm), comm).toBe(restart_block);
    expect(action('zoo-sem-wait')).toBe(interrupted);
    expect(action('less')).toBe(restart);
  });

  test('guards are where pagemap says', ({ skip }) => {
    const compare = new Comparison();
    let told = 0;
    for (const { process, pid } of processes()) {
      const theirs = [...pagesOf(truth, pid)]
        .filter(({ guard }) => guard)
        .map((page) => Number(page.address));
      const vmas = process.mm === null ? [] : (plan.mm[process.mm]?.vmas ?? []);
      const ours = vmas.flatMap(({ guards }) => guards.flatMap(({ start, end }) => addresses(start, end)));
      told += theirs.length;
      if (!SERVERS.test(process.name) && theirs.length + ours.length > 0)
        compare.same(`${pid} guards`, ours, theirs);
    }
    if (told === 0) return skip('not in this capture');
    compare.finish(1);
  });

  test('it holds by all invariants of the checker', () => {
    const errors = checkPlan(plan).filter(({ severity }) => severity === 'error');
    expect(errors).toEqual([]);
  });

  test('built again, from the snapshot as JSON, it is the same to the byte', () => {
    const again = encodePlan(buildPlan(snapshot).plan);
    expect(Buffer.compare(again, bytes)).toBe(0);
    expect(Buffer.compare(encodePlan(plan), bytes)).toBe(0);
  });

  test('a part of it takes with it what belongs together', () => {
    const { plan: part, chosen } = buildPlan(snapshot, { selectors: ['vi'] });
    const names = new Set(part.process.map((process) => process.name));
    expect(names).toContain('vi');
    // The server of the terminal that vi is in, and what else runs under it.
    expect([...names].some((each) => each.startsWith('tmux'))).toBe(true);
    expect(names).not.toContain('mariadbd');
    expect(chosen.filter(({ because }) => because === null).map(({ text }) => text)).toEqual([
      'selected by vi',
    ]);
    expect(checkPlan(part).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

/** Kernel threads have no program and no lines of memory in status; a zombie has neither, and a parent of its own. */
function isUser(links: Readonly<Record<string, string>>, status = ''): boolean {
  const fields = fieldsOf(status);
  const kernel = fields.get('PPid') === '2' || fields.get('Pid') === '2';
  return !kernel && (links['exe'] !== undefined || fields.get('State')?.startsWith('Z') === true);
}

function masksOf(thread: Thread, cred: Plan['credentials'][number]): readonly (readonly [string, string])[] {
  const masks: (readonly [string, bigint])[] = [
    ['CapInh', cred.capInheritable],
    ['CapPrm', cred.capPermitted],
    ['CapEff', cred.capEffective],
    ['CapBnd', cred.capBounding],
    ['CapAmb', cred.capAmbient],
  ];
  // What sigtimedwait unblocks is blocked again when it ends.
  if (thread.syscallNumber !== RT_SIGTIMEDWAIT) masks.push(['SigBlk', thread.blocked]);
  return masks.map(([field, mask]) => [field, mask.toString(16).padStart(16, '0')]);
}

const UNLIMITED = 0xffff_ffff_ffff_ffffn;

function limitPairs({ limits }: Process): string[] {
  const word = (value: bigint) => (value === UNLIMITED ? 'unlimited' : String(value));
  return limits.map(({ soft, hard }) => `${word(soft)} ${word(hard)}`);
}

/** The two columns behind the name, which has spaces. */
function limitColumns(text: string): string[] {
  const lines = text.trimEnd().split('\n').slice(1);
  return lines.map((line) => line.slice(26).trim().split(/\s+/).slice(0, 2).join(' '));
}

const [READ, WRITE, EXEC, MAY_SHARE] = [1n, 2n, 4n, 0x80n];

function mapsColumns({ start, end, vmFlags }: Vma): string {
  const hex = (address: number) => address.toString(16).padStart(8, '0');
  const bit = (mask: bigint, letter: string, other = '-') => ((vmFlags & mask) !== 0n ? letter : other);
  const perms = bit(READ, 'r') + bit(WRITE, 'w') + bit(EXEC, 'x') + bit(MAY_SHARE, 's', 'p');
  return `${hex(start)}-${hex(end)} ${perms}`;
}

/** Address and frame of each page; 0 for zero pages. */
function* framesOfRun({ address, pfn, pages, source }: PageRun): Generator<readonly [number, number]> {
  const counts = source === PAGE_SOURCE.frame ? 1 : 0;
  if (counts === 0 && source !== PAGE_SOURCE.zero) return;
  for (let n = 0; n < pages; n++) yield [address + n * 4096, pfn + n * counts];
}

/** Of pages. */
function addresses(start: number, end: number): number[] {
  return Array.from({ length: (end - start) / 4096 }, (_, page) => start + page * 4096);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
