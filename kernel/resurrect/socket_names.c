// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of unix sockets. A path is one of two things: the string that getsockname(2) gives, and an inode that others find the
 * socket by. The second is made only where the dead system had it still, and is not taken from who has it now.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sockets.h"

static bool is_seen(const char *path)
{
	int on_tmpfs = name_on_tmpfs(path);
	struct stat there;

	if (path[0] != '/' || on_tmpfs == 0)
		return false;
	return on_tmpfs == 1 || lstat(path, &there) < 0 || S_ISSOCK(there.st_mode);
}

struct unix_name name_in(struct owp_blob address)
{
	struct unix_name name = { .bytes = address.bytes };

	if (address.bytes <= offsetof(struct sockaddr_un, sun_path) || address.bytes > sizeof(name.address)) {
		name.bytes = 0;
		return name;
	}
	memcpy(&name.address, owp_bytes(&ex.plan, address), address.bytes);
	name.is_path = name.address.sun_path[0] != 0;
	return name;
}

struct unix_name name_of(const struct owp_socket *socket)
{
	struct unix_name name = name_in(socket->local);
	char path[sizeof(name.address.sun_path) + 1];

	snprintf(path, sizeof(path), "%.*s", (int)sizeof(name.address.sun_path), name.address.sun_path);
	name.hidden = name.is_path && !is_seen(path);
	return name;
}

struct as within(const struct unix_name *name, struct as who)
{
	who.root_fd = name->is_path && name->hidden ? cellar() : -1;
	return who;
}

struct bind_it {
	int fd;
	struct unix_name name;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* The directories of a path in the cellar, where there is nothing else. */
static void make_directories(const char *path)
{
	char part[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];

	for (size_t i = 1; path[i] && i < sizeof(part); i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		mkdir(part, 0700);
	}
}

static int bind_it(void *argument)
{
	struct bind_it *to = argument;
	const struct sockaddr *address = (const struct sockaddr *)&to->name.address;
	char path[sizeof(to->name.address.sun_path) + 1] = "";
	struct stat there;

	memcpy(path, to->name.address.sun_path, sizeof(to->name.address.sun_path));
	if (to->name.is_path) {
		if (to->name.hidden)
			make_directories(path);
		/* Left by a socket that died with its kernel; whose it was, this one is. */
		if (lstat(path, &there) == 0 && S_ISSOCK(there.st_mode)) {
			to->mode = there.st_mode & 07777;
			to->uid = there.st_uid;
			to->gid = there.st_gid;
			unlink(path);
		}
	}
	if (bind(to->fd, address, to->name.bytes) < 0)
		return -errno;
	if (to->name.is_path && !to->name.hidden &&
	    (lchown(path, to->uid, to->gid) < 0 || chmod(path, to->mode) < 0)) {
		unlink(path);
		return -EPERM;
	}
	return 0;
}

int bind_unix(int fd, const struct unix_name *name, const struct owp_socket *socket, bool quiet)
{
	struct bind_it to = { .fd = fd, .name = *name, .mode = 0755, .uid = socket->uid, .gid = socket->uid };

	if (!name->bytes)
		return 0;
	to.name.hidden |= quiet;
	return run_as(within(&to.name, NOBODY_ELSE), bind_it, &to, sizeof(to));
}

void forget_name(const struct owp_socket *socket)
{
	struct unix_name name = name_of(socket);
	char path[sizeof(name.address.sun_path) + 1] = "";

	/* The path of one that was accepted is its listener's. */
	if (socket->state == OWP_SOCKET_STATE_CONNECTED && socket->type != SOCK_DGRAM)
		return;
	memcpy(path, name.address.sun_path, sizeof(name.address.sun_path));
	if (name.is_path && !name.hidden)
		unlink(path);
}

struct connect_it {
	int fd;
	struct unix_name name;
};

static int connect_it(void *argument)
{
	const struct connect_it *to = argument;

	return connect(to->fd, (const struct sockaddr *)&to->name.address, to->name.bytes) < 0 ? -errno : 0;
}

int connect_unix(int fd, const struct unix_name *name, struct as who)
{
	struct connect_it to = { fd, *name };

	return run_as(within(name, who), connect_it, &to, sizeof(to));
}
