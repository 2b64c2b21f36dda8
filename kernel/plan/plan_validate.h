/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a plan may be executed: all of it is held to the format (docs/plan-format.md) and to what
 * the executor and the module rest upon, before anything is touched. Pure C without allocation,
 * recursion or floating point: one code for the module, and for programs that test it
 * (kernel/tests/). Its time is linear in the size of the plan, but for sorting and for searches in
 * what is sorted.
 */
#ifndef OWP_PLAN_VALIDATE_H
#define OWP_PLAN_VALIDATE_H

#include "crc32.h"
#include "plan_view.h"
#include "../uapi/otherworld.h"
#include "validate_rules.h"

/* Physical addresses: from `start` to before `end`. */
struct owp_memory {
	uint64_t start;
	uint64_t end;
};

/*
 * The machine that the plan is to be executed on. All zero: nothing is known of it, as of a plan
 * that is only looked at; then the plan's own ranges of memory are all that its frames are held to.
 * Ranges stand in the order of addresses and do not overlap.
 */
struct owp_machine {
	/* RAM of the machine, the crash kernel's part in it or not. None: not known. */
	const struct owp_memory *ram;
	uint32_t rams;
	/*
	 * What no frame of the plan may lie in: the memory that the running kernel has for its own.
	 */
	uint32_t own_ranges;
	const struct owp_memory *own;
	/* Of the kernel that died: NUL-terminated, as uname -r. NULL: any. */
	const char *release;
	/* Its GNU build id, 20 bytes. NULL: any. */
	const unsigned char *build_id;
	/* How far it was moved from where it was linked, where `placed` says so. */
	uint64_t kaslr_offset;
	int placed;
	/*
	 * The page of its memory at that physical address, a multiple of 4096; NULL where it had
	 * none there. No function: its memory is not at hand, and the plan is for any death.
	 */
	const void *(*old_page)(uint64_t address);
	/*
	 * XCR0 and IA32_XSS of the CPU, and the bits of MXCSR that it knows. 0: not known (0xffff
	 * of MXCSR then).
	 */
	uint64_t xfeatures;
	uint32_t mxcsr_mask;
	/*
	 * GNU build id of the vDSO that the running kernel maps, 20 bytes. NULL: any will do.
	 */
	const unsigned char *vdso_build_id;
	/*
	 * Page table levels of the running kernel, 4 or 5: user addresses end where they do. 0: as
	 * in the plan.
	 */
	uint32_t paging_levels;
	/*
	 * Memory to work in, aligned to 8: owp_scratch_bytes() tells how much. It need not be
	 * cleared.
	 */
	void *scratch;
	uint64_t scratch_bytes;
};

/*
 * Bytes of scratch memory that the plan needs: some for each string and each record. Nothing is
 * believed.
 */
uint64_t owp_scratch_bytes(const void *plan, uint64_t bytes);

/*
 * 0, and `view` is filled: the plan may be executed. Else OWV_*, and `fault` tells what is wrong;
 * `view` is not touched. `plan` is aligned to 8, and nobody changes it meanwhile or later.
 */
int owp_validate(const void *plan, uint64_t bytes, const struct owp_machine *machine,
		 struct owp_view *view, struct ow_fault *fault);

/*
 * As owp_validate, but the plan is held to the format alone: what a reader needs that executes
 * nothing.
 */
int owp_validate_format(const void *plan, uint64_t bytes, const struct owp_machine *machine,
			struct owp_view *view, struct ow_fault *fault);

#endif
