// Snapshots of a few processes, made by hand: only what a test is about is said, the rest is as of a sleeping process.

import type { Hex } from '../../../../src/base/address.js';
import type { TaskAttributes } from '../../../../src/snapshot/attributes.js';
import type { Snapshot, SnapshotProcess, SnapshotTask } from '../../../../src/snapshot/snapshot.js';
import type { SystemCall, UserRegisters } from '../../../../src/snapshot/thread.js';
import type { QueuedTimer } from '../../../../src/snapshot/timers.js';

export const ENOSYS: Hex = '0xffffffffffffffda';

const NAMES = ['r15', 'r14', 'r13', 'r12', 'bp', 'bx', 'r11', 'r10', 'r9', 'r8', 'cx', 'dx', 'si', 'di'];

export function registers(ax: Hex = ENOSYS): UserRegisters {
  const zeroes = Object.fromEntries(NAMES.map((name) => [name, '0x0']));
  return {
    ...zeroes,
    ...{ ax, orig_ax: '0x0', ip: '0x401000', flags: '0x246', sp: '0x7ffff000', cs: 0x33, ss: 0x2b },
    ...{ source: 'kernel stack', mayBeStale: false },
  } as unknown as UserRegisters;
}

export function systemCall(nr: number, args: readonly Hex[] = []): SystemCall {
  const six = [...args, ...Array<Hex>(6).fill('0x0')].slice(0, 6);
  return { nr, abi: 'x86-64', name: `call-${nr}`, args: six, sp: '0x7ffff000', pc: '0x401000' };
}

/** A thread asleep in the system call. */
export function inCall(call: SystemCall, ax: Hex = ENOSYS): NonNullable<SnapshotTask['thread']> {
  return {
    registers: registers(ax),
    syscall: call,
    segments: { fsBase: '0x7f0000000740', gsBase: '0x0', fs: 0, gs: 0, ds: 0, es: 0, ...SOURCE, tls: [] },
    restart: null,
    fpu: null,
    rseq: null,
    robustList: null,
    setChildTid: '0x0',
    clearChildTid: '0x0',
  };
}

const SOURCE = { source: 'thread_struct', mayBeStale: false } as const;

const ATTRIBUTES = {
  scheduling: {
    policy: 'NORMAL',
    nice: 0,
    rtPriority: 0,
    deadline: null,
    cpusAllowed: [0],
    timerSlack: 50000,
  },
  confinement: {
    umask: 0o22,
    seccomp: { mode: 0, filters: [] },
    labels: [],
    dumpable: 1,
    coredumpFilter: 0x33,
  },
  namespaces: { links: [], uidMap: [], gidMap: [], hostname: 'made', domainname: null, timeOffsets: null },
  cgroups: [{ hierarchy: 0, controllers: [], path: '/' }],
} as unknown as TaskAttributes;

export function task(pid: number, rest: Partial<SnapshotTask> = {}): SnapshotTask {
  return {
    ...{ address: `0x${pid}`, tid: pid, pid, comm: `p${pid}`, state: 'S', leader: true },
    ...{ kernelThread: false, idle: false, ppid: 1, tracerPid: 0, children: [], pgid: pid, sid: pid },
    ...{ tty: null, ids: [], startTime: 0, exitCode: 0, exitSignal: 17, utime: 0, stime: 0 },
    ...{ credentials: null, mm: null, filesTable: null, fsStruct: null },
    ...{ attributes: ATTRIBUTES, thread: inCall(systemCall(34)), kernelStack: [], userStack: null },
    ...rest,
  } as unknown as SnapshotTask;
}

export function processOf(pid: number, rest: Partial<SnapshotProcess> = {}): SnapshotProcess {
  return {
    ...{ pid, exe: null, cwd: '/', root: '/', cmdline: [], environ: [], auxv: [], threads: [pid] },
    ...{ resident: null, limits: [], signals: null, aio: [], timers: null, mountView: null },
    ...rest,
  };
}

/** A process for each leader among the tasks, where none is given. */
export function snapshotOf(tasks: readonly SnapshotTask[], rest: Partial<Snapshot> = {}): Snapshot {
  const lists = [
    'log',
    'modules',
    'credentials',
    'mms',
    'fileTables',
    'files',
    'objects',
    'pageCache',
    'tmpfs',
  ];
  const more = [
    'mountViews',
    'sockets',
    'swapAreas',
    'swapCache',
    'locks',
    'ipc',
    'terminals',
    'queuedTimers',
  ];
  return {
    ...Object.fromEntries([...lists, ...more].map((name) => [name, []])),
    kernel: {
      release: '6.1.0',
      buildId: 'ab',
      kaslrOffset: 0,
      physBase: 0,
      pagingLevels: 4,
      identity: '',
      ram: [],
    },
    system: {
      clock: { realtimeNs: 5000, monotonicNs: 3000, boottimeNs: 4000 },
      cpus: { possible: 1 },
      crashReservations: [],
    },
    tasks,
    processes: tasks.filter(({ leader }) => leader).map(({ pid }) => processOf(pid)),
    ...rest,
  } as unknown as Snapshot;
}

export function wakeTimer(tid: number, expires: number, clock = 1): QueuedTimer {
  const place = { cpu: 0, soft: false, softExpires: expires, remaining: null, address: '0x1' as Hex };
  return { ...place, tid, clock, expires, function: 'hrtimer_wakeup' };
}
