// SPDX-License-Identifier: GPL-2.0-only
/* Files that are open, and have no name any more; owners and times of all that are made. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects.h"

#define DELETED " (deleted)"
#define O_TMPFILE_BIT 020000000

int set_owner(int fd, uint32_t mode, uint32_t uid, uint32_t gid)
{
	/* The mode last: chown takes setuid bits away. */
	if (fchown(fd, uid, gid) < 0 || fchmod(fd, mode & 07777) < 0)
		return -errno;
	return 0;
}

bool times_of(struct owp_range times, struct timespec when[2])
{
	const struct owp_file_times *at = RECORD(file_times, FILE_TIMES, times.first);

	if (!times.count)
		return false;
	when[0] = (struct timespec){ at->atime, at->atime_nanoseconds };
	when[1] = (struct timespec){ at->mtime, at->mtime_nanoseconds };
	return true;
}

int set_times(int fd, struct owp_range times)
{
	struct timespec when[2];

	return times_of(times, when) && futimens(fd, when) < 0 ? -errno : 0;
}

static int without_link(const char *path)
{
	char directory[PATH_MAX];
	int fd;

	strcpy(directory, path);
	fd = open(dirname(directory), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int made_and_unlinked(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

/* In a directory that may be gone too: it is there for the moment that the file is made in. */
static int make(char *path, bool linkable)
{
	int fd = linkable ? without_link(path) : made_and_unlinked(path);
	char *slash = strrchr(path, '/');

	/* The name is another file's by now. */
	if (fd == -EEXIST)
		return without_link(path);
	if (fd != -ENOENT || !slash || slash == path)
		return fd;
	*slash = 0;
	if (mkdir(path, 0700) == 0) {
		*slash = '/';
		fd = linkable ? without_link(path) : made_and_unlinked(path);
		*slash = 0;
		rmdir(path);
	}
	*slash = '/';
	return fd;
}

int make_nameless(const char *path, bool linkable, uint32_t mode, uint32_t uid, uint32_t gid)
{
	char name[PATH_MAX];
	size_t length = strlen(path);
	int fd, error;

	if (path[0] != '/' || length >= sizeof(name))
		return -ENOENT;
	strcpy(name, path);
	if (length > strlen(DELETED) && strcmp(name + length - strlen(DELETED), DELETED) == 0)
		name[length - strlen(DELETED)] = 0;
	fd = make(name, linkable);
	if (fd < 0)
		return fd;
	error = set_owner(fd, mode, uid, gid);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

static bool was_linkable(uint32_t object)
{
	uint32_t file = find_file(OWP_FILE_KIND_REGULAR, object, 0);

	while (file != OWP_NONE && !(RECORD(file, FILE, file)->flags & O_TMPFILE_BIT))
		file = find_file(OWP_FILE_KIND_REGULAR, object, file + 1);
	return file != OWP_NONE;
}

int op_open_inode(uint32_t object)
{
	const struct owp_inode *inode = RECORD(inode, INODE, object);
	int fd, error = FAULT_POINT("open_inode.make");

	if (error || !(inode->flags & OWP_INODE_FLAG_DELETED))
		return error;
	fd = make_nameless(owp_string(&ex.plan, inode->path), was_linkable(object), inode->mode, 0, 0);
	if (fd < 0)
		return fd;
	error = FAULT_POINT("open_inode.fill");
	if (!error)
		error = write_pages(fd, inode->pages, inode->bytes);
	if (!error && ftruncate(fd, inode->bytes) < 0)
		error = -errno;
	if (!error)
		error = set_times(fd, inode->times);
	if (error) {
		close(fd);
		return error;
	}
	ex.inode_fd[object] = move_up(fd);
	return ex.inode_fd[object] < 0 ? ex.inode_fd[object] : 0;
}
