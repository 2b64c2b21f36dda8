// What the processor can do, as the kernel uses it: boot_cpu_data.x86_capability (arch/x86/include/asm/cpufeatures.h).

import type { Kernel } from '../kernel/kernel.js';

/** Word * 32 + bit; these are CPUID's own, and stay. */
export const CPU_FEATURE = { xsave: 4 * 32 + 26, ospke: 16 * 32 + 4 } as const;

const CPUINFO = { capability: 'x86_capability' } as const;

export function hasCpuFeature(kernel: Kernel, feature: number): boolean {
  const { capability } = kernel.layout('cpuinfo_x86', CPUINFO);
  const word = kernel.mem.u32(kernel.symbol('boot_cpu_data'), capability + (feature >>> 5) * 4);
  return ((word >>> (feature & 31)) & 1) === 1;
}
