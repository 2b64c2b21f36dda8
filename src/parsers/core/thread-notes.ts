// Notes of a core file about a thread: NT_PRSTATUS, NT_FPREGSET, NT_X86_XSTATE (include/linux/elfcore.h,
// arch/x86/kernel/fpu/regset.c).

import { elfNote } from '../../base/elf-core.js';
import type { ThreadSignals } from '../../snapshot/signals.js';
import type { Task } from '../../snapshot/task.js';
import type { Thread, UserRegisters } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { PR_REG, USER_REGS } from '../stack/saved-registers.js';
import { fxsaveImage, xsaveImage } from './xsave-image.js';

const NT_PRSTATUS = 1;
const NT_FPREGSET = 2;
const NT_X86_XSTATE = 0x202;
const PRSTATUS_BYTES = 336;
const FP_VALID = 328;
const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MICROSECOND = 1000n;

type Name = keyof typeof USER_REGS;
const OF_SEGMENTS: Partial<Record<Name, 'fsBase' | 'gsBase' | 'ds' | 'es' | 'fs' | 'gs'>> = {
  ...{ fs_base: 'fsBase', gs_base: 'gsBase', ds: 'ds', es: 'es', fs: 'fs', gs: 'gs' },
};

/** Its status alone: what stands before the notes about the process. */
export function statusNote(task: Task, thread: Thread, signals: ThreadSignals | undefined): Buffer {
  const out = Buffer.alloc(PRSTATUS_BYTES);
  out.writeBigUInt64LE(set(signals?.pending.set), 16);
  out.writeBigUInt64LE(set(signals?.blocked), 24);
  for (const [i, id] of [task.tid, task.ppid, task.pgid, task.sid].entries())
    out.writeInt32LE(id, 32 + i * 4);
  writeTime(out, 48, BigInt(task.utime));
  writeTime(out, 64, BigInt(task.stime));
  for (const [name, index] of Object.entries(USER_REGS) as [Name, number][]) {
    out.writeBigUInt64LE(register(thread, name), PR_REG + index * 8);
  }
  out.writeInt32LE(thread.fpu === null ? 0 : 1, FP_VALID);
  return elfNote('CORE', NT_PRSTATUS, out);
}

/** Its vector registers; none where they could not be read. */
export function vectorNotes(kernel: Kernel, { fpu }: Thread): Buffer[] {
  if (fpu === null) return [];
  const notes = [elfNote('CORE', NT_FPREGSET, fxsaveImage(kernel, fpu))];
  const xsave = xsaveImage(kernel, fpu);
  return xsave === null ? notes : [...notes, elfNote('LINUX', NT_X86_XSTATE, xsave)];
}

function register({ registers, segments }: Thread, name: Name): bigint {
  const segment = OF_SEGMENTS[name];
  if (segment !== undefined) return BigInt(segments?.[segment] ?? 0);
  return BigInt(registers?.[name as keyof UserRegisters & Name] ?? 0);
}

function set(digits: string | undefined): bigint {
  return BigInt(`0x${digits ?? '0'}`);
}

/** struct timeval. */
function writeTime(out: Buffer, at: number, ns: bigint): void {
  out.writeBigInt64LE(ns / NS_PER_SECOND, at);
  out.writeBigInt64LE((ns % NS_PER_SECOND) / NS_PER_MICROSECOND, at + 8);
}
