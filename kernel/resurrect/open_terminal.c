// SPDX-License-Identifier: GPL-2.0-only
/* Open file descriptions of terminals. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "open_files.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif
#define OPENABLE (O_ACCMODE | O_APPEND | O_SYNC | O_DIRECT | O_NOATIME)

struct by_control {
	int terminal; /* to be controlled by */
	int flags;
	int fd; /* out */
};

/*
 * In a child, which leads a session of its own: /dev/tty is whatever terminal controls who opens it, and afterwards that
 * terminal, opened under that name. Giving it up before the end leaves its users in peace.
 */
static int open_controlling(void *argument)
{
	struct by_control *open_it = argument;
	int error = 0;

	signal(SIGHUP, SIG_IGN);
	signal(SIGCONT, SIG_IGN);
	if (setsid() < 0 || ioctl(open_it->terminal, TIOCSCTTY, 1) < 0)
		return -errno;
	open_it->fd = open("/dev/tty", open_it->flags | O_NONBLOCK | O_CLOEXEC);
	if (open_it->fd < 0)
		error = -errno;
	ioctl(open_it->terminal, TIOCNOTTY);
	return error;
}

static int open_slave(int master, const struct owp_file *file)
{
	int flags = (file->flags & OPENABLE) | O_NOCTTY | O_NONBLOCK, fd;

	/* By way of its master there is no O_LARGEFILE, by its name always; and O_CLOEXEC would stay in the flags. */
	if (!(file->flags & KERNEL_LARGEFILE) && master >= 0)
		fd = ioctl(master, TIOCGPTPEER, flags);
	else
		fd = open(owp_string(&ex.plan, file->path), flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_other(const struct owp_file *file, const struct owp_terminal *terminal)
{
	int master = terminal->other == OWP_NONE ? -1 : ex.terminal_fd[terminal->other];
	int locked = 0, unlocked = 0, fd;
	struct by_control by_control = { ex.terminal_fd[file->target], file->flags & OPENABLE, -1 };
	int error;

	if (strcmp(owp_string(&ex.plan, file->path), "/dev/tty") == 0) {
		error = run_as(NOBODY_ELSE, open_controlling, &by_control, sizeof(by_control));
		return error ? error : by_control.fd;
	}
	/* A lock keeps the next one out, not those that were in. */
	if (master >= 0 && ioctl(master, TIOCGPTLCK, &locked) == 0 && locked)
		ioctl(master, TIOCSPTLCK, &unlocked);
	fd = open_slave(master, file);
	if (locked)
		ioctl(master, TIOCSPTLCK, &locked);
	return fd;
}

int open_terminal(const struct owp_file *file)
{
	const struct owp_terminal *terminal = RECORD(terminal, TERMINAL, file->target);
	int made = ex.terminal_fd[file->target], fd;

	if (made < 0)
		return -EBADF;
	if (terminal->kind == OWP_TERMINAL_KIND_PTY_MASTER)
		fd = fcntl(made, F_DUPFD_CLOEXEC, ex.fd_base);
	else
		fd = open_other(file, terminal);
	if (fd == -1)
		return -errno;
	return fd < 0 ? fd : move_up(fd);
}
