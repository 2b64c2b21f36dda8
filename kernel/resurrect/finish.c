// SPDX-License-Identifier: GPL-2.0-only
/* What is done with objects between and behind the steps: see objects.h. */
#include <unistd.h>

#include "sockets.h"

static void close_all(int *table, uint64_t count)
{
	for (uint64_t i = 0; table && i < count; i++) {
		if (table[i] >= 0)
			close(table[i]);
		table[i] = -1;
	}
}

typedef int finishing(uint32_t object);
typedef void failing(uint32_t op, uint32_t object, int error);

static int each(uint64_t count, finishing *finish, uint32_t op, failing *failed)
{
	int first = 0;

	for (uint64_t i = 0; i < count; i++) {
		int error;

		ex.child = -1;
		ex.detail = 0;
		error = finish(i);
		if (error && failed)
			failed(op, i, error);
		first = first ? first : error;
	}
	return first;
}

/* Deleted files: descriptions of theirs are open by now, and one that may write keeps a program from being run. */
void after_objects(failing *failed)
{
	each(OWP_COUNT(&ex.plan, MOUNT), settle_tmpfs_times, OWP_OP_FILL_TMPFS, failed);
	close_all(ex.inode_fd, OWP_COUNT(&ex.plan, INODE));
}

int after_files(failing *failed)
{
	int late = each(OWP_COUNT(&ex.plan, FILE), open_late_file, OWP_OP_OPEN_FILE, failed);
	int owned = each(OWP_COUNT(&ex.plan, FILE), own_file, OWP_OP_OPEN_FILE, failed);
	int filled = each(OWP_COUNT(&ex.plan, SOCKET), fill_socket_queue, OWP_OP_MAKE_SOCKET, failed);

	return late ? late : owned ? owned : filled;
}

int after_memory(failing *failed)
{
	int sealed = each(OWP_COUNT(&ex.plan, SHARED_MEMORY), seal_shared_memory, OWP_OP_MAKE_SHARED_MEMORY, failed);
	int marked = each(OWP_COUNT(&ex.plan, SHM_SEGMENT), finish_shm_segment, OWP_OP_MAKE_SHM_SEGMENT, failed);
	int hung_up = each(OWP_COUNT(&ex.plan, TERMINAL), finish_terminal, OWP_OP_MAKE_TERMINAL, failed);
	/* Of all instances: what one is told another one is not to see. */
	int told = each(OWP_COUNT(&ex.plan, INOTIFY), tell_inotify_events, OWP_OP_MAKE_INOTIFY, failed);
	int watching = each(OWP_COUNT(&ex.plan, INOTIFY), finish_inotify, OWP_OP_MAKE_INOTIFY, failed);

	return sealed ? sealed : marked ? marked : hung_up ? hung_up : told ? told : watching;
}

void close_objects(void)
{
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, SOCKET); i++)
		close_hidden_peer(i);
	close_cellar();
	close_all(ex.file_fd, OWP_COUNT(&ex.plan, FILE));
	close_all(ex.inode_fd, OWP_COUNT(&ex.plan, INODE));
	close_all(ex.shared_memory_fd, OWP_COUNT(&ex.plan, SHARED_MEMORY));
	close_all(&ex.pipe_fd[0][0], 2 * OWP_COUNT(&ex.plan, PIPE));
	close_all(ex.terminal_fd, OWP_COUNT(&ex.plan, TERMINAL));
	close_all(ex.socket_fd, OWP_COUNT(&ex.plan, SOCKET));
	close_all(ex.object_fd[OBJECT_EVENTFD], OWP_COUNT(&ex.plan, EVENTFD));
	close_all(ex.object_fd[OBJECT_EPOLL], OWP_COUNT(&ex.plan, EPOLL));
	close_all(ex.object_fd[OBJECT_TIMERFD], OWP_COUNT(&ex.plan, TIMERFD));
	close_all(ex.object_fd[OBJECT_SIGNALFD], OWP_COUNT(&ex.plan, SIGNALFD));
	close_all(ex.object_fd[OBJECT_INOTIFY], OWP_COUNT(&ex.plan, INOTIFY));
	close_all(ex.object_fd[OBJECT_MESSAGE_QUEUE], OWP_COUNT(&ex.plan, MESSAGE_QUEUE));
}
