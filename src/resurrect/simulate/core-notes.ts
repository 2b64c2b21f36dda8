// Notes of a core file, from a plan: NT_PRSTATUS, NT_PRPSINFO, NT_AUXV, NT_FILE, NT_FPREGSET, NT_X86_XSTATE
// (fs/binfmt_elf.c, include/linux/elfcore.h, arch/x86/include/uapi/asm/sigcontext.h).

import { elfNote } from '../../base/elf-core.js';
import { bytesOfText } from '../../base/text.js';
import { PAGE_BYTES } from '../abi/page-run.js';
import type { Plan } from '../abi/plan.js';
import type { Mm } from '../abi/records/memory.js';
import { VMA_KIND_TARGET } from '../abi/records/memory.js';
import type { Process } from '../abi/records/processes.js';
import { FPU_FORMAT, type Registers, type Thread } from '../abi/records/threads.js';

const NT_PRSTATUS = 1;
const NT_FPREGSET = 2;
const NT_PRPSINFO = 3;
const NT_AUXV = 6;
const NT_X86_XSTATE = 0x202;
const NT_FILE = 0x46494c45;
const PRSTATUS_BYTES = 336;
const PRSTATUS_REGISTERS = 112;
const PRSTATUS_FP_VALID = 328;
const PSINFO_BYTES = 136;
const FXSAVE_BYTES = 512;
/** In the bytes that FXSAVE leaves to software: XCR0. */
const XCR0_AT = 464;
const AVX_END = 832;
const AVX = 4n;

/** struct user_regs_struct's order; the segment bases stand between `ss` and `ds`. */
const BEFORE_BASES: readonly (keyof Registers)[] = [
  ...([
    'r15',
    'r14',
    'r13',
    'r12',
    'bp',
    'bx',
    'r11',
    'r10',
    'r9',
    'r8',
    'ax',
    'cx',
    'dx',
    'si',
    'di',
  ] as const),
  ...(['origAx', 'ip', 'cs', 'flags', 'sp', 'ss'] as const),
];
const BEHIND_BASES: readonly (keyof Registers)[] = ['ds', 'es', 'fs', 'gs'];

/** The leader's status stands first, then what is said of the process: debuggers begin with that thread. */
export function coreNotes(plan: Plan, process: Process, mm: Mm): Buffer {
  const threads = process.threads.filter(({ registers }) => registers.length > 0);
  const ofProcess = [psinfo(plan, process), elfNote('CORE', NT_AUXV, mm.auxv), fileNote(plan, mm)];
  return Buffer.concat(
    threads.flatMap((thread, index) => [
      status(process, thread),
      ...(index === 0 ? ofProcess : []),
      ...vectors(thread),
    ]),
  );
}

function status({ parentPid, pgid, sid, userTime, systemTime }: Process, thread: Thread): Buffer {
  const out = Buffer.alloc(PRSTATUS_BYTES);
  const pending = thread.pending.reduce((set, { signal }) => set | (1n << BigInt(signal - 1)), 0n);
  out.writeBigUInt64LE(pending, 16);
  out.writeBigUInt64LE(thread.blocked, 24);
  for (const [index, id] of [thread.tid, parentPid, pgid, sid].entries())
    out.writeInt32LE(id, 32 + index * 4);
  for (const [index, time] of [userTime, systemTime].entries()) {
    out.writeBigUInt64LE(time / 1_000_000_000n, 48 + index * 16);
    out.writeBigUInt64LE((time % 1_000_000_000n) / 1000n, 56 + index * 16);
  }
  const values = thread.registers[0] as Registers;
  const words = [
    ...BEFORE_BASES.map((name) => values[name]),
    ...[thread.fsBase, thread.gsBase],
    ...BEHIND_BASES.map((name) => values[name]),
  ];
  for (const [index, word] of words.entries()) {
    out.writeBigUInt64LE(BigInt.asUintN(64, BigInt(word)), PRSTATUS_REGISTERS + index * 8);
  }
  out.writeInt32LE(thread.fpuFormat === FPU_FORMAT.none ? 0 : 1, PRSTATUS_FP_VALID);
  return elfNote('CORE', NT_PRSTATUS, out);
}

function psinfo(plan: Plan, { pid, parentPid, pgid, sid, name, threads }: Process): Buffer {
  const out = Buffer.alloc(PSINFO_BYTES);
  out.write('S', 1, 'latin1');
  const credentials = threads[0]?.credentials ?? null;
  const { uid = 0, gid = 0 } = (credentials === null ? undefined : plan.credentials[credentials]) ?? {};
  out.writeInt8(threads[0]?.nice ?? 0, 3);
  out.writeUInt32LE(uid, 16);
  out.writeUInt32LE(gid, 20);
  for (const [index, id] of [pid, parentPid, pgid, sid].entries()) out.writeInt32LE(id, 24 + index * 4);
  out.set(bytesOfText(threads[0]?.comm ?? name).subarray(0, 15), 40);
  out.set(bytesOfText(name).subarray(0, 79), 56);
  return elfNote('CORE', NT_PRPSINFO, out);
}

/** Which file each mapping is of. */
function fileNote(plan: Plan, { vmas }: Mm): Buffer {
  const mapped = vmas.filter(({ kind, backing }) => VMA_KIND_TARGET[kind] === 'file' && backing !== null);
  const words = mapped.flatMap(({ start, end, offset }) => [start, end, Math.floor(offset / PAGE_BYTES)]);
  const names = mapped.map(({ backing }) => `${plan.file[backing as number]?.path}\0`).join('');
  const head = Buffer.alloc((words.length + 2) * 8);
  for (const [index, word] of [mapped.length, PAGE_BYTES, ...words].entries()) {
    head.writeBigUInt64LE(BigInt(word), index * 8);
  }
  return elfNote('CORE', NT_FILE, Buffer.concat([head, bytesOfText(names)]));
}

/**
 * The legacy part, and the extended one as far as it lies at the same place in both formats: up to AVX. A component that
 * is in its initial state is zero there, but for the control words.
 */
function vectors({ fpuFormat, fpu, xfeatures }: Thread): Buffer[] {
  if (fpuFormat === FPU_FORMAT.none || fpu.length < FXSAVE_BYTES) return [];
  const legacy = Buffer.from(fpu.subarray(0, FXSAVE_BYTES));
  const notes = [elfNote('CORE', NT_FPREGSET, legacy)];
  const whole = fpuFormat === FPU_FORMAT.xsave ? fpu.length : Math.min(fpu.length, AVX_END);
  if (fpuFormat === FPU_FORMAT.fxsave || fpu.length < AVX_END || (xfeatures & AVX) === 0n) return notes;
  const extended = Buffer.alloc(Math.max(whole, AVX_END));
  extended.set(fpu.subarray(0, whole));
  extended.writeBigUInt64LE(7n, XCR0_AT);
  extended.writeBigUInt64LE(xfeatures & 7n, FXSAVE_BYTES);
  extended.fill(0, FXSAVE_BYTES + 8, FXSAVE_BYTES + 64);
  return [...notes, elfNote('LINUX', NT_X86_XSTATE, extended.subarray(0, AVX_END))];
}
