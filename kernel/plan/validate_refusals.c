// SPDX-License-Identifier: GPL-2.0-only
/* Refusals, and what follows from them: nobody goes on who lacks something and is not told. */
#include "validate.h"

struct consequence {
	uint32_t verdict;
	uint32_t crash_bits;
};

/* Whether a value of refused_kind leads to an object: only `none` does not. */
static int check_refusal(struct owp_check *check, const struct owp_refusal *refusal, uint64_t index)
{
	if (!refusal->resource.bytes || !refusal->reason.bytes)
		return owp_fail(check, OWV_REFUSAL_TEXT, OWP_SECTION_REFUSAL, index, "reason", 0);
	if (refusal->kind != OWP_REFUSED_KIND_NONE && refusal->object == OWP_NONE)
		return owp_fail(check, OWV_REFUSAL_OBJECT, OWP_SECTION_REFUSAL, index, "object",
				refusal->kind);
	return 0;
}

static void follow(struct owp_check *check, const struct owp_refusal *refusal,
		   struct consequence *found)
{
	const struct owp_concerned *concerned = OWP_RECORDS(&check->view, concerned, CONCERNED);
	uint64_t end = (uint64_t)refusal->processes.first + refusal->processes.count;
	uint32_t verdict = refusal->severity == OWP_SEVERITY_FATAL
				   ? OWP_VERDICT_LOST
				   : OWP_VERDICT_NEEDS_CRASH_PROCEDURE;

	if (refusal->severity == OWP_SEVERITY_NOTED)
		return;
	for (uint64_t i = refusal->processes.first; i < end; i++) {
		struct consequence *of = &found[concerned[i].process];

		of->crash_bits |= refusal->crash_bits;
		if (of->verdict < verdict)
			of->verdict = verdict;
	}
}

int owp_check_refusals(struct owp_check *check)
{
	uint64_t bytes = sizeof(struct consequence) * OWP_COUNT(&check->view, PROCESS);
	struct consequence *found = (struct consequence *)owp_work(check, bytes);
	const struct owp_process *process;
	const struct owp_refusal *refusal;
	uint64_t i;

	if (!found)
		return owp_fail(check, OWV_SCRATCH, OWP_SECTION_REFUSAL, OWP_NO_RECORD, NULL, 0);
	OWP_EACH(check, refusal, REFUSAL, i, refusal) {
		int rule = check_refusal(check, refusal, i);

		if (rule)
			return rule;
		follow(check, refusal, found);
	}
	OWP_EACH(check, process, PROCESS, i, process) {
		uint32_t verdict = found[i].verdict ? found[i].verdict : OWP_VERDICT_CONTINUES;

		if (process->verdict != verdict)
			return owp_fail(check, OWV_VERDICT, OWP_SECTION_PROCESS, i, "verdict",
					process->verdict);
		if (process->crash_bits != found[i].crash_bits)
			return owp_fail(check, OWV_CRASH_BITS, OWP_SECTION_PROCESS, i, "crash_bits",
					process->crash_bits);
	}
	return 0;
}
