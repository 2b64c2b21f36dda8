// SPDX-License-Identifier: GPL-2.0-only
/*
 * What PID 1 of the world does once all go on: leaves word of what came of it, runs the program of ow.after=, keeps logins on
 * the consoles, and reaps.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bringup.h"
#include "lines.h"

/* Where no host keeps them: for `ow plan journal`. */
#define RECORDS "/var/lib/otherworld"

static void keep(const char *path, const void *bytes, size_t count)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, bytes, count) != (ssize_t)count || fsync(fd) < 0)
		complain("note: %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void leave_journal(void)
{
	size_t have, limit;
	char *bytes = journal_so_far(&have, &limit);

	if (!bytes)
		return;
	port_send("journal", bytes, have);
	if (ex.planned_here) {
		mkdir(RECORDS, 0700);
		keep(RECORDS "/plan.owplan", ex.plan.base, ex.plan.bytes);
		keep(RECORDS "/journal", bytes, have);
	}
	munmap(bytes, limit);
}

/* The program of ow.after=; what it prints is said on the port. */
static struct {
	pid_t pid; /* 0: it has ended */
	int status;
	int output; /* -1: all is said */
	bool told;
} after = { .output = -1, .told = true };

static void say_line(const char *line)
{
	port_say("say", line);
}

static void start_after(const char *program)
{
	int out[2];

	if (pipe2(out, O_CLOEXEC) < 0)
		return complain("note: %s: %s", program, strerror(errno));
	after.pid = fork();
	if (after.pid == 0) {
		setsid();
		dup2(out[1], 1);
		dup2(out[1], 2);
		prepare_program();
		execl("/bin/sh", "sh", program, NULL);
		_exit(127);
	}
	close(out[1]);
	after.output = out[0];
	after.told = false;
	if (after.pid > 0)
		return;
	after.pid = 0;
	after.status = -1;
}

/* Once it has ended, and all that it said is passed on. */
static void tell_after(void)
{
	char text[32];
	int code = WIFEXITED(after.status) ? WEXITSTATUS(after.status) : 128 + WTERMSIG(after.status);

	if (after.told || after.pid || after.output >= 0)
		return;
	snprintf(text, sizeof(text), "%d", code);
	port_say("after", text);
	port_say("done", "");
	after.told = true;
}

static void reap(void)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
		if (ended == after.pid) {
			after.pid = 0;
			after.status = status;
		} else {
			login_ended(ended);
		}
	}
}

/* SIGCHLD as a descriptor's, so that nothing is missed between a look and a wait. */
static int hear_of_children(void)
{
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	return move_up(signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
}

void live_on(void)
{
	struct signalfd_siginfo signals[8];
	struct lines said = {};
	int children = hear_of_children();
	const char *program = option("ow.after", "");

	skip_unreached();
	leave_journal();
	if (*program)
		start_after(program);
	else
		port_say("done", "");
	choose_logins();
	for (;;) {
		struct pollfd ready[] = { { children, POLLIN, 0 }, { after.output, POLLIN, 0 } };

		reap();
		tell_after();
		poll(ready, 2, keep_logins());
		while (read(children, signals, sizeof(signals)) > 0)
			;
		if (ready[1].revents && !relay_lines(after.output, &said, say_line)) {
			close(after.output);
			after.output = -1;
		}
	}
}
