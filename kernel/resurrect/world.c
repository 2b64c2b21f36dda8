// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the world that the resurrected live in: a pid namespace where no PID is taken yet, and a time namespace where
 * clocks go on. It makes all objects, forks all processes, lets them go together, and stays as their init.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bringup.h"
#include "objects.h"
#include "process.h"
#include "self.h"
#include "sys.h"
#include "tree.h"

/* Processes that take longer than this for a stage are given up. */
#define PATIENCE_MS 60000

static int64_t since_boot(void)
{
	struct timespec now;

	/* The world's own boot-time clock began long ago. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec - (int64_t)owp_header_of(&ex.plan)->panic_boottime;
}

static void tell(uint32_t op, uint32_t object, int error)
{
	complain("op %u, object %u: %s", op, object, strerror(-error));
	journal(step_of(op, object), error);
}

/* Steps of one stage that are the executor's; `only`: of one operation, 0 for all. */
static void run_stage(uint32_t number, uint32_t only)
{
	const struct owp_step *step = OWP_RECORDS(&ex.plan, step, STEP);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, STEP); i++) {
		operation *run;
		int error;

		if (step[i].stage != number || (only && step[i].op != only))
			continue;
		run = operation_of(step[i].op);
		if (!run)
			continue;
		error = run(step[i].object);
		if (error)
			complain("step %llu (op %u, object %u): %s", (unsigned long long)i, step[i].op,
				 step[i].object, strerror(-error));
		journal(i, error);
	}
}

/* What needs processes to be there: files in their /proc, owners, watches, locks. */
static void run_files(void)
{
	run_stage(OWP_STAGE_FILES, OWP_OP_OPEN_FILE);
	after_files(tell);
	run_stage(OWP_STAGE_FILES, OWP_OP_WATCH);
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, LOCK); i++) {
		const struct owp_lock *lock = RECORD(lock, LOCK, i);
		bool of_process = lock->kind == OWP_LOCK_KIND_POSIX || lock->kind == OWP_LOCK_KIND_LEASE;

		if (!of_process)
			journal(step_of(OWP_OP_SET_LOCK, i), lock_of_file(i));
	}
}

static bool has_ended(int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	return poll(&ended, 1, 0) > 0;
}

/*
 * Until every process stands at its departure, or has ended on the way. Most are not children of ours: they are watched
 * through descriptors of theirs.
 */
static void wait_for_departures(void)
{
	const struct owp_process *process = OWP_RECORDS(&ex.plan, process, PROCESS);
	uint64_t count = OWP_COUNT(&ex.plan, PROCESS);
	int *pidfd = calloc(count + 1, sizeof(*pidfd));
	struct ow_wait wait_for = { .milliseconds = 50 };
	int tries;

	for (uint64_t i = 0; i < count; i++) {
		bool departs = process[i].verdict != OWP_VERDICT_LOST && process[i].state != OWP_PROCESS_STATE_ZOMBIE;
		pidfd[i] = departs ? syscall(SYS_pidfd_open, process[i].pid, 0) : -1;
	}
	for (tries = 0; tries < PATIENCE_MS / 50; tries++) {
		wait_for.processes = 0;
		for (uint64_t i = 0; i < count; i++)
			wait_for.processes += pidfd[i] >= 0 && !has_ended(pidfd[i]);
		if (ioctl(ex.device, OW_WAIT, &wait_for) >= (int)wait_for.processes)
			break;
	}
	if (tries == PATIENCE_MS / 50)
		complain("not all processes are ready in time");
	for (uint64_t i = 0; i < count; i++)
		if (pidfd[i] >= 0)
			close(pidfd[i]);
	free(pidfd);
}

/*
 * Those that were stopped, and whose parents were not told yet, stop as soon as they leave the kernel: nothing of theirs runs
 * before. The others have stopped already.
 */
static void stop_stopped(void)
{
	const struct owp_process *process = OWP_RECORDS(&ex.plan, process, PROCESS);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, PROCESS); i++)
		if (process[i].verdict != OWP_VERDICT_LOST && process[i].state == OWP_PROCESS_STATE_STOPPED &&
		    !was_told_of(&process[i]))
			kill(process[i].pid, SIGSTOP);
}

int world(void)
{
	int error = become_anonymous();

	if (error)
		complain("the executor cannot get out of the way of executables: %s", strerror(-error));
	setsid();
	bring_up();
	stage("prepare", since_boot());
	run_stage(OWP_STAGE_PREPARE, OWP_OP_MAKE_NAMESPACE);
	run_stage(OWP_STAGE_STORAGE, 0);
	stage("storage", since_boot());
	open_swap_areas();
	run_stage(OWP_STAGE_OBJECTS, 0);
	after_objects(tell);
	stage("objects", since_boot());
	error = make_tree();
	if (error)
		complain("the tree of processes: %s", strerror(-error));
	gather(GATHER_BORN, PATIENCE_MS);
	stage("tree", since_boot());
	run_files();
	let(GATHER_FILES);
	stage("files", since_boot());
	wait_for_departures();
	after_memory(tell);
	close_swap_areas();
	close_objects();
	stage("threads", since_boot());
	stop_stopped();
	ioctl(ex.device, OW_RELEASE);
	stage("resumed", since_boot());
	live_on();
}
