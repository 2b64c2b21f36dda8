// SPDX-License-Identifier: GPL-2.0-only
/* Runs the planner on the root disk, and passes on what it says. It may need all of the crash kernel's memory, or fail. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bringup.h"
#include "lines.h"

/* A planner that takes longer hangs: the system is to come up. */
#define PATIENCE_SECONDS 600

static char last_words[256];

static void say_line(const char *line)
{
	snprintf(last_words, sizeof(last_words), "%s", line);
	complain("planner: %s", line);
	port_say("say", line);
}

/* Until it has closed what it writes to; false where it takes too long. */
static bool relay(int fd)
{
	time_t deadline = time(NULL) + PATIENCE_SECONDS;
	struct lines lines = {};

	while (time(NULL) < deadline) {
		struct pollfd output = { .fd = fd, .events = POLLIN };

		if (poll(&output, 1, 1000) > 0 && !relay_lines(fd, &lines, say_line))
			return true;
	}
	return false;
}

static void __attribute__((noreturn)) become(const char *program, const char *vmcore, const char *plan, int out)
{
	int adjust = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* Whatever else runs here is needed. */
	if (adjust >= 0 && write(adjust, "1000", 4) < 0)
		complain("note: oom_score_adj: %s", strerror(errno));
	setsid();
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(out, 1);
	dup2(out, 2);
	prepare_program();
	execl(program, program, vmcore, plan, NULL);
	dprintf(2, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

/* What it used: the crash kernel's memory is small, and whoever reserves it wants to know. */
static void say_use(const struct rusage *use, int64_t nanoseconds)
{
	char text[128];

	snprintf(text, sizeof(text), "planner: %.1f s (%.1f s of processor), %ld MiB of memory at most", nanoseconds / 1e9,
		 use->ru_utime.tv_sec + use->ru_stime.tv_sec + (use->ru_utime.tv_usec + use->ru_stime.tv_usec) / 1e6,
		 use->ru_maxrss / 1024);
	complain("%s", text);
	port_say("say", text);
}

const char *run_planner(const char *program, const char *vmcore, const char *plan)
{
	static char why[384];
	int64_t began = clock_ns(CLOCK_BOOTTIME);
	struct rusage use;
	int out[2], status;
	bool ended;
	pid_t child;

	if (pipe2(out, O_CLOEXEC) < 0)
		return "no pipe for the planner";
	stage("planning", began);
	child = fork();
	if (child == 0)
		become(program, vmcore, plan, out[1]);
	close(out[1]);
	if (child < 0)
		return "no process for the planner";
	ended = relay(out[0]);
	close(out[0]);
	if (!ended)
		kill(-child, SIGKILL);
	while (wait4(child, &status, 0, &use) < 0 && errno == EINTR)
		;
	say_use(&use, clock_ns(CLOCK_BOOTTIME) - began);
	stage("planned", clock_ns(CLOCK_BOOTTIME));
	if (!ended)
		return "the planner took too long";
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return NULL;
	snprintf(why, sizeof(why), "the planner failed (%s %d)%s%s", WIFEXITED(status) ? "exit code" : "signal",
		 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), *last_words ? ": " : "", last_words);
	return why;
}
