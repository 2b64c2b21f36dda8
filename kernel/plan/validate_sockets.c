// SPDX-License-Identifier: GPL-2.0-only
/* Sockets: addresses that fit a sockaddr_storage, peers and connections that belong together. */
#include "validate.h"

#define FAMILY_UNIX 1
#define TYPE_DATAGRAM 2
#define LEAST_ADDRESS 2
#define LONGEST_ADDRESS 128

static int fail(struct owp_check *check, enum owp_rule rule, uint64_t index, const char *field,
		uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_SOCKET, index, field, value);
}

static int is_address(const struct owp_blob *address)
{
	return !address->bytes ||
	       (address->bytes >= LEAST_ADDRESS && address->bytes <= LONGEST_ADDRESS);
}

static int check_addresses(struct owp_check *check)
{
	const struct owp_pending_connection *pending;
	const struct owp_packet *packet;
	const struct owp_socket *socket;
	uint64_t i;

	OWP_EACH(check, socket, SOCKET, i, socket) {
		if (!is_address(&socket->local))
			return fail(check, OWV_SOCKET_ADDRESS, i, "local", socket->local.bytes);
		if (!is_address(&socket->remote))
			return fail(check, OWV_SOCKET_ADDRESS, i, "remote", socket->remote.bytes);
	}
	OWP_EACH(check, packet, PACKET, i, packet)
		if (!is_address(&packet->from))
			return owp_fail(check, OWV_SOCKET_ADDRESS, OWP_SECTION_PACKET, i, "from",
					packet->from.bytes);
	OWP_EACH(check, pending_connection, PENDING_CONNECTION, i, pending)
		if (!is_address(&pending->remote))
			return owp_fail(check, OWV_SOCKET_ADDRESS, OWP_SECTION_PENDING_CONNECTION,
					i, "remote", pending->remote.bytes);
	return 0;
}

/* Only a datagram socket may send to one that does not send back. */
static int check_peer(struct owp_check *check, const struct owp_socket *socket, uint64_t index)
{
	const struct owp_socket *all = OWP_RECORDS(&check->view, socket, SOCKET);
	const struct owp_socket *peer = &all[socket->peer];

	if (socket->family != FAMILY_UNIX || peer->family != FAMILY_UNIX ||
	    peer->type != socket->type)
		return fail(check, OWV_SOCKET_PEER, index, "peer", socket->peer);
	if (socket->type != TYPE_DATAGRAM &&
	    (peer->peer != index || socket->state != OWP_SOCKET_STATE_CONNECTED))
		return fail(check, OWV_SOCKET_PEER, index, "peer", socket->peer);
	return 0;
}

static int check_pending(struct owp_check *check, const struct owp_socket *socket, uint64_t index)
{
	const struct owp_pending_connection *pending =
		OWP_RECORDS(&check->view, pending_connection, PENDING_CONNECTION);
	const struct owp_socket *all = OWP_RECORDS(&check->view, socket, SOCKET);
	struct owp_range list = socket->pending;

	if (list.count && socket->state != OWP_SOCKET_STATE_LISTENING)
		return fail(check, OWV_SOCKET_PENDING, index, "pending", list.count);
	for (uint64_t i = list.first; i < (uint64_t)list.first + list.count; i++)
		if (pending[i].socket != OWP_NONE &&
		    !(all[pending[i].socket].flags & OWP_SOCKET_FLAG_EMBRYO))
			return fail(check, OWV_SOCKET_PENDING, index, "pending", pending[i].socket);
	return 0;
}

int owp_check_sockets(struct owp_check *check)
{
	const struct owp_socket *socket;
	uint64_t i;
	int rule = check_addresses(check);

	if (rule)
		return rule;
	OWP_EACH(check, socket, SOCKET, i, socket) {
		if (socket->peer != OWP_NONE)
			rule = check_peer(check, socket, i);
		if (!rule)
			rule = check_pending(check, socket, i);
		if (rule)
			return rule;
	}
	return 0;
}
