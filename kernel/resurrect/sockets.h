/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that make sockets. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "objects.h"

/* sockets.c */
static inline const struct owp_socket *socket_at(uint32_t index)
{
	return RECORD(socket, SOCKET, index);
}
/* A descriptor moved up, in ex.socket_fd; closes it where that fails. 0 or -errno. */
int keep_socket(uint32_t index, int fd);

/* socket_options.c. Before bind(2), as some must be, and after. */
int set_early_options(int fd, const struct owp_socket *socket);
int set_late_options(int fd, const struct owp_socket *socket);

/* socket_names.c. unix names. */
struct unix_name {
	struct sockaddr_un address;
	socklen_t bytes;
	bool is_path;
	bool hidden; /* a path that is not in the world: it is bound where nobody sees it */
};
struct unix_name name_of(const struct owp_socket *socket);
struct unix_name name_in(struct owp_blob address);
/* The child in whose eyes the name is what it is. */
struct as within(const struct unix_name *name, struct as who);
/* Makes the socket `fd` have the name; `quiet`: whatever has the path keeps it. */
int bind_unix(int fd, const struct unix_name *name, const struct owp_socket *socket, bool quiet);
int connect_unix(int fd, const struct unix_name *name, struct as who);
/* Takes the path of one away that is not made after all. */
void forget_name(const struct owp_socket *socket);

/* unix_sockets.c */
int make_unix_socket(uint32_t index);
/* Takes away what there is of one that failed behind its making; it is not tried again. */
void give_up_unix_socket(uint32_t index, int error);
/* The other end of one whose peer has gone: it sends what is still unread, and is closed. -1 for none. */
int *hidden_peer(uint32_t index);
void close_hidden_peer(uint32_t index);

#endif
