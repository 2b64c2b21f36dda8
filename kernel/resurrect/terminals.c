// SPDX-License-Identifier: GPL-2.0-only
/*
 * Terminals: real ones are opened by name; of ptys the plan's steps make masters before slaves, and all that concerns both
 * sides is done with the second. A slave that nobody had open is not left open: what a master reads tells the difference.
 */
#include "terminals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif
#define MOST_PTYS 4096 /* NR_UNIX98_PTY_MAX */

static const struct owp_terminal *terminal_at(uint32_t index)
{
	return RECORD(terminal, TERMINAL, index);
}

int get_termios(int fd, struct termios2 *termios)
{
	return ioctl(fd, TCGETS2, termios) < 0 ? -errno : 0;
}

int set_termios(int fd, const struct termios2 *termios)
{
	return ioctl(fd, TCSETS2, termios) < 0 ? -errno : 0;
}

struct termios2 termios_of(const struct owp_terminal *terminal)
{
	struct termios2 termios = {
		.c_iflag = terminal->iflag,
		.c_oflag = terminal->oflag,
		.c_cflag = terminal->cflag,
		.c_lflag = terminal->lflag,
		.c_line = terminal->discipline,
		.c_ispeed = terminal->input_speed,
		.c_ospeed = terminal->output_speed,
	};

	memcpy(termios.c_cc, terminal->cc, NCCS_KERNEL);
	return termios;
}

static int set_window(int fd, const struct owp_terminal *terminal)
{
	struct winsize {
		unsigned short rows, columns, x, y;
	} size = { terminal->rows, terminal->columns, terminal->x_pixels, terminal->y_pixels };

	return ioctl(fd, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

/* --- real terminals */

static int make_device(uint32_t object, const struct owp_terminal *terminal)
{
	struct termios2 termios = termios_of(terminal);
	char path[64];
	int fd, error;

	snprintf(path, sizeof(path), "/dev/%s", owp_string(&ex.plan, terminal->name));
	/* Not blocking: a serial line may wait for a carrier. */
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = FAULT_POINT("make_terminal.settings");
	if (!error)
		error = set_termios(fd, &termios);
	if (!error)
		error = set_window(fd, terminal);
	if (error) {
		close(fd);
		return error;
	}
	/* Nobody can type on a line in place of who sits there. */
	if (terminal->input.bytes)
		complain("note: %s: %llu bytes of unread input are gone", path, (unsigned long long)terminal->input.bytes);
	ex.terminal_fd[object] = move_up(fd);
	return 0;
}

/* --- ptys */

static const char *master_path(uint32_t object)
{
	uint32_t file = find_file(OWP_FILE_KIND_TERMINAL, object, 0);

	return file == OWP_NONE ? "/dev/ptmx" : owp_string(&ex.plan, RECORD(file, FILE, file)->path);
}

/* Numbers are given lowest first: those below the one wanted are held until it comes. */
static int open_master(const char *path, uint32_t wanted)
{
	static int held[MOST_PTYS];
	int count = 0, result = -EBUSY;

	while (count < MOST_PTYS) {
		int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		unsigned int number = 0;

		if (fd < 0 || ioctl(fd, TIOCGPTN, &number) < 0) {
			result = -errno;
			if (fd >= 0)
				close(fd);
			break;
		}
		if (number == wanted) {
			result = fd;
			break;
		}
		held[count++] = fd;
		if (number > wanted)
			break;
	}
	while (count)
		close(held[--count]);
	return result;
}

static int make_master(uint32_t object, const struct owp_terminal *terminal)
{
	int fd = open_master(master_path(object), terminal->index), open_slave = 0;
	int error = FAULT_POINT("make_terminal.master");

	if (fd < 0)
		return fd;
	if (!error && ioctl(fd, TIOCSPTLCK, &open_slave) < 0)
		error = -errno;
	if (error) {
		close(fd);
		return error;
	}
	ex.terminal_fd[object] = move_up(fd);
	return 0;
}

static bool is_held(uint32_t object)
{
	const struct owp_process *process = RECORD(process, PROCESS, 0);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, PROCESS); i++) {
		if (process[i].terminal == object)
			return true;
	}
	return find_file(OWP_FILE_KIND_TERMINAL, object, 0) != OWP_NONE;
}

/* The settings are final by now. Being stopped is something that a master in packet mode is told of, if it is in it already. */
static int settle_flow(int master, int slave, const struct owp_terminal *ours, const struct owp_terminal *theirs)
{
	bool stopped = ours->flags & OWP_TERMINAL_FLAG_STOPPED, told = theirs->packet_status & TIOCPKT_STOP;
	int packet = !!(theirs->flags & OWP_TERMINAL_FLAG_PACKET), error = 0;

	if (stopped && !told)
		error = type_stop(master, slave, ours);
	if (!error && packet && ioctl(master, TIOCPKT, &packet) < 0)
		error = -errno;
	if (!error && stopped && told)
		error = type_stop(master, slave, ours);
	return error;
}

static int settle_pair(int master, int slave, const struct owp_terminal *ours, const struct owp_terminal *theirs)
{
	struct termios2 termios = termios_of(ours);
	int error = type_input(master, ours);

	if (!error)
		error = write_output(master, slave, theirs);
	if (!error)
		error = set_termios(master, &termios);
	if (!error)
		error = set_window(master, ours);
	if (!error)
		error = settle_flow(master, slave, ours, theirs);
	if (!error && ours->received.bytes &&
	    write(master, owp_bytes(&ex.plan, ours->received), ours->received.bytes) != ours->received.bytes)
		error = -EIO;
	if (!error && (ours->flags & OWP_TERMINAL_FLAG_EXCLUSIVE) && ioctl(slave, TIOCEXCL) < 0)
		error = -errno;
	return error;
}

static int make_slave(uint32_t object, const struct owp_terminal *terminal)
{
	int master = terminal->other == OWP_NONE ? -1 : ex.terminal_fd[terminal->other];
	const struct owp_terminal *theirs = terminal->other == OWP_NONE ? NULL : terminal_at(terminal->other);
	int locked = theirs && (theirs->flags & OWP_TERMINAL_FLAG_LOCKED);
	/* Opened at the least for what is written to its master; else the master would read its end. */
	bool open_it = is_held(object) || (theirs && ((theirs->flags & OWP_TERMINAL_FLAG_OTHER_CLOSED) ||
						      theirs->input.bytes || theirs->received.bytes)) ||
		       (terminal->flags & (OWP_TERMINAL_FLAG_STOPPED | OWP_TERMINAL_FLAG_EXCLUSIVE));
	int slave = -1, error = FAULT_POINT("make_terminal.slave");

	if (error)
		return error;
	if (master < 0)
		return -EBADF;
	if (open_it) {
		/* Not O_CLOEXEC, which this call leaves in the flags of the description. */
		slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
		if (slave < 0)
			return -errno;
	}
	error = settle_pair(master, slave, terminal, theirs);
	if (!error && locked && ioctl(master, TIOCSPTLCK, &locked) < 0)
		error = -errno;
	if (error || slave < 0) {
		if (slave >= 0)
			close(slave);
		return error;
	}
	ex.terminal_fd[object] = move_up(slave);
	return 0;
}

int op_make_terminal(uint32_t object)
{
	const struct owp_terminal *terminal = terminal_at(object);

	switch (terminal->kind) {
	case OWP_TERMINAL_KIND_PTY_MASTER:
		return make_master(object, terminal);
	case OWP_TERMINAL_KIND_PTY_SLAVE:
		return make_slave(object, terminal);
	default:
		return make_device(object, terminal);
	}
}

/* A slave that was hung up while its master is still there: every description of it is open by now. */
int finish_terminal(uint32_t object)
{
	const struct owp_terminal *terminal = terminal_at(object);
	int fd = ex.terminal_fd[object];

	if (terminal->kind != OWP_TERMINAL_KIND_PTY_SLAVE || !(terminal->flags & OWP_TERMINAL_FLAG_HUNG_UP) || fd < 0)
		return 0;
	return ioctl(fd, TIOCVHANGUP) < 0 ? -errno : 0;
}
