// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pipes and FIFOs. Both ends are open here, so nothing that is written is lost, and opening one end waits for nobody; that
 * nobody has an end any more shows when the executor closes its own (close_objects).
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects.h"

#define PACKET 0x8 /* PIPE_BUF_FLAG_PACKET */

static const struct owp_pipe_buffer *buffer_of(const struct owp_pipe *pipe, uint32_t index)
{
	return RECORD(pipe_buffer, PIPE_BUFFER, pipe->buffers.first + index);
}

static int open_ends(const struct owp_pipe *pipe, int ends[2], bool *made)
{
	const char *path = owp_string(&ex.plan, pipe->path);

	if (!*path)
		return pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0 ? -errno : 0;
	/* Its making may not have come to the disk. */
	*made = mkfifo(path, 0644) == 0;
	if (!*made && errno != EEXIST)
		return -errno;
	ends[0] = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (ends[0] < 0)
		return -errno;
	ends[1] = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
	return ends[1] < 0 ? -errno : 0;
}

static int fill(int fd, const struct owp_pipe *pipe)
{
	int flags = fcntl(fd, F_GETFL), error = 0;

	for (uint32_t i = 0; !error && i < pipe->buffers.count; i++) {
		const struct owp_pipe_buffer *buffer = buffer_of(pipe, i);
		int packets = buffer->flags & PACKET ? O_DIRECT : 0;

		error = FAULT_POINT("make_pipe.fill");
		if (!error && fcntl(fd, F_SETFL, (flags & ~O_DIRECT) | packets) < 0)
			error = -errno;
		if (!error && write(fd, owp_bytes(&ex.plan, buffer->contents), buffer->contents.bytes) !=
				      buffer->contents.bytes)
			error = -EAGAIN;
		ex.child = error ? (int32_t)i : ex.child;
	}
	fcntl(fd, F_SETFL, flags);
	return error;
}

static void close_ends(const int ends[2])
{
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			close(ends[i]);
	}
}

int op_make_pipe(uint32_t object)
{
	const struct owp_pipe *pipe = RECORD(pipe, PIPE, object);
	int ends[2] = { -1, -1 }, error = FAULT_POINT("make_pipe.open");
	bool made = false;

	if (!error)
		error = open_ends(pipe, ends, &made);
	/* A size of 0 was never set: the pipe was never opened. */
	if (!error && pipe->capacity && fcntl(ends[1], F_SETPIPE_SZ, pipe->capacity * PAGE) < 0)
		error = -errno;
	if (!error)
		error = fill(ends[1], pipe);
	/* Its two ends block or do not, as whoever has them said (open_file). */
	for (int i = 0; !error && i < 2; i++) {
		ends[i] = move_up(ends[i]);
		error = ends[i] < 0 ? ends[i] : 0;
	}
	if (error) {
		close_ends(ends);
		if (made)
			unlink(owp_string(&ex.plan, pipe->path));
		return error;
	}
	ex.pipe_fd[object][0] = ends[0];
	ex.pipe_fd[object][1] = ends[1];
	return 0;
}
