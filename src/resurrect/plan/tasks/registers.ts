// General registers, segment bases and vector registers of a thread.

import { contentsOf } from '../../../snapshot/bytes.js';
import type { FpuState, Segments, Thread as SnapshotThread } from '../../../snapshot/thread.js';
import { FPU_FORMAT, type FpuFormat, type Registers, type Thread } from '../../abi/records/threads.js';
import { big } from '../numbers.js';
import { isVectorState, userFlags } from './user-mode.js';

const FORMATS: Record<FpuState['format'], FpuFormat> = {
  fxsave: FPU_FORMAT.fxsave,
  xsave: FPU_FORMAT.xsave,
  'xsave compacted': FPU_FORMAT.xsave_compacted,
};
/** FXSAVE has x87 and SSE state always. */
const FXSAVE_FEATURES = 3n;

/** One; none where they are not known. */
export function plannedRegisters({ registers, segments }: SnapshotThread | NoThread): Registers[] {
  if (registers === null) return [];
  const { ds = 0, es = 0, fs = 0, gs = 0 } = segments ?? {};
  return [
    {
      r15: big(registers.r15),
      r14: big(registers.r14),
      r13: big(registers.r13),
      r12: big(registers.r12),
      bp: big(registers.bp),
      bx: big(registers.bx),
      r11: big(registers.r11),
      r10: big(registers.r10),
      r9: big(registers.r9),
      r8: big(registers.r8),
      ax: big(registers.ax),
      cx: big(registers.cx),
      dx: big(registers.dx),
      si: big(registers.si),
      di: big(registers.di),
      origAx: big(registers.orig_ax),
      ip: big(registers.ip),
      flags: userFlags(big(registers.flags)),
      sp: big(registers.sp),
      ...{ cs: registers.cs, ss: registers.ss, ds, es, fs, gs },
    },
  ];
}

type NoThread = Pick<SnapshotThread, 'registers' | 'segments'>;

export function plannedSegments(segments: Segments | null): Pick<Thread, 'fsBase' | 'gsBase' | 'tls'> {
  if (segments === null) return { fsBase: 0n, gsBase: 0n, tls: [] };
  const tls = segments.tls.map(({ entry, raw }) => ({ entry, descriptor: big(raw) }));
  return { fsBase: big(segments.fsBase), gsBase: big(segments.gsBase), tls };
}

export function plannedFpu(fpu: FpuState | null): Pick<Thread, 'fpuFormat' | 'fpu' | 'xfeatures'> {
  if (fpu === null || !isVectorState(fpu))
    return { fpuFormat: FPU_FORMAT.none, fpu: new Uint8Array(), xfeatures: 0n };
  const xfeatures = fpu.xfeatures === null ? FXSAVE_FEATURES : big(fpu.xfeatures);
  return { fpuFormat: FORMATS[fpu.format], fpu: contentsOf(fpu.raw), xfeatures };
}
