// SPDX-License-Identifier: GPL-2.0-only
/* What came of each step, told to the module. */
#include <sys/ioctl.h>

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
