// SPDX-License-Identifier: GPL-2.0-only
/* Pages of the dead kernel into the caller's address space. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "../plan/plan_validate.h"
#include "session.h"

/*
 * A private mapping that may not be written is written to as a debugger would (ptrace(2)); the plain copy is tried first,
 * for it is many times faster.
 */
static int put_page_at(u64 to, const void *from)
{
	if (!copy_to_user(u64_to_user_ptr(to), from, PAGE_SIZE))
		return 0;
	if (access_process_vm(current, to, (void *)from, PAGE_SIZE, FOLL_WRITE | FOLL_FORCE) == PAGE_SIZE)
		return 0;
	return -EFAULT;
}

/* A frame of the dead kernel, or a page that the plan carries; or an error. */
static const void *page_of(const struct owp_page_run *run, u32 page)
{
	if (run->source == OWP_PAGE_SOURCE_PLAN)
		return OWP_RECORDS(&ow_session.view, stored_page, STORED_PAGE) + run->pfn + page;
	return ow_old_frame(run->pfn + page);
}

static int copy_run(const struct owp_page_run *run, u64 to, u64 *fault)
{
	u32 digest = 0;
	u32 i;

	if (run->source == OWP_PAGE_SOURCE_ZERO)
		return 0; /* what is fresh is zero */
	if (run->source == OWP_PAGE_SOURCE_SWAP)
		return -EOPNOTSUPP; /* the executor reads swap areas itself */
	for (i = 0; i < run->pages; i++) {
		const void *frame = page_of(run, i);
		int error = PTR_ERR_OR_ZERO(frame);

		*fault = run->address + ((u64)i << PAGE_SHIFT);
		if (!error)
			error = put_page_at(to + ((u64)i << PAGE_SHIFT), frame);
		if (error)
			return error;
		if (run->flags & OWP_PAGE_FLAG_DIGEST)
			digest = owp_crc32(digest, frame, PAGE_SIZE);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	*fault = run->address;
	return run->flags & OWP_PAGE_FLAG_DIGEST && digest != run->digest ? -EBADMSG : 0;
}

long ow_copy_runs(struct ow_copy_runs __user *argument)
{
	const struct owp_page_run *runs = OWP_RECORDS(&ow_session.view, page_run, PAGE_RUN);
	u64 count = OWP_COUNT(&ow_session.view, PAGE_RUN);
	struct ow_copy_runs copy;
	u64 fault = 0;
	long error = 0;
	u32 i;

	if (copy_from_user(&copy, argument, sizeof(copy)))
		return -EFAULT;
	if (copy.first > count || copy.count > count - copy.first)
		return -EINVAL;
	for (i = copy.first; i < copy.first + copy.count && !error; i++)
		error = copy_run(&runs[i], copy.to + runs[i].address - copy.origin, &fault);
	if (error && put_user(fault, &argument->fault_address))
		return -EFAULT;
	return error;
}
