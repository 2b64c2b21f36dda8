/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the validator share. Each part returns 0, or the rule that the plan breaks,
 * with the fault filled.
 */
#ifndef OWP_VALIDATE_H
#define OWP_VALIDATE_H

#ifdef __KERNEL__
#include <linux/sched.h>
#include <linux/string.h>
#else
#include <string.h>
#endif

#include "crc32.h"
#include "plan_layout.h"
#include "plan_validate.h"

#define OWP_PAGE 4096ULL
/* In nanoseconds. */
#define OWP_SECOND 1000000000U
/* PID_MAX_LIMIT of 64-bit kernels (include/linux/threads.h): thread ids lie below. */
#define OWP_PID_LIMIT (4U << 20)
/* No record of its section. */
#define OWP_NO_RECORD (~0ULL)

/*
 * A check in progress; it lies at the start of the scratch memory, for it is too large for a
 * kernel's stack.
 */
struct owp_check {
	const struct owp_machine *machine;
	struct ow_fault *fault;
	struct owp_view view;
	/*
	 * Behind the last string, the last of data, and the last child of each section that was
	 * met.
	 */
	uint64_t strings_end;
	uint64_t data_end;
	uint64_t children_end[OWP_SECTIONS];
	/* Offsets of the strings that were met, ascending; and the same by length and contents. */
	uint32_t *starts;
	uint32_t *sorted;
	uint32_t string_count;
	uint32_t string_room;
	/* What a single part works in. */
	unsigned char *work;
	uint64_t work_bytes;
};

/* The field's name may be NULL. */
int owp_fail(struct owp_check *check, enum owp_rule rule, uint32_t section, uint64_t record,
	     const char *field, uint64_t value);

/* validate_container.c: header, table of sections, checksums. Fills the view. */
int owp_check_container(struct owp_check *check);
/* validate_records.c: every field of every record. */
int owp_check_records(struct owp_check *check);
/* validate_text.c */
int owp_check_text(struct owp_check *check, const struct owp_text *text, uint32_t section,
		   uint64_t record, const char *field);
int owp_check_strings(struct owp_check *check);

/*
 * validate_header.c, validate_memory.c, validate_processes.c, validate_threads.c, validate_fpu.c,
 * ...: what it means.
 */
int owp_check_nuls(struct owp_check *check);
int owp_check_header(struct owp_check *check);
int owp_check_ranges(struct owp_check *check);
int owp_check_runs(struct owp_check *check);
int owp_check_mms(struct owp_check *check);
/* Of a VMA whose page runs are sound. */
int owp_check_guards(struct owp_check *check, const struct owp_vma *vma);
int owp_check_processes(struct owp_check *check);
int owp_check_threads(struct owp_check *check);
int owp_check_fpu(struct owp_check *check, uint64_t index);
int owp_check_signals(struct owp_check *check);
int owp_check_files(struct owp_check *check);
int owp_check_terminals(struct owp_check *check);
int owp_check_sockets(struct owp_check *check);
int owp_check_storage(struct owp_check *check);
int owp_check_refusals(struct owp_check *check);
int owp_check_steps(struct owp_check *check);

/*
 * The string with that text in the plan, as an index below string_count; string_count where there
 * is none.
 */
uint32_t owp_find_string(const struct owp_check *check, const unsigned char *text, uint64_t bytes);

/* Whether the process's threads are to go on: it is neither lost nor ended. */
static inline int owp_goes_on(const struct owp_process *process)
{
	return process->verdict != OWP_VERDICT_LOST && process->state != OWP_PROCESS_STATE_ZOMBIE;
}

/* Records of a section by their structures, and how many. */
#define OWP_EACH(check, kind, KIND, index, record) \
	for (index = 0, record = OWP_RECORDS(&(check)->view, kind, KIND); \
	     index < OWP_COUNT(&(check)->view, KIND); index++, record++, owp_relax(index))

/* Lets others run, every so often: plans have up to millions of records. */
static inline void owp_relax(uint64_t index)
{
#ifdef __KERNEL__
	if ((index & 1023) == 0)
		cond_resched();
#else
	(void)index;
#endif
}

/*
 * Orders `items`; `before(context, a, b)`: whether a stands before b. No recursion, n log n steps
 * whatever they are.
 */
void owp_sort(uint32_t *items, uint32_t count,
	      int (*before)(const void *context, uint32_t a, uint32_t b), const void *context);

/*
 * That much of the work memory, all zero, until the next part asks for it. NULL where there is
 * less.
 */
unsigned char *owp_work(struct owp_check *check, uint64_t bytes);

static inline int owp_test_bit(const unsigned char *bits, uint64_t index)
{
	return bits[index / 8] >> (index % 8) & 1;
}

/* What it was. */
static inline int owp_set_bit(unsigned char *bits, uint64_t index)
{
	int was = owp_test_bit(bits, index);

	bits[index / 8] |= 1U << (index % 8);
	return was;
}

static inline uint32_t owp_load32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t owp_load64(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

#endif
