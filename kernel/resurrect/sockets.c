// SPDX-License-Identifier: GPL-2.0-only
/* Sockets of all families; unix sockets have a file of their own. Connections of TCP are not made here. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets.h"

int keep_socket(uint32_t index, int fd)
{
	fd = move_up(fd);
	if (fd < 0)
		return fd;
	ex.socket_fd[index] = fd;
	return 0;
}

/* An address that the network does not have yet is bound all the same, as it was when it had it. */
static int bind_early(int fd, const struct owp_socket *socket)
{
	int level = socket->family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int option = socket->family == AF_INET6 ? 78 /* IPV6_FREEBIND */ : IP_FREEBIND;
	const struct sockaddr *address = owp_bytes(&ex.plan, socket->local);
	int on = 1, off = 0, error = 0;

	if (bind(fd, address, socket->local.bytes) == 0)
		return 0;
	if (errno != EADDRNOTAVAIL || (socket->family != AF_INET && socket->family != AF_INET6))
		return -errno;
	if (setsockopt(fd, level, option, &on, sizeof(on)) < 0 || bind(fd, address, socket->local.bytes) < 0)
		error = -errno;
	setsockopt(fd, level, option, &off, sizeof(off));
	return error;
}

static int set_up(int fd, const struct owp_socket *socket)
{
	int error = set_early_options(fd, socket);

	if (!error && socket->local.bytes)
		error = bind_early(fd, socket);
	if (!error && socket->state == OWP_SOCKET_STATE_LISTENING && listen(fd, socket->backlog) < 0)
		error = -errno;
	if (!error && socket->state == OWP_SOCKET_STATE_CONNECTED &&
	    connect(fd, owp_bytes(&ex.plan, socket->remote), socket->remote.bytes) < 0)
		error = -errno;
	return error;
}

static int make_other(uint32_t index)
{
	const struct owp_socket *socket_ = socket_at(index);
	bool is_tcp = (socket_->family == AF_INET || socket_->family == AF_INET6) && socket_->type == SOCK_STREAM;
	int protocol = socket_->family == AF_PACKET ? htons(socket_->protocol) : socket_->protocol;
	int fd, error;

	if (is_tcp && socket_->state != OWP_SOCKET_STATE_UNCONNECTED && socket_->state != OWP_SOCKET_STATE_LISTENING)
		return -EPROTONOSUPPORT;
	fd = socket(socket_->family, socket_->type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (fd < 0)
		return -errno;
	error = set_up(fd, socket_);
	if (!error)
		return keep_socket(index, fd);
	close(fd);
	return error;
}

static int make_socket(uint32_t object)
{
	const struct owp_socket *socket = socket_at(object);
	int error = FAULT_POINT("make_socket.make");

	if (error)
		return error;
	/* Made in the executor's network, it would speak to others than it did. */
	if (!is_initial(socket->namespace))
		return -ENONET;
	error = socket->family == AF_UNIX ? make_unix_socket(object) : make_other(object);
	if (error || ex.socket_fd[object] < 0)
		return error;
	if (socket->family == AF_UNIX)
		error = set_early_options(ex.socket_fd[object], socket);
	return error ? error : set_late_options(ex.socket_fd[object], socket);
}

int op_make_socket(uint32_t object)
{
	int error = make_socket(object);

	/* The other end of it may have been made before, and stays. */
	if (error && ex.socket_fd[object] >= 0) {
		close(ex.socket_fd[object]);
		ex.socket_fd[object] = -1;
	}
	if (error && socket_at(object)->family == AF_UNIX)
		give_up_unix_socket(object, error);
	return error;
}
