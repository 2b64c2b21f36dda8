// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel notes of whoever makes an object (the peer's credentials of a unix socket, who made a segment, who changed
 * a semaphore last) it takes from the task that makes the call. That task is a child here, for a moment, with the PID and the
 * ids of the process that did it: the PID is free again when the process itself is made.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "objects.h"

/* struct clone_args of linux/sched.h, which older headers lack. */
struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static pid_t fork_as(int32_t pid)
{
	struct clone3_args args = { .flags = CLONE_FILES, .set_tid = (uintptr_t)&pid, .set_tid_size = pid > 1 };

	if (!args.set_tid_size)
		args.set_tid = 0;
	return syscall(SYS_clone3, &args, sizeof(args));
}

/* System calls, not the library's functions: those speak to threads of which this child has none. */
static int become(struct as who)
{
	if (who.root_fd >= 0 && (fchdir(who.root_fd) < 0 || chroot(".") < 0))
		return -errno;
	if (!who.uid && !who.gid)
		return 0;
	/* Capabilities stay: a path that the process could reach then may be closed to it by now. */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0 ||
	    syscall(SYS_setresgid, -1, who.gid, -1) < 0 || syscall(SYS_setresuid, -1, who.uid, -1) < 0)
		return -errno;
	return 0;
}

int run_as(struct as who, int (*fn)(void *), void *argument, size_t bytes)
{
	int *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	void *copy = (char *)shared + PAGE;
	pid_t child;
	int error;

	if (shared == MAP_FAILED)
		return -errno;
	memcpy(copy, argument, bytes);
	*shared = -ECHILD;
	child = fork_as(who.pid);
	if (child < 0 && who.pid > 1)
		child = fork_as(0);
	if (child == 0) {
		error = become(who);
		*shared = error ? error : fn(copy);
		_exit(0);
	}
	error = child < 0 ? -errno : 0;
	while (!error && waitpid(child, NULL, __WALL) < 0)
		error = errno == EINTR ? 0 : -errno;
	if (!error) {
		error = *shared;
		memcpy(argument, copy, bytes);
	}
	munmap(shared, 2 * PAGE);
	return error;
}

struct as as_process(int32_t pid, uint32_t uid)
{
	const struct owp_process *process = RECORD(process, PROCESS, 0);
	struct as who = { .pid = pid, .uid = uid, .gid = uid, .root_fd = -1 };

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, PROCESS); i++) {
		const struct owp_thread *leader = RECORD(thread, THREAD, process[i].threads.first);

		if (process[i].pid != pid || !process[i].threads.count || leader->credentials == OWP_NONE)
			continue;
		who.uid = RECORD(credentials, CREDENTIALS, leader->credentials)->euid;
		who.gid = RECORD(credentials, CREDENTIALS, leader->credentials)->egid;
	}
	return who;
}

/* Of linux/mount.h, which does not go with the library's sys/mount.h, and is younger than the kernels that have the calls. */
#define FSOPEN_CLOEXEC 1
#define FSMOUNT_CLOEXEC 1
#define FSCONFIG_CMD_CREATE 6

static int root = -1;

void close_cellar(void)
{
	if (root >= 0)
		close(root);
	root = -1;
}

int cellar(void)
{
	int context;

	if (root >= 0)
		return root;
	context = syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	if (context < 0)
		return -errno;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		root = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	root = root < 0 ? -errno : move_up(root);
	close(context);
	return root;
}

bool is_initial(uint32_t namespace)
{
	return namespace == OWP_NONE || (RECORD(namespace, NAMESPACE, namespace)->flags & OWP_NAMESPACE_FLAG_INITIAL);
}
