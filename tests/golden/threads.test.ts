// Threads against /proc/PID/{syscall,wchan}, the values that zoo-registers put into its registers, and QEMU's registers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { backtraceOf, threadOf, userBacktraceOf } from '../../src/parsers/parts/threads.js';
import { procStackLines } from '../../src/parsers/stack/stack-text.js';
import { syscallLine } from '../../src/parsers/threads/syscall.js';
import { syscallName } from '../../src/parsers/threads/syscall-table.js';
import type { Task } from '../../src/snapshot/task.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { movedSince } from './moved.js';

/** Unstable: threads of servers wake by timers, and the recorder goes on until it panics. */
const SERVERS = /^(mariadbd|mysqld|redis-server|apache2|nginx|ib_|my-|redis|bio_|jemalloc)/;

/** Their stacks are arrays of theirs; that of zoo-pidns-2 it overwrote itself, by a clone(2) onto it. */
const OTHER_STACK = /^zoo-(pidns-|clone)/;
/** Field 28 of stat, counted from behind the command. */
const STARTSTACK = 25;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  /** User threads other than the recorder's, that were asleep, and are since they were recorded. */
  function* threads(): Generator<Task> {
    for (const task of fixture.dump.tasks) {
      if (task.idle || task.kernelThread || task.onCpu) continue;
      const truth = fixture.truth.processes[task.pid]?.threads[task.tid];
      if (movedSince(task, textOf(truth?.files['status']))) continue;
      if (task.pid !== fixture.truth.recorder.pid) yield task;
    }
  }

  /** A file of a thread; undefined where it did not hold still. */
  function proc({ pid, tid, leader }: Task, file: string): string | undefined {
    const { truth } = fixture;
    const owner = truth.processes[pid];
    const text = textOf(owner?.threads[tid]?.files[file] ?? (leader ? owner?.files[file] : undefined));
    const paths = [`processes ${pid} threads ${tid} files ${file}`, `processes ${pid} files ${file}`];
    return paths.every((path) => isStable(truth, path)) ? text?.trimEnd() : undefined;
  }

  function specimen(comm: string): Task {
    const found = fixture.dump.tasks.find((task) => task.comm === comm);
    if (found === undefined) throw new Error(`no ${comm} in this capture`);
    return found;
  }

  test('syscall, as /proc/PID/syscall', () => {
    const compare = new Comparison();
    for (const task of threads()) {
      const theirs = proc(task, 'syscall');
      if (theirs === undefined || theirs === 'running' || SERVERS.test(task.comm)) continue;
      const { syscall } = threadOf(fixture.dump, task);
      compare.same(`${task.tid} ${task.comm}`, syscall && syscallLine(syscall), theirs);
    }
    compare.finish(50);
  });

  test('servers’ system calls: the number, and where they will return', () => {
    const compare = new Comparison();
    for (const task of threads()) {
      const theirs = proc(task, 'syscall')?.split(' ');
      if (theirs === undefined || theirs[0] === 'running' || !SERVERS.test(task.comm)) continue;
      const { syscall } = threadOf(fixture.dump, task);
      const ours = [String(syscall?.nr), syscall?.sp, syscall?.pc];
      compare.same(`${task.tid} ${task.comm}`, ours.join(' '), [theirs[0], ...theirs.slice(-2)].join(' '));
    }
    compare.finish(0);
  });

  test('names of system calls: what the kernel is doing for them', () => {
    const compare = new Comparison();
    for (const task of threads()) {
      const { syscall } = threadOf(fixture.dump, task);
      if (syscall === null || syscall.nr < 0) continue;
      const known = SYSCALLS[syscall.nr];
      if (known !== undefined) compare.same(`${task.tid}`, syscall.name, known);
    }
    compare.finish(50);
  });

  test('names of 32-bit system calls, by the kernel’s table or its switch', () => {
    const { kernel } = fixture.dump;
    const ours = Object.keys(IA32).map((nr) => [nr, syscallName(kernel, Number(nr), 'ia32')]);
    expect(Object.fromEntries(ours)).toEqual(IA32);
    expect(syscallName(kernel, 1000, 'ia32')).not.toBe('restart_syscall');
  });

  test('wchan, by the kernel’s backtrace', () => {
    const compare = new Comparison();
    for (const task of threads()) {
      const theirs = proc(task, 'wchan');
      // Until 5.16 wchan followed frame pointers, which kernels with ORC tables do not have: 0.
      if (theirs === undefined || theirs === '0' || SERVERS.test(task.comm)) continue;
      const [first] = procStackLines(fixture.dump.kernel, backtraceOf(fixture.dump, task));
      compare.same(`${task.tid} ${task.comm}`, /\] ([^+]+)\+/.exec(first ?? '')?.[1], theirs);
    }
    compare.finish(0);
  });

  test('what zoo-registers put into its registers', () => {
    const { registers, fpu, syscall } = threadOf(fixture.dump, specimen('zoo-registers'));
    expect(registers).toMatchObject({
      ...{ source: 'kernel stack', mayBeStale: false, cs: 0x33, ss: 0x2b },
      ...{ bx: '0xb0b0b0b0b0b0b0b0', r8: '0x808080808080808', r9: '0x909090909090909' },
      ...{ r10: '0x1010101010101010', r12: '0x1212121212121212', r13: '0x1313131313131313' },
      ...{ r14: '0x1414141414141414', r15: '0x1515151515151515', orig_ax: '0x22' },
    });
    expect(syscall?.name).toBe('pause');
    const xmm = fpu?.vectors.map((vector) => vector.slice(-32));
    expect(xmm?.slice(0, 16)).toEqual(
      Array.from(
        { length: 16 },
        (_, n) => `feed${n.toString(16).padStart(12, '0')}${n.toString(16).repeat(16)}`,
      ),
    );
    // fldpi, then fld1: 1.0 on top of pi, the other six registers empty.
    expect(fpu?.x87.st.slice(0, 2)).toEqual(['3fff8000000000000000', '4000c90fdaa22168c235']);
    expect(fpu?.x87).toMatchObject({ cwd: 0x37f, swd: 0x3000, twd: 0xc0 });
    expect(fpu).toMatchObject({ mxcsr: 0x1f80, inCpu: false });
  });

  test('vector registers are as wide as the processor has them', () => {
    const flags = /^flags\s*: (.*)$/m
      .exec(textOf(fixture.truth.system['/proc/cpuinfo']) ?? '')?.[1]
      ?.split(' ');
    const { fpu } = threadOf(fixture.dump, specimen('zoo-registers'));
    expect(fpu?.format === 'fxsave').toBe(!flags?.includes('xsave'));
    expect(fpu?.vectors[0]?.length).toBe(flags?.includes('avx512f') ? 128 : flags?.includes('avx') ? 64 : 32);
    expect(fpu?.pkru === null).toBe(!flags?.includes('ospke'));
    // init_pkru: key 0 may do all, no other anything.
    if (flags?.includes('ospke')) expect(fpu?.pkru).toBe(0x5555_5554);
  });

  test('the word at clear_child_tid is the thread’s id, and the word at fs:0 points to itself', () => {
    const { dump } = fixture;
    const compare = new Comparison();
    for (const task of threads()) {
      // Since glibc 2.43 the word is a state, not the id; the zoo is linked with an older one.
      if (dump.mm(task) === null || !task.comm.startsWith('zoo-')) continue;
      const { clearChildTid, segments } = threadOf(dump, task);
      const memory = dump.userMemory(task);
      const tid = Buffer.from(memory.readUpTo(Number(clearChildTid), 4));
      const inner = task.ids.at(-1)?.tid;
      if (clearChildTid !== '0x0' && tid.length === 4)
        compare.same(`${task.tid} tid`, tid.readUInt32LE(), inner);
      const fs = Number(segments?.fsBase ?? 0);
      const self = Buffer.from(memory.readUpTo(fs, 8));
      if (fs !== 0 && self.length === 8) compare.same(`${task.tid} tcb`, Number(self.readBigUInt64LE()), fs);
    }
    compare.finish(100);
  });

  test('user stacks end where the kernel began them: /proc/PID/stat, startstack', () => {
    const { dump } = fixture;
    const compare = new Comparison();
    for (const task of threads()) {
      if (!task.leader || !task.comm.startsWith('zoo-') || OTHER_STACK.test(task.comm)) continue;
      const stat = textOf(fixture.truth.processes[task.pid]?.files['stat']) ?? '';
      const startStack = BigInt(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[STARTSTACK] ?? 0);
      const stack = userBacktraceOf(dump, task);
      if (startStack === 0n || stack === null) continue;
      // _start takes argc, aligns the stack to 16, and pushes two words (glibc, sysdeps/x86_64/start.S).
      const first = ((startStack + 8n) & ~15n) - 16n;
      compare.same(`${task.tid} ${task.comm}`, stack.frames.at(-1)?.sp, `0x${first.toString(16)}`);
      compare.same(`${task.tid} ${task.comm} is whole`, stack.complete, true);
    }
    compare.finish(100);
  });

  test('calls of the zoo, by the names in its source', () => {
    const { dump } = fixture;
    const names = (comm: string) =>
      userBacktraceOf(dump, specimen(comm))?.frames.map(({ symbol }) => symbol?.replace(/\+.*/, ''));
    const [registers, main, , , start] = names('zoo-registers') ?? [];
    expect([registers, main, start]).toEqual(['registers', 'main', '_start']);
    expect(names('zoo-vfork')?.slice(0, 3)).toEqual(['__libc_vfork', 'vforked', 'main']);
    const { frames } = userBacktraceOf(dump, specimen('zoo-registers')) ?? { frames: [] };
    expect(frames.every(({ guess, symbolGuess }) => !guess && !symbolGuess)).toBe(true);
  });

  test('of a thread on a CPU, the segment base that QEMU has', ({ skip }) => {
    const cpus = (fixture.truth.machine.registers ?? '').split(/^CPU#/m).slice(1);
    if (cpus.length === 0) return skip('not in this capture');
    const compare = new Comparison();
    for (const task of fixture.dump.tasks) {
      if (!task.onCpu || task.idle || task.kernelThread) continue;
      const base = /^FS =\w+ (\w+)/m.exec(cpus[task.cpu] ?? '')?.[1];
      const { segments, registers } = threadOf(fixture.dump, task);
      compare.same(`${task.tid} fs`, BigInt(segments?.fsBase ?? 0), BigInt(`0x${base}`));
      compare.same(`${task.tid} registers`, registers?.source, 'kernel stack');
    }
    compare.finish(2);
  });
});

/** Of arch/x86/entry/syscalls/syscall_64.tbl, those that sleepers are in. */
const SYSCALLS: Readonly<Record<number, string>> = {
  ...{ 0: 'read', 1: 'write', 7: 'poll', 23: 'select', 34: 'pause', 58: 'vfork', 61: 'wait4' },
  ...{
    128: 'rt_sigtimedwait',
    130: 'rt_sigsuspend',
    202: 'futex',
    208: 'io_getevents',
    230: 'clock_nanosleep',
  },
  ...{ 232: 'epoll_wait', 234: 'tgkill', 270: 'pselect6', 288: 'accept4', 426: 'io_uring_enter' },
};

/** Of arch/x86/entry/syscalls/syscall_32.tbl, which no kernel may change; by the handler's name. */
const IA32: Readonly<Record<number, string>> = {
  ...{ 0: 'restart_syscall', 1: 'exit', 3: 'read', 4: 'write', 11: 'execve', 29: 'pause', 54: 'ioctl' },
  ...{ 102: 'socketcall', 162: 'nanosleep_time32', 168: 'poll', 240: 'futex_time32', 252: 'exit_group' },
  ...{ 258: 'set_tid_address', 311: 'set_robust_list', 355: 'getrandom', 386: 'rseq', 439: 'faccessat2' },
};
