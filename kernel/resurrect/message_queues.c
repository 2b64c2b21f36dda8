// SPDX-License-Identifier: GPL-2.0-only
/* Message queues of System V and POSIX, with what waits in them. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ipc.h"
#include "objects.h"

static const struct owp_message *message_of(const struct owp_message_queue *queue, uint32_t index)
{
	return RECORD(message, MESSAGE, queue->messages.first + index);
}

/* --- System V */

struct get_queue {
	key_t key;
	int flags, id;
};

static int get_queue(void *argument)
{
	struct get_queue *get = argument;

	get->id = msgget(get->key, get->flags);
	return get->id < 0 ? -errno : 0;
}

static int send_one(int id, const struct owp_message *message)
{
	struct msgbuf *buffer = malloc(sizeof(long) + message->contents.bytes + 1);
	int error = 0;

	if (!buffer)
		return -ENOMEM;
	buffer->mtype = message->type;
	memcpy(buffer->mtext, owp_bytes(&ex.plan, message->contents), message->contents.bytes);
	if (msgsnd(id, buffer, message->contents.bytes, IPC_NOWAIT) < 0)
		error = -errno;
	free(buffer);
	return error;
}

struct use {
	int id;
	const struct owp_message *message; /* NULL: one of no length, for nobody to see */
};

static int send_it(void *argument)
{
	const struct use *use = argument;
	const struct msgbuf empty = { .mtype = 1 };

	if (use->message)
		return send_one(use->id, use->message);
	return msgsnd(use->id, &empty, 0, IPC_NOWAIT) < 0 ? -errno : 0;
}

static int receive_it(void *argument)
{
	const struct use *use = argument;
	struct msgbuf empty;

	return msgrcv(use->id, &empty, 0, 0, IPC_NOWAIT) < 0 ? -errno : 0;
}

/* The kernel notes the PID of who used it last. */
static int use_as(int32_t pid, int (*fn)(void *), struct use use)
{
	const struct as who = { .pid = pid, .root_fd = -1 };

	return pid > 1 ? run_as(who, fn, &use, sizeof(use)) : fn(&use);
}

/* Of who received last and, where none of his messages is there any more, of who sent it. */
static int note_users(int id, const struct owp_message_queue *queue)
{
	int error;

	if (!queue->last_receiver)
		return 0;
	error = use_as(queue->messages.count ? 0 : queue->last_sender, send_it, (struct use){ .id = id });
	return error ? error : use_as(queue->last_receiver, receive_it, (struct use){ .id = id });
}

static int send_messages(int id, const struct owp_message_queue *queue)
{
	int error = 0;

	for (uint32_t i = 0; !error && i < queue->messages.count; i++) {
		bool last = i + 1 == queue->messages.count;

		error = FAULT_POINT("make_message_queue.send");
		if (!error)
			error = use_as(last ? queue->last_sender : 0, send_it,
				       (struct use){ id, message_of(queue, i) });
		ex.child = error ? (int32_t)i : ex.child;
	}
	return error;
}

static int settle_queue(int id, const struct owp_message_queue *queue)
{
	struct msqid_ds now;
	int error;

	if (id != queue->ipc_id) {
		ex.detail = id;
		return -EEXIST;
	}
	error = note_users(id, queue);
	if (error)
		return error;
	if (msgctl(id, IPC_STAT, &now) < 0)
		return -errno;
	now.msg_perm.uid = queue->uid;
	now.msg_perm.gid = queue->gid;
	now.msg_perm.mode = queue->mode & 0777;
	now.msg_qbytes = queue->byte_limit;
	if (msgctl(id, IPC_SET, &now) < 0)
		return -errno;
	return send_messages(id, queue);
}

static int make_system_v(const struct owp_message_queue *queue)
{
	struct get_queue get = { .key = queue->key, .flags = IPC_CREAT | IPC_EXCL | (queue->mode & 0777) };
	struct as who = { .uid = queue->creator_uid, .gid = queue->creator_gid, .root_fd = -1 };
	int error = choose_ipc_id("msg", queue->ipc_id);

	if (!error)
		error = run_as(who, get_queue, &get, sizeof(get));
	if (error)
		return error;
	error = settle_queue(get.id, queue);
	if (error)
		msgctl(get.id, IPC_RMID, NULL);
	return error;
}

/* --- POSIX */

/* Without the leading slash, as the system call has it; of one that is unlinked what its open files are called. */
static void name_of(uint32_t object, char *name, size_t room)
{
	const char *path = owp_string(&ex.plan, RECORD(message_queue, MESSAGE_QUEUE, object)->name);
	uint32_t file = find_file(OWP_FILE_KIND_MESSAGE_QUEUE, object, 0);
	char *deleted;

	if (!*path && file != OWP_NONE)
		path = owp_string(&ex.plan, RECORD(file, FILE, file)->path);
	snprintf(name, room, "%s", *path == '/' ? path + 1 : path);
	deleted = strstr(name, " (deleted)");
	if (deleted)
		*deleted = 0;
}

static int fill_posix(int fd, const struct owp_message_queue *queue)
{
	const struct timespec at_once = { 0 };
	int error = set_owner(fd, queue->mode, queue->uid, queue->gid);

	for (uint32_t i = 0; !error && i < queue->messages.count; i++) {
		const struct owp_message *message = message_of(queue, i);

		error = FAULT_POINT("make_message_queue.send");
		if (!error && syscall(SYS_mq_timedsend, fd, owp_bytes(&ex.plan, message->contents),
				      message->contents.bytes, (unsigned int)message->type, &at_once) < 0)
			error = -errno;
		ex.child = error ? (int32_t)i : ex.child;
	}
	return error;
}

static int open_posix(const char *name, const struct owp_message_queue *queue)
{
	struct mq_attr limits = { .mq_maxmsg = queue->message_limit, .mq_msgsize = queue->byte_limit };
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit had;
	int fd;

	/* Queues count against the limit of whoever makes them. O_CLOEXEC would stay in the flags of the description. */
	getrlimit(RLIMIT_MSGQUEUE, &had);
	setrlimit(RLIMIT_MSGQUEUE, &all);
	fd = syscall(SYS_mq_open, name, O_CREAT | O_EXCL | O_RDWR, 0600, &limits);
	if (fd < 0)
		fd = -errno;
	setrlimit(RLIMIT_MSGQUEUE, &had);
	return fd;
}

static int make_posix(uint32_t object, const struct owp_message_queue *queue)
{
	char name[256];
	int fd, error;

	name_of(object, name, sizeof(name));
	fd = open_posix(name, queue);
	if (fd < 0)
		return fd;
	error = fill_posix(fd, queue);
	if (error || !queue->name.bytes)
		syscall(SYS_mq_unlink, name);
	if (error) {
		close(fd);
		return error;
	}
	ex.object_fd[OBJECT_MESSAGE_QUEUE][object] = move_up(fd);
	return 0;
}

int op_make_message_queue(uint32_t object)
{
	const struct owp_message_queue *queue = RECORD(message_queue, MESSAGE_QUEUE, object);
	int error = FAULT_POINT("make_message_queue.get");

	if (error)
		return error;
	if (!is_initial(queue->namespace))
		return -EOPNOTSUPP;
	return queue->posix ? make_posix(object, queue) : make_system_v(queue);
}
