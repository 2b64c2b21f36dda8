// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's save area may be in the compacted format, with components that only a kernel may load; what is loaded here is
 * the standard format with those of user mode (Intel SDM volume 1, chapter 13).
 */
#include <cpuid.h>
#include <string.h>

#include "vector.h"

#define LEGACY_BYTES 512
#define HEADER_BYTES 64
#define STATE_BYTES VECTOR_STATE_BYTES
#define XSTATE_BV 0 /* words of the header */
#define XCOMP_BV 1

struct component {
	uint32_t bytes, offset;
	bool supervisor, aligned;
};

static struct component component_of(int number)
{
	uint32_t a = 0, b = 0, c = 0, d = 0;

	__cpuid_count(0xd, number, a, b, c, d);
	return (struct component){ a, b, c & 1, c & 2 };
}

static bool has_xsave(void)
{
	uint32_t a, b, c, d;

	__cpuid(1, a, b, c, d);
	return c & bit_OSXSAVE;
}

static uint64_t enabled(void)
{
	uint32_t low, high;

	asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low | (uint64_t)high << 32;
}

static void expand(unsigned char *to, const unsigned char *from, uint64_t bytes, uint64_t compacted)
{
	uint64_t *header = (uint64_t *)(to + LEGACY_BYTES);
	uint64_t at = LEGACY_BYTES + HEADER_BYTES;

	for (int number = 2; number < 63; number++) {
		struct component component;

		if (!(compacted & (1ULL << number)))
			continue;
		component = component_of(number);
		if (component.aligned)
			at = (at + 63) & ~63ULL;
		if (!component.supervisor && header[XSTATE_BV] & (1ULL << number) && at + component.bytes <= bytes &&
		    component.offset + component.bytes <= STATE_BYTES)
			memcpy(to + component.offset, from + at, component.bytes);
		at += component.bytes;
	}
	header[XCOMP_BV] = 0;
}

void *vector_state_of(const struct owp_thread *thread, void *room)
{
	uint64_t bytes = thread->fpu.bytes;
	const unsigned char *from = owp_bytes(&ex.plan, thread->fpu);
	unsigned char *to = room;
	uint64_t *header;

	if (thread->fpu_format == OWP_FPU_FORMAT_NONE || bytes < LEGACY_BYTES)
		return NULL;
	memset(to, 0, STATE_BYTES);
	memcpy(to, from, LEGACY_BYTES);
	if (thread->fpu_format == OWP_FPU_FORMAT_FXSAVE || bytes < LEGACY_BYTES + HEADER_BYTES)
		return to;
	memcpy(to + LEGACY_BYTES, from + LEGACY_BYTES, HEADER_BYTES);
	header = (uint64_t *)(to + LEGACY_BYTES);
	if (thread->fpu_format == OWP_FPU_FORMAT_XSAVE_COMPACTED)
		expand(to, from, bytes, header[XCOMP_BV] & ~(1ULL << 63));
	else
		memcpy(to + LEGACY_BYTES + HEADER_BYTES, from + LEGACY_BYTES + HEADER_BYTES,
		       (bytes < STATE_BYTES ? bytes : STATE_BYTES) - LEGACY_BYTES - HEADER_BYTES);
	header[XSTATE_BV] &= has_xsave() ? enabled() : 3;
	return to;
}

void load_vector_state(const struct owp_thread *thread, const void *state)
{
	if (!state)
		return;
	if (thread->fpu_format == OWP_FPU_FORMAT_FXSAVE || !has_xsave())
		asm volatile("fxrstor64 (%0)" : : "r"(state) : "memory");
	else
		asm volatile("xrstor64 (%0)" : : "r"(state), "a"(-1), "d"(-1) : "memory");
}
