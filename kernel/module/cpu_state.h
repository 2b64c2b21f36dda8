/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instructions that read what a CPU holds. The kernel's own wrappers are traced, are not exported, or have other names from
 * one version to the next.
 */
#ifndef OTHERWORLD_CPU_STATE_H
#define OTHERWORLD_CPU_STATE_H

#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/processor.h>

#include "../uapi/panic_area.h"

/* Branch records: a state component that is on and off as perf likes, and nothing of the task's. */
#define OW_XFEATURE_LBR 15

static __always_inline u64 ow_rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static __always_inline u64 ow_xgetbv0(void)
{
	u32 low, high;

	asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (u64)high << 32 | low;
}

static __always_inline bool ow_has_protection_keys(void)
{
	return boot_cpu_has(X86_FEATURE_OSPKE);
}

static __always_inline u32 ow_rdpkru(void)
{
	u32 low, high;

	asm volatile("rdpkru" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

/*
 * `to` is 64-byte aligned and was zeroed. XSAVES leaves out what has not changed since an XRSTORS only if that was from the same
 * address: never here.
 */
static __always_inline void ow_save_vectors(void *to, u32 format, u64 features)
{
	u32 low = features, high = features >> 32;

	if (format == OW_PANIC_XSAVES)
		asm volatile("xsaves64 (%0)" : : "r"(to), "a"(low), "d"(high) : "memory");
	else if (format == OW_PANIC_XSAVE)
		asm volatile("xsave64 (%0)" : : "r"(to), "a"(low), "d"(high) : "memory");
	else
		asm volatile("fxsave64 (%0)" : : "r"(to) : "memory");
}

/* EBX: of leaf 0xd, the bytes that the components take which are switched on; sub-leaf 0 standard, 1 compacted. */
static inline u32 ow_xsave_bytes(u32 leaf)
{
	u32 eax = 0xd, ebx, ecx = leaf, edx;

	asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return ebx;
}

/* In the way in which this kernel keeps them itself. */
static inline void ow_describe_vectors(struct ow_panic_area *area)
{
	if (!boot_cpu_has(X86_FEATURE_XSAVE)) {
		area->xsave_format = OW_PANIC_FXSAVE;
		area->xsave_bytes = 512;
		area->xfeatures = 3;
		return;
	}
	area->xfeatures = ow_xgetbv0();
	if (boot_cpu_has(X86_FEATURE_XSAVES)) {
		area->xsave_bytes = ow_xsave_bytes(1);
		area->xsave_format = OW_PANIC_XSAVES;
		area->xfeatures |= ow_rdmsr(MSR_IA32_XSS) & ~(1ULL << OW_XFEATURE_LBR);
	} else {
		area->xsave_bytes = ow_xsave_bytes(0);
		area->xsave_format = OW_PANIC_XSAVE;
	}
}

#endif
