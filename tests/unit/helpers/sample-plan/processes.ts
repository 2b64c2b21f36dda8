// Two processes of the sample plan: a shell with a job of two threads, and a zombie.

import {
  PROCESS_FLAG,
  PROCESS_STATE,
  type Process,
  REASON,
  RESOURCE_LIMIT,
  VERDICT,
} from '../../../../src/resurrect/abi/records/processes.js';
import { INTERVAL_KIND, TIMER_FLAG, TIMER_NOTIFY } from '../../../../src/resurrect/abi/records/signals.js';
import {
  FPU_FORMAT,
  POLICY,
  type Registers,
  SYSCALL_ACTION,
  THREAD_FLAG,
  type Thread,
} from '../../../../src/resurrect/abi/records/threads.js';

export const CODE = 0x40_0000;
export const HEAP = 0x60_0000;
export const STACK = 0x7ffd_0000_0000;
export const VDSO = 0x7ffd_1000_0000;
export const SIGCHLD = 17;

export const REGISTERS: Registers = {
  r15: 15n,
  r14: 14n,
  r13: 13n,
  r12: 12n,
  bp: BigInt(STACK) + 0x800n,
  bx: 3n,
  r11: 0x246n,
  r10: 10n,
  r9: 9n,
  r8: 8n,
  ax: 0xffff_ffff_ffff_fe00n,
  cx: BigInt(CODE) + 0x123n,
  dx: 1n,
  si: BigInt(HEAP),
  di: 0n,
  origAx: 0n,
  ip: BigInt(CODE) + 0x123n,
  flags: 0x246n,
  sp: BigInt(STACK) + 0x700n,
  cs: 0x33,
  ss: 0x2b,
  ds: 0,
  es: 0,
  fs: 0,
  gs: 0,
};

function vectorState(): Uint8Array {
  const area = new Uint8Array(576);
  new DataView(area.buffer).setUint32(24, 0x1f80, true);
  return area;
}

export function siginfo(signal: number): Uint8Array {
  const info = new Uint8Array(128);
  new DataView(info.buffer).setInt32(0, signal, true);
  return info;
}

const THREAD: Thread = {
  tid: 0,
  flags: THREAD_FLAG.leader,
  comm: 'shell',
  credentials: 0,
  files: 0,
  fs: 0,
  namespaces: 0,
  seccompMode: 0,
  parentDeathSignal: 0,
  registers: [REGISTERS],
  fpuFormat: FPU_FORMAT.xsave,
  fpu: vectorState(),
  xfeatures: 3n,
  fsBase: 0x7f00_0000_0740n,
  gsBase: 0n,
  tls: [],
  syscallAction: SYSCALL_ACTION.restart,
  syscallNumber: 0,
  syscallResult: 0n,
  restart: [],
  blocked: 1n << 1n,
  savedMask: 0n,
  pending: [{ signal: 10, ofTimer: 0, info: siginfo(10) }],
  altstackBase: 0n,
  altstackBytes: 0n,
  altstackFlags: 2,
  policy: POLICY.normal,
  nice: 0,
  rtPriority: 0,
  deadlineRuntime: 0n,
  deadlineDeadline: 0n,
  deadlinePeriod: 0n,
  cpusAllowed: Uint8Array.of(3),
  timerSlack: 50_000n,
  ioPriority: 0,
  personality: 0,
  clearChildTid: 0x7f00_0000_0a10n,
  robustList: 0x7f00_0000_0a20n,
  rseq: 0x7f00_0000_10a0n,
  rseqBytes: 32,
  rseqSignature: 0x5305_3053,
  startTime: 5_000_000_000n,
};

const SHELL: Process = {
  pid: 100,
  parentPid: 1,
  parent: null,
  pgid: 100,
  sid: 100,
  state: PROCESS_STATE.runs,
  exitCode: 0,
  exitSignal: SIGCHLD,
  verdict: VERDICT.continues,
  crashBits: 0,
  reason: REASON.selected,
  because: null,
  flags: PROCESS_FLAG.session_leader | PROCESS_FLAG.group_leader,
  oomScoreAdj: 0,
  oomScoreAdjMin: 0,
  terminal: 1,
  mm: 0,
  sighand: 0,
  cgroups: [{ hierarchy: 0, controllers: '', path: '/' }],
  name: 'shell',
  threads: [{ ...THREAD, tid: 100 }],
  limits: [{ resource: RESOURCE_LIMIT.nofile, soft: 1024n, hard: 4096n }],
  ids: [],
  pending: [],
  intervalTimers: [{ which: INTERVAL_KIND.real, remaining: 1_000_000n, interval: 0n }],
  posixTimers: [
    {
      id: 0,
      clock: 1,
      notify: TIMER_NOTIFY.signal,
      signal: 14,
      target: 100,
      flags: TIMER_FLAG.armed,
      value: 0n,
      remaining: 2_000_000n,
      interval: 0n,
      overrun: 0n,
    },
  ],
  userTime: 10n,
  systemTime: 20n,
  startTime: 5_000_000_000n,
};

const JOB: Process = {
  ...SHELL,
  pid: 101,
  parentPid: 100,
  parent: 0,
  pgid: 101,
  verdict: VERDICT.needs_crash_procedure,
  crashBits: 0x10,
  reason: REASON.descendant,
  because: 0,
  flags: PROCESS_FLAG.group_leader,
  mm: 1,
  sighand: 1,
  name: 'job',
  threads: [
    { ...THREAD, tid: 101, comm: 'job', files: 1, fs: 1 },
    {
      ...THREAD,
      tid: 102,
      comm: 'job worker',
      flags: 0,
      files: 1,
      fs: 1,
      syscallAction: SYSCALL_ACTION.restart_block,
      syscallNumber: 35,
      restart: [{ number: 230, clock: 1, expires: 9_000_000_000n, arg0: 1n, arg1: 0n, arg2: 0n, arg3: 0n }],
      policy: POLICY.fifo,
      rtPriority: 10,
      pending: [],
    },
  ],
  limits: [],
  intervalTimers: [],
  posixTimers: [],
  startTime: 6_000_000_000n,
};

const ZOMBIE: Process = {
  ...JOB,
  pid: 103,
  pgid: 101,
  flags: 0,
  state: PROCESS_STATE.zombie,
  exitCode: 256,
  verdict: VERDICT.continues,
  crashBits: 0,
  mm: null,
  sighand: null,
  name: 'gone',
  threads: [
    {
      ...THREAD,
      tid: 103,
      comm: 'gone',
      files: null,
      fs: null,
      registers: [],
      fpuFormat: FPU_FORMAT.none,
      fpu: new Uint8Array(0),
      syscallAction: SYSCALL_ACTION.none,
      syscallNumber: -1,
      pending: [],
      rseq: 0n,
      rseqBytes: 0,
    },
  ],
};

export const PROCESSES: readonly Process[] = [SHELL, JOB, ZOMBIE];
