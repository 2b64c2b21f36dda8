// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "executor.h"

/* Nobody makes them yet: who is in one ends (process.c). */
static int make_namespace(uint32_t object)
{
	(void)object;
	return -EOPNOTSUPP;
}

/* Operations that the executor does itself; the others are done by the processes. */
static operation *const operations[] = {
	[OWP_OP_MAKE_NAMESPACE] = make_namespace,
	[OWP_OP_WRITE_BACK] = op_write_back,
	[OWP_OP_FILL_TMPFS] = op_fill_tmpfs,
	[OWP_OP_MAKE_SHARED_MEMORY] = op_make_shared_memory,
	[OWP_OP_MAKE_SHM_SEGMENT] = op_make_shm_segment,
	[OWP_OP_MAKE_SEMAPHORES] = op_make_semaphores,
	[OWP_OP_MAKE_MESSAGE_QUEUE] = op_make_message_queue,
	[OWP_OP_MAKE_TERMINAL] = op_make_terminal,
	[OWP_OP_MAKE_PIPE] = op_make_pipe,
	[OWP_OP_MAKE_SOCKET] = op_make_socket,
	[OWP_OP_MAKE_EVENTFD] = op_make_eventfd,
	[OWP_OP_MAKE_TIMERFD] = op_make_timerfd,
	[OWP_OP_MAKE_SIGNALFD] = op_make_signalfd,
	[OWP_OP_MAKE_INOTIFY] = op_make_inotify,
	[OWP_OP_MAKE_EPOLL] = op_make_epoll,
	[OWP_OP_OPEN_INODE] = op_open_inode,
	[OWP_OP_OPEN_FILE] = op_open_file,
	[OWP_OP_WATCH] = op_watch,
};

operation *operation_of(uint32_t op)
{
	return op < sizeof(operations) / sizeof(*operations) ? operations[op] : NULL;
}
