// SPDX-License-Identifier: GPL-2.0-only
/*
 * unix sockets (net/unix/af_unix.c). Those that belong together are made together, by the calls that the processes had made:
 * an accepted connection by connect and accept, so that it has its listener's name, and both ends the credentials of the
 * process at the other. The kernel notes these of who calls listen, connect and socketpair: see run_as.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sockets.h"

#define NO_BACKLOG_YET 4096

static int open_socket(const struct owp_socket *socket_)
{
	int fd = socket(AF_UNIX, socket_->type | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int *hidden_peer(uint32_t index)
{
	static int *hidden;

	if (!hidden) {
		hidden = malloc(OWP_COUNT(&ex.plan, SOCKET) * sizeof(*hidden));
		for (uint64_t i = 0; hidden && i < OWP_COUNT(&ex.plan, SOCKET); i++)
			hidden[i] = -1;
	}
	return hidden + index;
}

void close_hidden_peer(uint32_t index)
{
	if (*hidden_peer(index) >= 0)
		close(*hidden_peer(index));
	*hidden_peer(index) = -1;
}

/* The second end of a connection, in its place; or out of sight, if it has none. */
static int keep_peer(uint32_t index, int fd)
{
	uint32_t peer = socket_at(index)->peer;

	if (peer != OWP_NONE)
		return keep_socket(peer, fd);
	*hidden_peer(index) = move_up(fd);
	return *hidden_peer(index) < 0 ? *hidden_peer(index) : 0;
}

static bool same_name(struct owp_blob a, struct owp_blob b)
{
	return a.bytes && a.bytes == b.bytes && memcmp(owp_bytes(&ex.plan, a), owp_bytes(&ex.plan, b), a.bytes) == 0;
}

/* --- pairs */

struct pair {
	int type;
	int ends[2];
};

static int make_pair(void *argument)
{
	struct pair *pair = argument;

	return socketpair(AF_UNIX, pair->type | SOCK_CLOEXEC, 0, pair->ends) < 0 ? -errno : 0;
}

/* socketpair(2); an end that was bound later has its name. */
static int make_socketpair(uint32_t index)
{
	const struct owp_socket *socket = socket_at(index);
	struct pair pair = { .type = socket->type };
	int error = run_as(as_process(socket->peer_pid, socket->uid), make_pair, &pair, sizeof(pair));

	if (error)
		return error;
	for (int i = 0; !error && i < 2; i++) {
		const struct owp_socket *end = i ? (socket->peer == OWP_NONE ? NULL : socket_at(socket->peer)) : socket;
		struct unix_name name = end ? name_of(end) : (struct unix_name){ .bytes = 0 };

		if (end)
			error = bind_unix(pair.ends[i], &name, end, end->type != SOCK_DGRAM);
	}
	if (error) {
		close(pair.ends[0]);
		close(pair.ends[1]);
		return error;
	}
	error = keep_socket(index, pair.ends[0]);
	if (error)
		close(pair.ends[1]);
	return error ? error : keep_peer(index, pair.ends[1]);
}

/* --- listeners */

struct listen_it {
	int fd, backlog;
};

static int listen_it(void *argument)
{
	const struct listen_it *it = argument;

	return listen(it->fd, it->backlog) < 0 ? -errno : 0;
}

static int listen_as(int fd, int backlog, struct as who)
{
	struct listen_it it = { fd, backlog };

	return run_as(who, listen_it, &it, sizeof(it));
}

/* Connects a new socket for the client's side to `name`. -errno, or the descriptor. */
static int connect_client(const struct owp_socket *client, const struct owp_socket *server, const struct unix_name *name)
{
	struct unix_name own = client ? name_of(client) : (struct unix_name){ .bytes = 0 };
	int fd = open_socket(server), error;

	if (fd < 0)
		return fd;
	/* One that connects has a path for answers alone: nobody connects to it. */
	error = client ? bind_unix(fd, &own, client, client->type != SOCK_DGRAM) : 0;
	if (!error)
		error = connect_unix(fd, name, as_process(server->peer_pid, client ? client->uid : 0));
	if (error)
		close(fd);
	return error ? error : fd;
}

/* `listener`: a socket that listens under `name`, with nothing in its queue. */
static int make_accepted(uint32_t index, int listener, const struct unix_name *name)
{
	const struct owp_socket *server = socket_at(index);
	const struct owp_socket *client = server->peer == OWP_NONE ? NULL : socket_at(server->peer);
	int connecting = connect_client(client, server, name), accepted, error;

	if (connecting < 0)
		return connecting;
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	error = accepted < 0 ? -errno : keep_socket(index, accepted);
	if (!error)
		return keep_peer(index, connecting);
	close(connecting);
	return error;
}

static bool is_accepted_by(const struct owp_socket *socket, const struct owp_socket *listener)
{
	return socket->family == AF_UNIX && socket->state == OWP_SOCKET_STATE_CONNECTED && socket->type == listener->type &&
	       !(socket->flags & OWP_SOCKET_FLAG_EMBRYO) && same_name(socket->local, listener->local);
}

/* Connections that wait for accept, in their order. */
static int make_pending(const struct owp_socket *listener, const struct unix_name *name)
{
	for (uint32_t i = 0; i < listener->pending.count; i++) {
		uint32_t embryo = RECORD(pending_connection, PENDING_CONNECTION, listener->pending.first + i)->socket;
		uint32_t client = embryo == OWP_NONE ? OWP_NONE : socket_at(embryo)->peer;
		int fd, error;

		if (embryo == OWP_NONE)
			continue;
		fd = connect_client(client == OWP_NONE ? NULL : socket_at(client), socket_at(embryo), name);
		error = fd < 0 ? fd : keep_peer(embryo, fd);
		if (error) {
			ex.child = i;
			return error;
		}
	}
	return 0;
}

static int serve(uint32_t index, int fd, const struct unix_name *name)
{
	const struct owp_socket *listener = socket_at(index);
	struct as who = as_process(listener->peer_pid, listener->uid);
	int error = listen_as(fd, NO_BACKLOG_YET, who);

	for (uint64_t i = 0; !error && i < OWP_COUNT(&ex.plan, SOCKET); i++) {
		if (ex.socket_fd[i] < 0 && is_accepted_by(socket_at(i), listener))
			error = make_accepted(i, fd, name);
	}
	if (!error)
		error = FAULT_POINT("make_socket.pending");
	if (!error)
		error = make_pending(listener, name);
	return error ? error : listen_as(fd, listener->backlog, who);
}

static int make_listener(uint32_t index)
{
	const struct owp_socket *listener = socket_at(index);
	struct unix_name name = name_of(listener);
	int fd = open_socket(listener), error;

	if (fd < 0)
		return fd;
	error = bind_unix(fd, &name, listener, false);
	if (!error)
		error = serve(index, fd, &name);
	if (!error)
		return keep_socket(index, fd);
	close(fd);
	forget_name(listener);
	return error;
}

static uint32_t listener_of(uint32_t index)
{
	const struct owp_socket *socket = socket_at(index);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, SOCKET); i++) {
		const struct owp_socket *listener = socket_at(i);

		if (listener->family != AF_UNIX || listener->state != OWP_SOCKET_STATE_LISTENING)
			continue;
		if (is_accepted_by(socket, listener))
			return i;
		for (uint32_t n = 0; n < listener->pending.count; n++) {
			if (RECORD(pending_connection, PENDING_CONNECTION, listener->pending.first + n)->socket == index)
				return i;
		}
	}
	return OWP_NONE;
}

/* Its listener is closed by now: another one stands in for it. */
static int make_accepted_alone(uint32_t index)
{
	const struct owp_socket *server = socket_at(index);
	struct unix_name name = name_of(server);
	const struct owp_socket *client = server->peer == OWP_NONE ? NULL : socket_at(server->peer);
	int fd = open_socket(server), error;

	if (fd < 0)
		return fd;
	name.hidden = true;
	error = bind_unix(fd, &name, server, true);
	if (!error)
		error = listen_as(fd, 1, as_process(client ? client->peer_pid : 0, server->uid));
	if (!error)
		error = make_accepted(index, fd, &name);
	close(fd);
	return error;
}

/* --- by state */

static int make_connection(uint32_t index)
{
	const struct owp_socket *socket = socket_at(index);
	uint32_t peer = socket->peer, server = index, listener = listener_of(index);

	/* Which of the two was accepted? One that has a listener's name, or a name at all. */
	if (peer != OWP_NONE && listener == OWP_NONE) {
		listener = listener_of(peer);
		if (listener != OWP_NONE || !socket->local.bytes)
			server = peer;
	}
	if (listener != OWP_NONE) {
		int error = ex.socket_fd[listener] < 0 ? make_unix_socket(listener) : 0;

		/* An embryo has no descriptor until somebody accepts it. */
		return error || ex.socket_fd[index] >= 0 || (socket->flags & OWP_SOCKET_FLAG_EMBRYO) ? error : -ENOTCONN;
	}
	return socket_at(server)->local.bytes ? make_accepted_alone(server) : make_socketpair(index);
}

static int connect_datagrams(int fd, uint32_t peer)
{
	struct unix_name name;
	int error = ex.socket_fd[peer] < 0 ? make_unix_socket(peer) : 0;

	name = name_of(socket_at(peer));
	return error ? error : connect_unix(fd, &name, NOBODY_ELSE);
}

static int make_datagrams(uint32_t index)
{
	const struct owp_socket *socket = socket_at(index);
	bool mutual = socket->peer != OWP_NONE && socket_at(socket->peer)->peer == index;
	struct unix_name name = name_of(socket), remote = name_in(socket->remote);
	int fd, error;

	if (socket->state == OWP_SOCKET_STATE_CONNECTED && (mutual || (socket->peer == OWP_NONE && !remote.bytes)))
		return make_socketpair(index);
	fd = open_socket(socket);
	if (fd < 0)
		return fd;
	error = bind_unix(fd, &name, socket, false);
	if (error) {
		close(fd);
		return error;
	}
	error = keep_socket(index, fd);
	if (error || socket->state != OWP_SOCKET_STATE_CONNECTED)
		return error;
	fd = ex.socket_fd[index];
	if (socket->peer != OWP_NONE)
		return connect_datagrams(fd, socket->peer);
	/* Whoever serves the name may come later, or never: that was so before. */
	if (connect_unix(fd, &remote, NOBODY_ELSE) < 0)
		complain("note: a datagram socket is not connected to %s", remote.address.sun_path);
	return 0;
}

static int make_stream(uint32_t index)
{
	const struct owp_socket *socket = socket_at(index);
	struct unix_name name = name_of(socket);
	int fd, error;

	if (socket->state != OWP_SOCKET_STATE_UNCONNECTED)
		return make_connection(index);
	fd = open_socket(socket);
	if (fd < 0)
		return fd;
	error = bind_unix(fd, &name, socket, false);
	if (!error)
		return keep_socket(index, fd);
	close(fd);
	return error;
}

/* What came of each that was tried: one that others need is not tried for each of them. 1: nothing yet. */
static int *results(void)
{
	static int *table;

	if (!table) {
		table = malloc(OWP_COUNT(&ex.plan, SOCKET) * sizeof(*table));
		for (uint64_t i = 0; table && i < OWP_COUNT(&ex.plan, SOCKET); i++)
			table[i] = 1;
	}
	return table;
}

void give_up_unix_socket(uint32_t index, int error)
{
	const struct owp_socket *socket = socket_at(index);

	results()[index] = error;
	close_hidden_peer(index);
	for (uint32_t i = 0; i < socket->pending.count; i++) {
		uint32_t embryo = RECORD(pending_connection, PENDING_CONNECTION, socket->pending.first + i)->socket;

		if (embryo != OWP_NONE)
			close_hidden_peer(embryo);
	}
	forget_name(socket);
}

int make_unix_socket(uint32_t index)
{
	const struct owp_socket *socket = socket_at(index);
	int *result = results() + index;

	if (ex.socket_fd[index] >= 0)
		return 0;
	if (*result != 1)
		return *result;
	/* Of two that need each other. */
	*result = -ELOOP;
	if (socket->state == OWP_SOCKET_STATE_LISTENING)
		*result = make_listener(index);
	else
		*result = socket->type == SOCK_DGRAM ? make_datagrams(index) : make_stream(index);
	return *result;
}
