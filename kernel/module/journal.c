// SPDX-License-Identifier: GPL-2.0-only
/* What came of each step, in the format of the plan's schema; written by many processes, read by the executor. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>

#include "../plan/plan_validate.h"
#include "session.h"

/* A step has at most a start and an end. */
#define ENTRIES_PER_STEP 2

static DEFINE_MUTEX(writing);
static struct owp_journal_header *journal;
static u64 entries, limit;

static struct owp_journal_entry *entry(u64 index)
{
	return (struct owp_journal_entry *)(journal + 1) + index;
}

int ow_journal_begin(u64 plan_bytes)
{
	limit = OWP_COUNT(&ow_session.view, STEP) * ENTRIES_PER_STEP;
	journal = kvzalloc(sizeof(*journal) + limit * sizeof(struct owp_journal_entry), GFP_KERNEL);
	if (!journal)
		return -ENOMEM;
	memcpy(journal->magic, OW_JOURNAL_MAGIC, sizeof(journal->magic));
	journal->version = OW_JOURNAL_VERSION;
	journal->entry_bytes = sizeof(struct owp_journal_entry);
	journal->plan_checksum = owp_crc32(0, ow_session.plan, plan_bytes);
	journal->started = ktime_get_boottime_ns();
	snprintf((char *)journal->executor, sizeof(journal->executor), "otherworld %.50s", init_utsname()->release);
	return 0;
}

long ow_journal_write(const struct ow_journal __user *argument)
{
	struct ow_journal said;
	struct owp_journal_entry *next;
	long error = -ENOSPC;

	if (copy_from_user(&said, argument, sizeof(said)))
		return -EFAULT;
	if (said.step >= OWP_COUNT(&ow_session.view, STEP))
		return -EINVAL;
	mutex_lock(&writing);
	if (entries < limit) {
		next = entry(entries++);
		next->step = said.step;
		next->outcome = said.outcome;
		next->error = said.error;
		next->child = said.child;
		next->detail = said.detail;
		next->time = ktime_get_boottime_ns() - journal->started;
		next->checksum = owp_crc32(0, next, sizeof(*next));
		error = 0;
	}
	mutex_unlock(&writing);
	return error;
}

ssize_t ow_journal_read(char __user *to, size_t bytes, loff_t *position)
{
	ssize_t read;

	mutex_lock(&writing);
	read = simple_read_from_buffer(to, bytes, position, journal,
				       sizeof(*journal) + entries * sizeof(struct owp_journal_entry));
	mutex_unlock(&writing);
	return read;
}

void ow_journal_end(void)
{
	kvfree(journal);
}
