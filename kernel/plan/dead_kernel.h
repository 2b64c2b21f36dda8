/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a crash kernel is told of the one that died: the ELF core header that was made when it was armed
 * (Documentation/admin-guide/kdump/kdump.rst), and the VMCOREINFO that is named there. Pure C, as the validator, and likewise
 * it believes nothing.
 */
#ifndef OWP_DEAD_KERNEL_H
#define OWP_DEAD_KERNEL_H

#include "plan_validate.h"

#define OWP_RELEASE_BYTES 65 /* as in struct new_utsname */
#define OWP_BUILD_ID_BYTES 20

struct owp_dead_kernel {
	char release[OWP_RELEASE_BYTES]; /* empty: not told */
	unsigned char build_id[OWP_BUILD_ID_BYTES];
	int has_build_id;
	uint64_t kaslr_offset;
	int placed; /* the offset was told */
};

/* Bytes of the header of a 64-bit ELF core file at least; `first`: that many of them. */
#define OWP_CORE_FIRST 64
/* Bytes of it with its program headers, and how many those are; 0: it is none. */
uint64_t owp_core_bytes(const void *first, uint32_t *segments);

/*
 * Physical memory of the segments that are memory, in order and joined; or the places of the notes. `ranges` has room for all
 * segments. Returns how many.
 */
uint32_t owp_core_memory(const void *header, struct owp_memory *ranges);
uint32_t owp_core_notes(const void *header, struct owp_memory *places);

/* Takes what the note of that name tells, where it is the first of the notes. 0: it is not. */
int owp_take_vmcoreinfo(struct owp_dead_kernel *dead, const void *note, uint64_t bytes);

#endif
