// SPDX-License-Identifier: GPL-2.0-only
/* Processes: ids, parents, why they are in the plan. */
#include "validate.h"

static int fail(struct owp_check *check, enum owp_rule rule, uint64_t index, const char *field,
		uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_PROCESS, index, field, value);
}

static int before_by_tid(const void *context, uint32_t a, uint32_t b)
{
	const struct owp_thread *threads = context;

	return threads[a].tid < threads[b].tid;
}

/* clone3 with set_tid fails on the second of an id, and on one that is out of range. */
static int check_ids(struct owp_check *check)
{
	const struct owp_thread *thread, *all = OWP_RECORDS(&check->view, thread, THREAD);
	uint64_t count = OWP_COUNT(&check->view, THREAD), i;
	uint32_t *order = (uint32_t *)owp_work(check, 4 * count);

	if (!order)
		return fail(check, OWV_SCRATCH, OWP_NO_RECORD, NULL, 0);
	OWP_EACH(check, thread, THREAD, i, thread) {
		if (thread->tid < 2 || thread->tid >= (int32_t)OWP_PID_LIMIT)
			return owp_fail(check, OWV_TID_RANGE, OWP_SECTION_THREAD, i, "tid",
					thread->tid);
		order[i] = i;
	}
	owp_sort(order, count, before_by_tid, all);
	for (i = 1; i < count; i++)
		if (all[order[i - 1]].tid == all[order[i]].tid)
			return owp_fail(check, OWV_TID_TWICE, OWP_SECTION_THREAD, order[i], "tid",
					all[order[i]].tid);
	return 0;
}

static int check_leader(struct owp_check *check, const struct owp_process *process, uint64_t index)
{
	const struct owp_thread *threads =
		OWP_RECORDS(&check->view, thread, THREAD) + process->threads.first;

	if (!process->threads.count || threads[0].tid != process->pid)
		return fail(check, OWV_LEADER_FIRST, index, "threads", process->threads.count);
	for (uint64_t i = 0; i < process->threads.count; i++)
		if (((threads[i].flags & OWP_THREAD_FLAG_LEADER) != 0) != (i == 0))
			return fail(check, OWV_LEADER_FIRST, index, "threads", i);
	return 0;
}

/*
 * What has ended has an exit code and nothing else; what goes on has an address space and handlers.
 */
static int check_state(struct owp_check *check, const struct owp_process *process, uint64_t index)
{
	int has_mm = process->mm != OWP_NONE;
	int has_handlers = process->sighand != OWP_NONE;

	if (process->state == OWP_PROCESS_STATE_ZOMBIE)
		return has_mm || has_handlers ? fail(check, OWV_STATE, index, "mm", process->mm)
					      : 0;
	if (process->exit_code && process->state != OWP_PROCESS_STATE_STOPPED)
		return fail(check, OWV_STATE, index, "exit_code", process->exit_code);
	if (process->verdict != OWP_VERDICT_LOST && (!has_mm || !has_handlers))
		return fail(check, OWV_STATE, index, has_mm ? "sighand" : "mm", OWP_NONE);
	return 0;
}

static int check_limits(struct owp_check *check, const struct owp_process *process)
{
	const struct owp_limit *limits =
		OWP_RECORDS(&check->view, limit, LIMIT) + process->limits.first;
	uint64_t seen = 0;

	/* Resources are numbered below 64: they are an enumeration. */
	for (uint64_t i = 0; i < process->limits.count; i++) {
		if (seen >> limits[i].resource & 1)
			return owp_fail(check, OWV_LIMIT_TWICE, OWP_SECTION_LIMIT,
					process->limits.first + i, "resource", limits[i].resource);
		seen |= 1ULL << limits[i].resource;
	}
	return 0;
}

static int check_process(struct owp_check *check, const struct owp_process *process, uint64_t index)
{
	const struct owp_process *all = OWP_RECORDS(&check->view, process, PROCESS);
	int rule;

	if (process->parent != OWP_NONE &&
	    (process->parent >= index || all[process->parent].pid != process->parent_pid))
		return fail(check, OWV_PARENT_FIRST, index, "parent", process->parent);
	if (process->pgid < 0 || process->pgid >= (int32_t)OWP_PID_LIMIT)
		return fail(check, OWV_GROUP_RANGE, index, "pgid", process->pgid);
	if (process->sid < 0 || process->sid >= (int32_t)OWP_PID_LIMIT)
		return fail(check, OWV_GROUP_RANGE, index, "sid", process->sid);
	rule = check_leader(check, process, index);
	if (!rule)
		rule = check_state(check, process, index);
	return rule ? rule : check_limits(check, process);
}

/*
 * Each came along with another that leads back to one that was asked for. Those on the way to it
 * are marked, so that no way is gone twice; a way that does not end within as many steps as there
 * are processes goes in a circle.
 */
static int check_reasons(struct owp_check *check)
{
	const struct owp_process *process, *all = OWP_RECORDS(&check->view, process, PROCESS);
	uint64_t count = OWP_COUNT(&check->view, PROCESS), i;
	unsigned char *known = owp_work(check, (count + 7) / 8);

	if (!known)
		return fail(check, OWV_SCRATCH, OWP_NO_RECORD, NULL, 0);
	OWP_EACH(check, process, PROCESS, i, process) {
		uint64_t steps = 0;

		if ((process->reason == OWP_REASON_SELECTED) != (process->because == OWP_NONE))
			return fail(check, OWV_REASON, i, "because", process->because);
		for (uint32_t at = i; at != OWP_NONE && !owp_test_bit(known, at);
		     at = all[at].because)
			if (++steps > count)
				return fail(check, OWV_REASON, i, "because", process->because);
		for (uint32_t at = i; at != OWP_NONE && !owp_set_bit(known, at);
		     at = all[at].because)
			;
	}
	return 0;
}

int owp_check_processes(struct owp_check *check)
{
	const struct owp_process *process;
	uint64_t i;
	int rule = check_ids(check);

	if (rule)
		return rule;
	OWP_EACH(check, process, PROCESS, i, process) {
		rule = check_process(check, process, i);
		if (rule)
			return rule;
	}
	return check_reasons(check);
}
