// SPDX-License-Identifier: GPL-2.0-only
/* What came of each step, told to the module. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bringup.h"
#include "sys.h"

uint32_t step_of(uint32_t op, uint32_t object)
{
	static uint64_t last; /* steps are asked for in about their order */
	const struct owp_step *step = OWP_RECORDS(&ex.plan, step, STEP);
	uint64_t count = OWP_COUNT(&ex.plan, STEP);

	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = (last + i) % count;
		if (step[at].op == op && step[at].object == object) {
			last = at;
			return at;
		}
	}
	return OWP_NONE;
}

static void write_entry(uint32_t step, uint32_t outcome, int error)
{
	struct ow_journal entry = {
		.step = step,
		.outcome = outcome,
		.error = error,
		.child = ex.child,
		.detail = ex.detail,
	};

	if (step != OWP_NONE)
		sys(ioctl, ex.device, OW_JOURNAL, &entry);
	ex.child = -1;
	ex.detail = 0;
}

void journal(uint32_t step, int error)
{
	if (!error) {
		ex.child = -1;
		ex.detail = 0;
	}
	write_entry(step, error ? OWP_OUTCOME_FAILED : OWP_OUTCOME_DONE, -error);
}

void journal_skipped(uint32_t step)
{
	ex.child = -1;
	ex.detail = 0;
	write_entry(step, OWP_OUTCOME_SKIPPED, 0);
}

/* --- the whole of it, in the executor alone */

char *journal_so_far(size_t *bytes, size_t *limit)
{
	char *at;
	ssize_t more;

	*limit = sizeof(struct owp_journal_header) +
		 OWP_COUNT(&ex.plan, STEP) * 2 * sizeof(struct owp_journal_entry);
	at = mmap(NULL, *limit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	*bytes = 0;
	while ((more = pread(ex.device, at + *bytes, *limit - *bytes, *bytes)) > 0)
		*bytes += more;
	return at;
}

void skip_unreached(void)
{
	size_t bytes, limit;
	char *at = journal_so_far(&bytes, &limit);
	const struct owp_journal_entry *entry = (void *)(at + sizeof(struct owp_journal_header));
	uint64_t count = OWP_COUNT(&ex.plan, STEP);
	bool *told = calloc(count + 1, sizeof(*told));

	for (; at && told && (char *)(entry + 1) <= at + bytes; entry++)
		told[entry->step] = true;
	for (uint64_t i = 0; at && told && i < count; i++)
		if (!told[i])
			journal_skipped(i);
	free(told);
	if (at)
		munmap(at, limit);
}
