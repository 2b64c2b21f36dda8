// Where each component of an XSAVE area lies (Intel SDM vol. 1, 13.4; arch/x86/kernel/fpu/xstate.c). The processor's
// sizes and offsets, which CPUID told, are in the kernel's tables.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';

export interface XsaveFeature {
  /** Bytes; 0 where the processor does not have it. */
  readonly size: number;
  /** In the standard format. */
  readonly offset: number;
  /** In the compacted format it begins at a multiple of 64 bytes. */
  readonly aligned: boolean;
}

/** By number; `XFEATURE_*` of arch/x86/include/asm/fpu/types.h, shortened. */
export const FEATURE_NAMES = [
  ...['x87', 'SSE', 'AVX', 'BNDREGS', 'BNDCSR', 'AVX-512 opmask', 'AVX-512 ZMM_Hi256', 'AVX-512 Hi16_ZMM'],
  ...['PT', 'PKRU', 'PASID', 'CET user', 'CET kernel', 'HDC', 'UINTR', 'LBR', 'HWP'],
  ...['AMX tile config', 'AMX tile data', 'APX'],
] as const;

export const FEATURE = { x87: 0, sse: 1, avx: 2, opmask: 5, zmmHi256: 6, hi16Zmm: 7, pkru: 9 } as const;

export const LEGACY_BYTES = 512;
const HEADER_BYTES = 64;
export const EXTENDED = LEGACY_BYTES + HEADER_BYTES;
const FEATURES = 63;
const ABSENT = 0xffff_ffff;
/** XSTATE_FLAG_ALIGNED: CPUID.(0xd, n).ECX bit 1. */
const FLAG_ALIGNED = 2;
/** Of XCOMP_BV. */
const COMPACTED = 1n << 63n;

/** The tables, as far as they go: until the symbol behind them. */
export const xsaveFeatures = perKernel((kernel): readonly XsaveFeature[] => {
  const { symbols, mem } = kernel;
  const sizes = symbols.address('xstate_sizes');
  const offsets = symbols.address('xstate_offsets');
  if (sizes === undefined || offsets === undefined) return [];
  const flags = symbols.address('xstate_flags');
  const features: XsaveFeature[] = [];
  for (let n = 0; n < FEATURES; n++) {
    if (symbols.nearest((sizes + n * 4) as Kva)?.offset !== n * 4) break;
    const size = mem.u32(sizes, n * 4);
    features.push({
      size: size === ABSENT ? 0 : size,
      offset: mem.u32(offsets, n * 4),
      aligned: flags === undefined ? isAligned(kernel, n) : (mem.u32(flags, n * 4) & FLAG_ALIGNED) !== 0,
    });
  }
  return features;
});

/** Kernels without the flags have the compacted offsets of all features that they enable: aligned, as far as that shows. */
function isAligned({ symbols, mem }: Kernel, n: number): boolean {
  const compacted = symbols.address('xstate_comp_offsets');
  return compacted !== undefined && n > FEATURE.avx && mem.u32(compacted, n * 4) % 64 === 0;
}

/** Offset of a component; null where the area has no room for it. */
export function componentOffset(
  features: readonly XsaveFeature[],
  feature: number,
  xcompBv: bigint,
): number | null {
  const own = features[feature];
  if (feature <= FEATURE.sse) return feature === FEATURE.x87 ? 0 : 160;
  if (own === undefined || own.size === 0) return null;
  if (!(xcompBv & COMPACTED)) return own.offset;
  if (!((xcompBv >> BigInt(feature)) & 1n)) return null;
  let at = EXTENDED;
  for (let n = FEATURE.avx; n <= feature; n++) {
    if (!((xcompBv >> BigInt(n)) & 1n)) continue;
    const { size, aligned } = features[n] ?? { size: 0, aligned: false };
    if (aligned) at = Math.ceil(at / 64) * 64;
    if (n < feature) at += size;
  }
  return at;
}

export function isCompacted(xcompBv: bigint): boolean {
  return (xcompBv & COMPACTED) !== 0n;
}
