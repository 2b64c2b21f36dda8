// Threads: registers, vector state, scheduling (arch/x86/kernel/{process_64,signal}.c, fpu/; kernel/sched/syscalls.c).

import { oncePer } from '../../../base/once-per.js';
import { bytesOfText } from '../../../base/text.js';
import { PROCESS_STATE, VERDICT } from '../../abi/records/processes.js';
import { CRASH_BIT } from '../../abi/records/refusals.js';
import { FPU_FORMAT, POLICY, SYSCALL_ACTION, THREAD_FLAG, type Thread } from '../../abi/records/threads.js';
import type { Invariant } from '../invariant.js';
import { hex, type PlacedThread, type Subject } from '../subject.js';

/** __USER_CS, __USER32_CS, __USER_DS (arch/x86/include/asm/segment.h). */
const CODE_SELECTORS = [0x33, 0x23];
const DATA_SELECTOR = 0x2b;
const INTERRUPT_FLAG = 0x200n;
/** IOPL, NT, VM, VIF, VIP: user mode never has them set. */
const PRIVILEGED_FLAGS = 0x1a_7000n;
const VSYSCALL = 0xffff_ffff_ff60_0000n;
const FXSAVE_BYTES = 512;
const XSAVE_HEADER_BYTES = 64;
const MXCSR_AT = 24;
const COMM_BYTES = 15;
const RSEQ_ALIGN = 32n;
const EXECUTABLE = 0x4n;

/** Threads that are to go on. */
const running = oncePer(({ threads }: Subject) =>
  threads.filter(({ process: { state, verdict }, thread }) => {
    const ended = state === PROCESS_STATE.zombie || (thread.flags & THREAD_FLAG.ended) !== 0;
    return !ended && verdict !== VERDICT.lost;
  }),
);

function vmaAt({ plan }: Subject, { process }: PlacedThread, address: bigint) {
  const vmas = process.mm === null ? undefined : plan.mm[process.mm]?.vmas;
  const at = Number(address);
  // What no number is exact for lies behind all VMAs.
  return Number.isSafeInteger(at) ? vmas?.find(({ start, end }) => at >= start && at < end) : undefined;
}

function expectedFpu({ fpuFormat, fpu }: Thread): boolean {
  if (fpuFormat === FPU_FORMAT.none) return fpu.length === 0;
  if (fpuFormat === FPU_FORMAT.fxsave) return fpu.length === FXSAVE_BYTES;
  return fpu.length >= FXSAVE_BYTES + XSAVE_HEADER_BYTES;
}

export const THREADS: readonly Invariant[] = [
  {
    name: 'registers-known',
    severity: 'error',
    why: 'A thread that goes on has one set of registers, or the lack is among the refusals.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      running(subject).forEach(({ object, process, thread }) => {
        const refused = (process.crashBits & CRASH_BIT.registers) !== 0;
        const { length } = thread.registers;
        if (length > 1 || (length === 0 && !refused)) report(object, `has ${length} sets of registers`);
      });
    },
  },
  {
    name: 'registers-of-user-mode',
    severity: 'error',
    why: 'Selectors and flags are those of user mode: the return to it would fault, or give rights away.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      running(subject).forEach(({ object, thread }) => {
        for (const { cs, ss, flags } of thread.registers) {
          if (!CODE_SELECTORS.includes(cs) || ss !== DATA_SELECTOR) {
            report(object, `has selectors cs ${hex(cs)}, ss ${hex(ss)}`);
          }
          if ((flags & INTERRUPT_FLAG) === 0n || (flags & PRIVILEGED_FLAGS) !== 0n) {
            report(object, `has flags ${hex(flags)}`);
          }
        }
      });
    },
  },
  {
    name: 'code-is-mapped',
    severity: 'error',
    why: 'The instruction pointer lies in a VMA that may be executed: else the first thing to happen is SIGSEGV.',
    executor: 'resumes it, and it ends by SIGSEGV',
    find: (subject, report) => {
      running(subject).forEach((placed) => {
        const ip = placed.thread.registers[0]?.ip;
        if (ip === undefined || ip >= VSYSCALL) return;
        const vma = vmaAt(subject, placed, ip);
        if (vma === undefined) report(placed.object, `has ip ${hex(ip)}, where nothing is mapped`);
        else if ((vma.vmFlags & EXECUTABLE) === 0n) {
          report(placed.object, `has ip ${hex(ip)} in ${vma.name || 'memory'} that may not be executed`);
        }
      });
    },
  },
  {
    name: 'stack-is-mapped',
    severity: 'warning',
    why: 'The stack pointer lies in a VMA: hardly a program lives without.',
    executor: 'resumes it; it is likely to end by SIGSEGV',
    find: (subject, report) => {
      running(subject).forEach((placed) => {
        const sp = placed.thread.registers[0]?.sp;
        if (sp === undefined || vmaAt(subject, placed, sp)) return;
        report(placed.object, `has sp ${hex(sp)}, where nothing is mapped`);
      });
    },
  },
  {
    name: 'bases-in-user-space',
    severity: 'error',
    why: 'Bases of FS and GS lie below the end of user addresses: arch_prctl(2) gives EPERM else.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      running(subject).forEach(({ object, process, thread }) => {
        const end = process.mm === null ? undefined : subject.plan.mm[process.mm]?.taskSize;
        if (end === undefined) return;
        if (thread.fsBase >= end) report(object, `has FS base ${hex(thread.fsBase)}`);
        if (thread.gsBase >= end) report(object, `has GS base ${hex(thread.gsBase)}`);
      });
    },
  },
  {
    name: 'system-call-treated',
    severity: 'error',
    why: 'What becomes of a system call fits the call: a restart needs its number, a restart block its block.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      running(subject).forEach(({ object, thread }) => {
        const { syscallAction: action, syscallNumber: number, restart, syscallResult: result } = thread;
        if ((action === SYSCALL_ACTION.none) !== (number === -1)) {
          report(object, `has system call ${number}, and its treatment is ${action}`);
        } else if ((action === SYSCALL_ACTION.restart_block) !== (restart.length === 1)) {
          report(object, `has ${restart.length} restart blocks, and its treatment is ${action}`);
        } else if (action !== SYSCALL_ACTION.complete && result !== 0n) {
          report(object, `has a result, and its treatment is ${action}`);
        }
      });
    },
  },
  {
    name: 'vector-state-whole',
    severity: 'error',
    why: 'The saved vector state has the size of its format.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      running(subject).forEach(({ object, thread }) => {
        if (!expectedFpu(thread)) report(object, `has ${thread.fpu.length} bytes of vector state`);
      });
    },
  },
  {
    name: 'mxcsr-valid',
    severity: 'error',
    why: 'Reserved bits of MXCSR are zero: FXRSTOR faults else.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      running(subject).forEach(({ object, thread }) => {
        if (thread.fpu.length < FXSAVE_BYTES) return;
        const view = new DataView(thread.fpu.buffer, thread.fpu.byteOffset);
        const mxcsr = view.getUint32(MXCSR_AT, true);
        if (mxcsr > 0xffff) report(object, `has MXCSR ${hex(mxcsr)}`);
      });
    },
  },
  {
    name: 'scheduling-valid',
    severity: 'error',
    why: 'Priority, nice value and deadline fit the policy: sched_setattr(2) gives EINVAL else.',
    executor: 'leaves the default policy',
    find: (subject, report) => {
      running(subject).forEach(({ object, thread }) => {
        const reason = badScheduling(thread);
        if (reason !== null) report(object, reason);
      });
    },
  },
  {
    name: 'names-fit',
    severity: 'error',
    why: 'The name of a thread has at most 15 bytes.',
    executor: 'cuts it off',
    find: ({ threads }, report) => {
      threads.forEach(({ object, thread }) => {
        if (bytesOfText(thread.comm).length > COMM_BYTES) report(object, `is named ${thread.comm}`);
      });
    },
  },
  {
    name: 'rseq-valid',
    severity: 'error',
    why: "A restartable sequence's area is aligned to 32 bytes, and has at least as many: rseq(2) gives EINVAL else.",
    executor: 'loses the process',
    find: (subject, report) => {
      running(subject).forEach(({ object, thread }) => {
        const { rseq, rseqBytes } = thread;
        if (rseq === 0n ? rseqBytes !== 0 : rseq % RSEQ_ALIGN !== 0n || rseqBytes < RSEQ_ALIGN) {
          report(object, `has ${rseqBytes} bytes of rseq at ${hex(rseq)}`);
        }
      });
    },
  },
];

function badScheduling(thread: Thread): string | null {
  const { policy, nice, rtPriority, deadlineRuntime, deadlineDeadline, deadlinePeriod } = thread;
  const realTime = policy === POLICY.fifo || policy === POLICY.rr;
  if (nice < -20 || nice > 19) return `has nice ${nice}`;
  if (realTime ? rtPriority < 1 || rtPriority > 99 : rtPriority !== 0) return `has priority ${rtPriority}`;
  if (policy !== POLICY.deadline) {
    return deadlineRuntime + deadlineDeadline + deadlinePeriod === 0n
      ? null
      : 'has a deadline without the policy';
  }
  const ordered =
    deadlineRuntime > 0n && deadlineRuntime <= deadlineDeadline && deadlineDeadline <= deadlinePeriod;
  return ordered
    ? null
    : `has runtime ${deadlineRuntime}, deadline ${deadlineDeadline}, period ${deadlinePeriod}`;
}
