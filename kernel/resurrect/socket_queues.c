// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sockets had received and nobody had read: sent again, by the other end, or by one that has the sender's name for a
 * moment. Behind the tree of processes and all open files, for descriptors and credentials are among it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets.h"

#define MOST_PASSED 253 /* SCM_MAX_FD */
#define ROOM (4 << 20)

struct sending {
	int fd;
	const struct owp_packet *packet;
	struct unix_name to; /* empty where it is connected */
	bool is_unix;
	pid_t pid;
	int files[MOST_PASSED];
	int count;
};

static int collect_files(struct sending *send)
{
	const struct owp_packet *packet = send->packet;

	for (uint32_t i = 0; i < packet->files.count && send->count < MOST_PASSED; i++) {
		uint32_t file = RECORD(passed_file, PASSED_FILE, packet->files.first + i)->file;

		if (file == OWP_NONE)
			continue;
		if (ex.file_fd[file] < 0)
			return -EBADF;
		send->files[send->count++] = ex.file_fd[file];
	}
	return 0;
}

static void add_control(struct msghdr *message, int type, const void *data, size_t bytes)
{
	struct cmsghdr *head = (struct cmsghdr *)((char *)message->msg_control + message->msg_controllen);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = type;
	head->cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(head), data, bytes);
	message->msg_controllen += CMSG_SPACE(bytes);
}

/* Descriptors and credentials go with the first byte, as they did. */
static int send_packet(void *argument)
{
	const struct sending *send = argument;
	const struct owp_packet *packet = send->packet;
	char control[CMSG_SPACE(sizeof(int) * MOST_PASSED) + CMSG_SPACE(sizeof(struct ucred))]
		__attribute__((aligned(8))) = { 0 };
	struct iovec part = { (void *)owp_bytes(&ex.plan, packet->contents), packet->contents.bytes };
	struct ucred who = { send->pid, packet->uid, packet->gid };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control };

	if (send->to.bytes) {
		message.msg_name = (void *)&send->to.address;
		message.msg_namelen = send->to.bytes;
	}
	if (send->count)
		add_control(&message, SCM_RIGHTS, send->files, sizeof(int) * send->count);
	if (send->is_unix && packet->pid)
		add_control(&message, SCM_CREDENTIALS, &who, sizeof(who));
	do {
		ssize_t sent = sendmsg(send->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0)
			return -errno;
		part.iov_base = (char *)part.iov_base + sent;
		part.iov_len -= sent;
		message.msg_controllen = 0;
	} while (part.iov_len);
	return 0;
}

/* A socket of the plan with this name, that is open. */
static int socket_named(const struct owp_socket *like, struct owp_blob name)
{
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, SOCKET); i++) {
		const struct owp_socket *socket = socket_at(i);

		if (ex.socket_fd[i] >= 0 && socket->family == like->family && socket->type == like->type &&
		    socket->local.bytes == name.bytes &&
		    memcmp(owp_bytes(&ex.plan, socket->local), owp_bytes(&ex.plan, name), name.bytes) == 0)
			return ex.socket_fd[i];
	}
	return -1;
}

/* A sender that is gone, or that is not in the plan. */
static int stand_in(const struct owp_socket *socket_, struct owp_blob from)
{
	int fd = socket(socket_->family, socket_->type | SOCK_CLOEXEC, socket_->protocol), on = 1, error = 0;
	struct unix_name name;

	if (fd < 0)
		return -errno;
	if (socket_->family == AF_UNIX) {
		name = name_in(from);
		error = bind_unix(fd, &name, socket_, true);
	} else if (from.bytes) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		error = bind(fd, owp_bytes(&ex.plan, from), from.bytes) < 0 ? -errno : 0;
	}
	if (error)
		close(fd);
	return error ? error : fd;
}

/* Room for all of it: what was sent in many turns is sent in one now. The buffer is put back afterwards. */
static int raise_buffer(int fd)
{
	int room = ROOM, had = 0;
	socklen_t bytes = sizeof(had);

	getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &had, &bytes);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	return had / 2;
}

static int try_to_send(struct sending *send, pid_t pid)
{
	struct as where = within(&send->to, NOBODY_ELSE);

	send->pid = pid;
	return where.root_fd < 0 ? send_packet(send) : run_as(where, send_packet, send, sizeof(*send));
}

static int deliver(struct sending *send)
{
	int had = raise_buffer(send->fd), error = try_to_send(send, send->packet->pid);

	/* Who sent it has ended: the kernel takes no credentials of nobody. */
	if (error == -ESRCH)
		error = try_to_send(send, getpid());
	setsockopt(send->fd, SOL_SOCKET, SO_SNDBUFFORCE, &had, sizeof(had));
	return error;
}

/* The other end, where it is connected to one; -1: to nobody. */
static int other_end(uint32_t index)
{
	uint32_t peer = socket_at(index)->peer;

	if (socket_at(index)->family != AF_UNIX)
		return -1;
	return peer == OWP_NONE ? *hidden_peer(index) : ex.socket_fd[peer];
}

static struct unix_name destination(const struct owp_socket *socket)
{
	struct unix_name name = { .bytes = socket->local.bytes };

	if (socket->family == AF_UNIX)
		return name_of(socket);
	if (name.bytes <= sizeof(name.address))
		memcpy(&name.address, owp_bytes(&ex.plan, socket->local), name.bytes);
	return name;
}

static int receive(uint32_t index, const struct owp_packet *packet)
{
	const struct owp_socket *socket = socket_at(index);
	struct sending send = { .packet = packet, .is_unix = socket->family == AF_UNIX };
	bool passing = false;
	int error = collect_files(&send);

	if (error)
		return error;
	send.fd = other_end(index);
	if (send.fd < 0) {
		send.to = destination(socket);
		send.fd = packet->from.bytes ? socket_named(socket, packet->from) : -1;
	}
	if (send.fd < 0) {
		send.fd = stand_in(socket, packet->from);
		passing = true;
	}
	if (send.fd < 0)
		return send.fd;
	error = deliver(&send);
	if (passing)
		close(send.fd);
	return error;
}

static bool is_done(uint32_t index, bool now)
{
	static bool *done;

	if (!done)
		done = calloc(OWP_COUNT(&ex.plan, SOCKET), sizeof(*done));
	if (done && now)
		done[index] = true;
	return done && done[index];
}

static void shut(uint32_t index)
{
	uint32_t flags = socket_at(index)->flags;

	if (flags & OWP_SOCKET_FLAG_SHUT_RECEIVE)
		shutdown(ex.socket_fd[index], SHUT_RD);
	if (flags & OWP_SOCKET_FLAG_SHUT_SEND)
		shutdown(ex.socket_fd[index], SHUT_WR);
}

/* Nothing more is to be sent either way. */
static void end_of_sending(uint32_t index)
{
	uint32_t peer = socket_at(index)->peer;

	is_done(index, true);
	if (peer != OWP_NONE && !is_done(peer, false))
		return;
	if (ex.socket_fd[index] >= 0)
		shut(index);
	if (peer != OWP_NONE && ex.socket_fd[peer] >= 0)
		shut(peer);
	close_hidden_peer(index);
}

int fill_socket_queue(uint32_t index)
{
	const struct owp_socket *socket = socket_at(index);
	bool can_be = socket->family == AF_UNIX || socket->type == SOCK_DGRAM;
	int error = 0;

	if (ex.socket_fd[index] < 0 && !(socket->flags & OWP_SOCKET_FLAG_EMBRYO))
		return 0;
	if (socket->family == AF_NETLINK || socket->family == AF_PACKET || !can_be) {
		if (socket->queue.count)
			complain("note: %u messages of socket %llu are gone", socket->queue.count,
				 (unsigned long long)socket->inode);
		return 0;
	}
	for (uint32_t i = 0; !error && i < socket->queue.count; i++) {
		error = FAULT_POINT("make_socket.queue");
		if (!error)
			error = receive(index, RECORD(packet, PACKET, socket->queue.first + i));
		ex.child = error ? (int32_t)i : ex.child;
	}
	end_of_sending(index);
	return error;
}
