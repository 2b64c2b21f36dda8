// A thread's vector registers as ptrace and core files have them: the standard, uncompacted format, a component that is
// in its initial configuration written out (copy_uabi_to_membuf() in arch/x86/kernel/fpu/xstate.c).

import type { FpuState, XsaveComponent } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { EXTENDED, FEATURE, LEGACY_BYTES, xsaveFeatures } from '../threads/xsave-layout.js';

const X87_BYTES = 24;
const ST_AT = 32;
const ST_BYTES = 128;
const MXCSR = 24;
const XMM_AT = 160;
const INITIAL_FCW = 0x37f;
/** In the bytes that FXSAVE leaves to software, where debuggers look for XCR0. */
const XCR0 = 464;
const XSTATE_BV = 512;
/** XFEATURE_MASK_USER_SUPPORTED: x87 to ZMM, PKRU, AMX, APX. */
const USER_FEATURES = [0, 1, 2, 3, 4, 5, 6, 7, 9, 17, 18, 19];

/** struct user_i387_struct: 512 bytes. */
export function fxsaveImage(kernel: Kernel, fpu: FpuState): Buffer {
  const area = kernel.mem.bytes(kernel.mem.fromHex(fpu.address), LEGACY_BYTES);
  const out = Buffer.alloc(LEGACY_BYTES);
  const has = (feature: number) => fpu.components.some((each) => each.feature === feature && !each.initial);
  if (has(FEATURE.x87)) {
    out.set(area.subarray(0, X87_BYTES));
    out.set(area.subarray(ST_AT, ST_AT + ST_BYTES), ST_AT);
  } else {
    out.writeUInt16LE(INITIAL_FCW, 0);
  }
  out.writeUInt32LE(fpu.mxcsr, MXCSR);
  // MXCSR_MASK.
  out.set(area.subarray(MXCSR + 4, ST_AT), MXCSR + 4);
  if (has(FEATURE.sse)) out.set(area.subarray(XMM_AT, XMM_AT + 256), XMM_AT);
  return out;
}

/** Null for a processor without XSAVE. */
export function xsaveImage(kernel: Kernel, fpu: FpuState): Buffer | null {
  if (fpu.xfeatures === null) return null;
  const features = xsaveFeatures(kernel);
  const parts = fpu.components.filter(({ feature }) => USER_FEATURES.includes(feature));
  const place = ({ feature, size }: XsaveComponent) =>
    feature <= FEATURE.sse ? EXTENDED : (features[feature]?.offset ?? 0) + size;
  const out = Buffer.alloc(Math.max(EXTENDED, ...parts.map(place)));
  out.set(fxsaveImage(kernel, fpu));
  const mask = parts.reduce((bits, { feature }) => bits | (1n << BigInt(feature)), 0n);
  out.writeBigUInt64LE(mask, XCR0);
  out.writeBigUInt64LE(BigInt(fpu.xfeatures) & mask, XSTATE_BV);
  const area = BigInt(fpu.address);
  for (const { feature, initial, offset, size } of parts) {
    if (feature <= FEATURE.sse || initial || offset === null) continue;
    const from = kernel.mem.fold.fromBig(area + BigInt(offset));
    out.set(kernel.mem.bytes(from, size), features[feature]?.offset ?? 0);
  }
  return out;
}
