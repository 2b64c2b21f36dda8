// SPDX-License-Identifier: GPL-2.0-only
/* Limits, cgroups and oom score of a process; scheduling, credentials and confinement of a thread. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bringup.h"
#include "process.h"
#include "sys.h"

#define IOPRIO_WHO_PROCESS 1
#define GROUPS_LIMIT 65536

static int put_number(int proc_fd, const char *path, int64_t number)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%lld", (long long)number);
	long fd = sys(openat, proc_fd, path, O_WRONLY | O_CLOEXEC, 0), written;

	if (fd < 0)
		return fd;
	written = sys(write, fd, text, length);
	sys(close, fd);
	return written < 0 ? written : 0;
}

/* The unified hierarchy alone; a group that is gone is made again, with no limits of its own. */
static int join_cgroup(const struct owp_cgroup_membership *membership)
{
	char path[512] = "/sys/fs/cgroup";
	size_t length = strlen(path);
	const char *group = owp_string(&ex.plan, membership->path);

	if (membership->hierarchy != 0 || strcmp(group, "/") == 0)
		return 0;
	if (length + strlen(group) + 16 > sizeof(path))
		return -ENAMETOOLONG;
	for (const char *at = group; *at; at++) {
		if (*at == '/' && at != group) {
			path[length] = 0;
			sys(mkdir, path, 0755);
		}
		path[length++] = *at;
	}
	path[length] = 0;
	sys(mkdir, path, 0755);
	strcpy(path + length, "/cgroup.procs");
	return put_number(AT_FDCWD, path, 0);
}

int set_attributes(struct self *self)
{
	const struct owp_process *process = self->process;
	const struct owp_limit *limit = OWP_RECORDS(&ex.plan, limit, LIMIT) + process->limits.first;
	const struct owp_cgroup_membership *membership =
		OWP_RECORDS(&ex.plan, cgroup_membership, CGROUP_MEMBERSHIP) + process->cgroups.first;
	long error;

	for (uint32_t i = 0; i < process->cgroups.count; i++) {
		error = join_cgroup(&membership[i]);
		if (error)
			return error;
	}
	error = put_number(self->proc_fd, "self/oom_score_adj", process->oom_score_adj);
	if (!error && self->mm)
		error = put_number(self->proc_fd, "self/coredump_filter", self->mm->coredump_filter);
	if (!error && process->flags & OWP_PROCESS_FLAG_SUBREAPER)
		error = sys(prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (uint32_t i = 0; i < process->limits.count && !error; i++) {
		uint64_t both[2] = { limit[i].soft, limit[i].hard };

		ex.child = i;
		error = sys(prlimit64, 0, limit[i].resource - 1, both, 0);
	}
	return error;
}

struct deadline_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

int set_scheduling(const struct owp_thread *thread)
{
	struct deadline_attributes attributes = {
		.size = sizeof(attributes),
		.policy = thread->policy - 1,
		.flags = thread->flags & OWP_THREAD_FLAG_SCHED_RESET_ON_FORK ? 1 : 0,
		.nice = thread->nice,
		.priority = thread->rt_priority,
		.runtime = thread->deadline_runtime,
		.deadline = thread->deadline_deadline,
		.period = thread->deadline_period,
	};
	long error;

	if (thread->cpus_allowed.bytes)
		/* A crash kernel may have fewer CPUs: then the thread runs where it can. */
		sys(sched_setaffinity, 0, thread->cpus_allowed.bytes, owp_bytes(&ex.plan, thread->cpus_allowed));
	error = sys(sched_setattr, 0, &attributes, 0);
	if (!error && thread->io_priority)
		error = sys(ioprio_set, IOPRIO_WHO_PROCESS, 0, thread->io_priority);
	if (!error)
		/* 0, which realtime threads have, would mean the default. */
		error = thread->timer_slack ? sys(prctl, PR_SET_TIMERSLACK, thread->timer_slack, 0, 0, 0) : 0;
	return error;
}

static int set_groups(const struct owp_credentials *credentials)
{
	const struct owp_group *group = OWP_RECORDS(&ex.plan, group, GROUP) + credentials->groups.first;
	uint32_t list[1024];

	if (credentials->groups.count > sizeof(list) / sizeof(*list))
		return -E2BIG;
	for (uint32_t i = 0; i < credentials->groups.count; i++)
		list[i] = group[i].gid;
	return sys(setgroups, credentials->groups.count, list);
}

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ effective >> 32, permitted >> 32, inheritable >> 32 },
	};

	return sys(capset, &header, data);
}

/* Only bits that the thread has can be dropped from its bounding set, and none can be added. */
static int set_bounding(uint64_t wanted)
{
	for (int capability = 0; capability < 64; capability++) {
		long has = sys(prctl, PR_CAPBSET_READ, capability, 0, 0, 0);
		long error;

		if (has < 0)
			break;
		if (!has || wanted & (1ULL << capability))
			continue;
		error = sys(prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
		if (error)
			return error;
	}
	return 0;
}

/*
 * While ids change, capabilities are kept by securebits; those of the plan are set last, when nothing more needs them, and
 * the ambient ones while permitted and inheritable both have them.
 */
int set_credentials(const struct owp_thread *thread, const struct owp_mm *mm)
{
	const struct owp_credentials *to = OWP_RECORDS(&ex.plan, credentials, CREDENTIALS) + thread->credentials;
	const uint64_t all = ~0ULL >> (63 - CAP_LAST_CAP);
	long error;

	if (thread->credentials == OWP_NONE)
		return -ENODATA;
	error = set_bounding(to->cap_bounding);
	if (!error)
		error = sys(prctl, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS, 0, 0, 0);
	if (!error)
		error = set_groups(to);
	if (!error)
		error = sys(setresgid, to->gid, to->egid, to->sgid);
	if (!error)
		error = sys(setresuid, to->uid, to->euid, to->suid);
	if (error)
		return error;
	sys(setfsgid, to->fsgid);
	sys(setfsuid, to->fsuid);
	error = set_capabilities(all, all, to->cap_inheritable);
	for (int capability = 0; capability <= CAP_LAST_CAP && !error; capability++)
		if (to->cap_ambient & (1ULL << capability))
			error = sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
	if (!error)
		error = sys(prctl, PR_SET_SECUREBITS, to->securebits, 0, 0, 0);
	if (!error)
		error = set_capabilities(to->cap_effective, to->cap_permitted, to->cap_inheritable);
	if (!error && mm && mm->dumpable <= 1)
		error = sys(prctl, PR_SET_DUMPABLE, mm->dumpable, 0, 0, 0);
	if (!error && thread->parent_death_signal)
		error = sys(prctl, PR_SET_PDEATHSIG, thread->parent_death_signal, 0, 0, 0);
	return error;
}

/* Filters are not planned (they are refused); the strict mode allows nothing after it but what the thread goes on with. */
int set_confinement(const struct owp_thread *thread)
{
	long error = 0;

	if (thread->flags & OWP_THREAD_FLAG_NO_NEW_PRIVS)
		error = sys(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return error;
}
