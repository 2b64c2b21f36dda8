// SPDX-License-Identifier: GPL-2.0-only
/* What setsockopt(2) had set. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "sockets.h"

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif
#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif
#ifndef SOCK_SNDBUF_LOCK
#define SOCK_SNDBUF_LOCK 1
#define SOCK_RCVBUF_LOCK 2
#endif
#define SECOND 1000000000ULL

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int get(int fd, int level, int option)
{
	int value = 0;
	socklen_t bytes = sizeof(value);

	getsockopt(fd, level, option, &value, &bytes);
	return value;
}

struct flag {
	uint32_t bit;
	int level, option;
};

static int set_flags(int fd, uint32_t flags, const struct flag *table, size_t count)
{
	int error = 0;

	for (size_t i = 0; !error && i < count; i++) {
		if (flags & table[i].bit)
			error = set(fd, table[i].level, table[i].option, 1);
	}
	return error;
}

#define SET_FLAGS(fd, flags, table) set_flags(fd, flags, table, sizeof(table) / sizeof(*(table)))

/* Whether the kernel may tune them is as it was: a size that only limits something else was not the program's wish. */
static int lock_buffers(int fd, uint32_t flags)
{
	int locks = (flags & OWP_SOCKET_FLAG_SEND_BUFFER_SET ? SOCK_SNDBUF_LOCK : 0) |
		    (flags & OWP_SOCKET_FLAG_RECEIVE_BUFFER_SET ? SOCK_RCVBUF_LOCK : 0);

	int error = get(fd, SOL_SOCKET, SO_BUF_LOCK) == locks ? 0 : set(fd, SOL_SOCKET, SO_BUF_LOCK, locks);

	return error == -ENOPROTOOPT ? 0 : error; /* before 5.14 they stay as they are */
}

/* The kernel doubles what it is told; the limits of the system are not for root. */
static int set_buffers(int fd, const struct owp_socket *socket)
{
	bool unix_family = socket->family == AF_UNIX;
	int error = 0;

	if (socket->receive_limit && ((socket->flags & OWP_SOCKET_FLAG_RECEIVE_BUFFER_SET) || unix_family) &&
	    get(fd, SOL_SOCKET, SO_RCVBUF) != socket->receive_limit)
		error = set(fd, SOL_SOCKET, SO_RCVBUFFORCE, socket->receive_limit / 2);
	if (!error && socket->send_limit && ((socket->flags & OWP_SOCKET_FLAG_SEND_BUFFER_SET) || unix_family) &&
	    get(fd, SOL_SOCKET, SO_SNDBUF) != socket->send_limit)
		error = set(fd, SOL_SOCKET, SO_SNDBUFFORCE, socket->send_limit / 2);
	return error ? error : lock_buffers(fd, socket->flags);
}

int set_early_options(int fd, const struct owp_socket *socket)
{
	static const struct flag flags[] = {
		{ OWP_SOCKET_FLAG_REUSE_ADDRESS, SOL_SOCKET, SO_REUSEADDR },
		{ OWP_SOCKET_FLAG_REUSE_PORT, SOL_SOCKET, SO_REUSEPORT },
	};
	int error = SET_FLAGS(fd, socket->flags, flags), v6_only = !!(socket->flags & OWP_SOCKET_FLAG_V6_ONLY);

	/* Of raw sockets it cannot be set, even to what it is. */
	if (!error && socket->family == AF_INET6 && get(fd, IPPROTO_IPV6, IPV6_V6ONLY) != v6_only)
		error = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6_only);
	if (!error && socket->bound_device)
		error = set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, socket->bound_device);
	return error ? error : set_buffers(fd, socket);
}

static int set_timeout(int fd, int option, uint64_t nanoseconds)
{
	struct timeval timeout = { nanoseconds / SECOND, nanoseconds % SECOND / 1000 };

	if (!nanoseconds)
		return 0;
	return setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof(timeout)) < 0 ? -errno : 0;
}

static int set_tcp(int fd, const struct owp_tcp *tcp)
{
	const struct {
		int option;
		uint32_t value;
	} numbers[] = {
		{ TCP_KEEPIDLE, tcp->keepalive_time },     { TCP_KEEPINTVL, tcp->keepalive_interval },
		{ TCP_KEEPCNT, tcp->keepalive_probes },    { TCP_USER_TIMEOUT, tcp->user_timeout },
		{ TCP_DEFER_ACCEPT, tcp->defer_accept },   { TCP_FASTOPEN, tcp->fast_open },
	};
	const char *congestion = owp_string(&ex.plan, tcp->congestion);
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (numbers[i].value)
			error = set(fd, IPPROTO_TCP, numbers[i].option, numbers[i].value);
	}
	/* A module that the crash kernel does not have: its own default is as good. */
	if (!error && *congestion)
		setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, strlen(congestion));
	return error;
}

static int join_groups(int fd, struct owp_range groups)
{
	int error = 0;

	for (uint32_t i = 0; !error && i < groups.count; i++)
		error = set(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			    RECORD(multicast_group, MULTICAST_GROUP, groups.first + i)->group);
	return error;
}

int set_late_options(int fd, const struct owp_socket *socket)
{
	static const struct flag flags[] = {
		{ OWP_SOCKET_FLAG_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE },
		{ OWP_SOCKET_FLAG_BROADCAST, SOL_SOCKET, SO_BROADCAST },
		{ OWP_SOCKET_FLAG_PASS_CREDENTIALS, SOL_SOCKET, SO_PASSCRED },
		{ OWP_SOCKET_FLAG_OOB_INLINE, SOL_SOCKET, SO_OOBINLINE },
		{ OWP_SOCKET_FLAG_TIMESTAMPS, SOL_SOCKET, SO_TIMESTAMP },
	};
	static const struct flag of_tcp[] = {
		{ OWP_SOCKET_FLAG_NO_DELAY, IPPROTO_TCP, TCP_NODELAY },
		{ OWP_SOCKET_FLAG_CORK, IPPROTO_TCP, TCP_CORK },
	};
	struct linger linger = { 1, socket->linger };
	int error = FAULT_POINT("make_socket.options");

	if (!error)
		error = SET_FLAGS(fd, socket->flags, flags);
	if (!error && socket->tcp.count)
		error = SET_FLAGS(fd, socket->flags, of_tcp);
	if (!error && (socket->flags & OWP_SOCKET_FLAG_LINGER) &&
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0)
		error = -errno;
	if (!error && socket->priority)
		error = set(fd, SOL_SOCKET, SO_PRIORITY, socket->priority);
	if (!error && socket->mark)
		error = set(fd, SOL_SOCKET, SO_MARK, socket->mark);
	if (!error && socket->receive_low > 1)
		error = set(fd, SOL_SOCKET, SO_RCVLOWAT, socket->receive_low);
	if (!error)
		error = set_timeout(fd, SO_RCVTIMEO, socket->receive_timeout);
	if (!error)
		error = set_timeout(fd, SO_SNDTIMEO, socket->send_timeout);
	if (!error && socket->tcp.count)
		error = set_tcp(fd, RECORD(tcp, TCP, socket->tcp.first));
	return error ? error : join_groups(fd, socket->groups);
}
