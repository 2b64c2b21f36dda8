// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors of the executor's own stand where no process of the plan has any. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "executor.h"
#include "sys.h"

int move_up(int fd)
{
	int moved;

	if (fd < 0)
		return fd == -1 ? -errno : fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, ex.fd_base);
	if (moved < 0)
		moved = -errno;
	close(fd);
	return moved;
}

int open_up(const char *path, int flags)
{
	long fd = sys(openat, AT_FDCWD, path, flags | O_CLOEXEC, 0), moved;

	if (fd < 0)
		return fd;
	moved = sys(fcntl, fd, F_DUPFD_CLOEXEC, ex.fd_base);
	sys(close, fd);
	return moved;
}
