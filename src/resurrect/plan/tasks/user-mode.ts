// Whether a CPU in user mode can have had what was found of a thread (arch/x86/kernel/ptrace.c, fpu/xstate.c). Torn pages, and
// programs that mean harm, leave what it cannot: then the thread's process is lost, not the plan, which the resurrector refuses
// whole where it finds such registers in it (kernel/plan/validate_threads.c, validate_fpu.c).

import { contentsOf } from '../../../snapshot/bytes.js';
import type { FpuState, Thread } from '../../../snapshot/thread.js';
import { big } from '../numbers.js';

/** __USER_CS, __USER32_CS, __USER_DS (arch/x86/include/asm/segment.h). */
const CODE_SELECTORS = [0x33, 0x23];
const DATA_SELECTOR = 0x2b;
const USER_RPL = 3;
const NESTED_TASK = 1n << 14n;
const INTERRUPT_FLAG = 1n << 9n;
/** CF, PF, AF, ZF, SF, TF, IF, DF, OF, RF, AC, ID, and the bit that is always set. */
const USER_FLAGS = 0x25_0fd7n;
const VSYSCALL = 0xffff_ffff_ff60_0000n;
const PAGE = 0x1000n;

const FXSAVE_BYTES = 512;
const XSAVE_BYTES = FXSAVE_BYTES + 64;
const MXCSR_AT = 24;
const XSTATE_BV_AT = FXSAVE_BYTES;
const XCOMP_BV_AT = FXSAVE_BYTES + 8;
const RESERVED_AT = FXSAVE_BYTES + 16;
const COMPACTED = 1n << 63n;

/** A program can set NT (popf does), and IRET would fault on it: every entry to the kernel clears it. */
export function userFlags(flags: bigint): bigint {
  return flags & ~NESTED_TASK;
}

/** TASK_SIZE_MAX (arch/x86/include/asm/page_64.h). */
export function endOfUserSpace(pagingLevels: number): bigint {
  return (pagingLevels === 5 ? 1n << 56n : 1n << 47n) - PAGE;
}

/**
 * What is wrong with a thread's registers; null where nothing is, or there are none. The stack pointer is a register like
 * others: a program may have anything in it.
 */
export function unfitRegisters(
  { registers, segments }: Pick<Thread, 'registers' | 'segments'>,
  end: bigint,
): string | null {
  if (registers === null) return null;
  const { cs, ss } = registers;
  const [ip, flags] = [big(registers.ip), userFlags(big(registers.flags))];
  if (!CODE_SELECTORS.includes(cs) || ss !== DATA_SELECTOR) return 'selectors';
  if ((flags & INTERRUPT_FLAG) === 0n || (flags & ~USER_FLAGS) !== 0n) return 'flags';
  if (ip >= end && !(ip >= VSYSCALL && ip < VSYSCALL + PAGE)) return 'an instruction pointer';
  if (segments === null) return null;
  const { ds, es, fs, gs, fsBase, gsBase } = segments;
  if ([ds, es, fs, gs].some((selector) => selector > USER_RPL && (selector & USER_RPL) !== USER_RPL)) {
    return 'selectors';
  }
  return big(fsBase) >= end || big(gsBase) >= end ? 'segment bases' : null;
}

/** Whether XRSTOR, or FXRSTOR, would take the vector state. */
export function isVectorState({ format, raw, xfeatures }: FpuState): boolean {
  const area = contentsOf(raw);
  const view = new DataView(area.buffer, area.byteOffset, area.byteLength);
  if (area.length < FXSAVE_BYTES || view.getUint32(MXCSR_AT, true) > 0xffff) return false;
  if (format === 'fxsave') return area.length === FXSAVE_BYTES;
  if (area.length < XSAVE_BYTES || area.subarray(RESERVED_AT, XSAVE_BYTES).some((byte) => byte !== 0))
    return false;
  const [present, laidOut] = [view.getBigUint64(XSTATE_BV_AT, true), view.getBigUint64(XCOMP_BV_AT, true)];
  if ((present & ~big(xfeatures ?? 0)) !== 0n) return false;
  if (format === 'xsave') return laidOut === 0n;
  return (laidOut & COMPACTED) !== 0n && (present & (~laidOut | COMPACTED)) === 0n;
}
