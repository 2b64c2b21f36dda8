// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vector state: XRSTOR faults on reserved bits and reads as far as the components go (Intel SDM 1,
 * 13.4 to 13.8).
 */
#include "validate.h"

#define FXSAVE_BYTES 512
#define MXCSR_AT 24
#define MXCSR_MASK 0xffffU
#define HEADER_BYTES 64
#define XSTATE_BV_AT FXSAVE_BYTES
#define XCOMP_BV_AT (FXSAVE_BYTES + 8)
#define RESERVED_AT (FXSAVE_BYTES + 16)
#define COMPACTED (1ULL << 63)
/* AMX has 11 KiB; whoever copies it may reserve so much. */
#define MOST_BYTES 65536

/*
 * Bytes of each component behind the header, by its bit: the same on all CPUs. 0: not known here.
 */
static const uint16_t component_bytes[] = {
	[2] = 256,  [3] = 64, [4] = 64,	 [5] = 64,    [6] = 512,  [7] = 1024,
	[8] = 128,  [9] = 8,  [10] = 8,	 [11] = 16,   [12] = 24,  [13] = 8,
	[15] = 808, [16] = 8, [17] = 64, [18] = 8192, [19] = 128,
};

static int fail(struct owp_check *check, enum owp_rule rule, uint64_t index, const char *field,
		uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_THREAD, index, field, value);
}

/* The least that an area with these components has. */
static uint64_t area_bytes(uint64_t components)
{
	uint64_t bytes = FXSAVE_BYTES + HEADER_BYTES;

	for (uint32_t bit = 2; bit < sizeof(component_bytes) / sizeof(component_bytes[0]); bit++)
		if (components >> bit & 1)
			bytes += component_bytes[bit];
	return bytes;
}

static int check_size(struct owp_check *check, const struct owp_thread *thread, uint64_t index)
{
	uint64_t bytes = thread->fpu.bytes;
	int fits;

	if (thread->fpu_format == OWP_FPU_FORMAT_NONE)
		fits = bytes == 0;
	else if (thread->fpu_format == OWP_FPU_FORMAT_FXSAVE)
		fits = bytes == FXSAVE_BYTES;
	else
		fits = bytes >= FXSAVE_BYTES + HEADER_BYTES && bytes <= MOST_BYTES;
	return fits ? 0 : fail(check, OWV_FPU_SIZE, index, "fpu", bytes);
}

static int check_xsave(struct owp_check *check, const struct owp_thread *thread,
		       const unsigned char *area, uint64_t index)
{
	uint64_t present = owp_load64(area + XSTATE_BV_AT);
	uint64_t laid_out = owp_load64(area + XCOMP_BV_AT);
	int compacted = thread->fpu_format == OWP_FPU_FORMAT_XSAVE_COMPACTED;

	if (compacted ? !(laid_out & COMPACTED) || (present & ~laid_out) || (present & COMPACTED)
		      : laid_out != 0)
		return fail(check, OWV_FPU_HEADER, index, "fpu", laid_out);
	for (uint32_t at = RESERVED_AT; at < FXSAVE_BYTES + HEADER_BYTES; at++)
		if (area[at])
			return fail(check, OWV_FPU_HEADER, index, "fpu", area[at]);
	if (present & ~thread->xfeatures)
		return fail(check, OWV_XFEATURES, index, "xfeatures", present);
	if (check->machine->xfeatures && (present & ~check->machine->xfeatures))
		return fail(check, OWV_XFEATURES, index, "xfeatures", present);
	/*
	 * In the compacted format a component stands behind all lower ones that are laid out,
	 * present or not.
	 */
	if (compacted && present >> 2)
		present = laid_out & ((2ULL << (63 - __builtin_clzll(present))) - 1);
	return area_bytes(present) <= thread->fpu.bytes
		       ? 0
		       : fail(check, OWV_FPU_SIZE, index, "fpu", thread->fpu.bytes);
}

int owp_check_fpu(struct owp_check *check, uint64_t index)
{
	const struct owp_thread *thread = OWP_RECORDS(&check->view, thread, THREAD) + index;
	const unsigned char *area = owp_bytes(&check->view, thread->fpu);
	uint32_t known = check->machine->mxcsr_mask ? check->machine->mxcsr_mask : MXCSR_MASK;
	int rule = check_size(check, thread, index);

	if (rule || thread->fpu_format == OWP_FPU_FORMAT_NONE)
		return rule;
	if (owp_load32(area + MXCSR_AT) & ~known)
		return fail(check, OWV_MXCSR, index, "fpu", owp_load32(area + MXCSR_AT));
	return thread->fpu_format == OWP_FPU_FORMAT_FXSAVE
		       ? 0
		       : check_xsave(check, thread, area, index);
}
