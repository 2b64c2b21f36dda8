/* SPDX-License-Identifier: GPL-2.0-only */
/* A validated plan in memory: where its sections are. For the module, the executor, and programs that test them. */
#ifndef OWP_PLAN_VIEW_H
#define OWP_PLAN_VIEW_H

#include "../uapi/restore_plan.h"

/* Section numbers stay below it. */
#define OWP_SECTIONS 192

struct owp_view {
	const unsigned char *base;
	uint64_t bytes;
	struct {
		const void *records;
		uint64_t count; /* bytes of strings and data */
	} section[OWP_SECTIONS];
};

static inline const struct owp_header *owp_header_of(const struct owp_view *plan)
{
	return (const struct owp_header *)plan->base;
}

/* A string of the plan, NUL-terminated. The empty string where it is empty. */
static inline const char *owp_string(const struct owp_view *plan, struct owp_text text)
{
	return text.bytes ? (const char *)plan->section[OWP_SECTION_STRINGS].records + text.offset : "";
}

static inline const void *owp_bytes(const struct owp_view *plan, struct owp_blob blob)
{
	return (const unsigned char *)plan->section[OWP_SECTION_DATA].records + blob.offset;
}

/* OWP_RECORDS(plan, page_run, PAGE_RUN): pointer to the first record of a section. */
#define OWP_RECORDS(plan, kind, KIND) ((const struct owp_##kind *)(plan)->section[OWP_SECTION_##KIND].records)
#define OWP_COUNT(plan, KIND) ((plan)->section[OWP_SECTION_##KIND].count)

#endif
