// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unread events of an inotify instance cannot be put into its queue: they are caused. While one is, the watch that told of it
 * looks for nothing else, and all other watches look for nothing at all, so that what it takes on the way goes unseen. What
 * has the name meanwhile is moved aside and back, and no contents are touched.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inotify.h"

#define ASIDE ".otherworld-aside"

struct cause {
	char path[PATH_MAX];  /* of the file or name that the event is of */
	char aside[PATH_MAX]; /* beside it */
	uint32_t event;       /* without IN_ISDIR */
	bool of_directory, is_named, is_there, is_aside;
	struct stat about;
	int inotify, watched_fd;
};

static void look_for(const struct cause *cause, uint32_t mask)
{
	watch_inode(cause->inotify, cause->watched_fd, mask);
}

static int make_temporary(const struct cause *cause)
{
	int fd;

	if (cause->of_directory)
		return mkdir(cause->path, 0700) < 0 ? -errno : 0;
	fd = open(cause->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	/* So that there is something to read. */
	if (write(fd, "", 1) < 0)
		complain("note: %s: %m", cause->path);
	close(fd);
	return 0;
}

static int remove_temporary(const struct cause *cause)
{
	return (cause->of_directory ? rmdir(cause->path) : unlink(cause->path)) < 0 ? -errno : 0;
}

static int open_and(const struct cause *cause, int flags)
{
	int fd = open(cause->path, flags | O_NONBLOCK | O_NOFOLLOW * cause->is_named | O_CLOEXEC), error = 0;
	char byte;

	if (fd < 0)
		return -errno;
	if (cause->event == IN_ACCESS && !cause->of_directory && read(fd, &byte, 1) != 1)
		error = -ENODATA;
	if (cause->event == IN_MODIFY) {
		const struct timespec times[2] = { cause->about.st_atim, cause->about.st_mtim };

		error = ftruncate(fd, cause->about.st_size) < 0 ? -errno : 0;
		look_for(cause, LOOK_FOR_NOTHING);
		futimens(fd, times);
	}
	close(fd);
	return error;
}

static int list(const struct cause *cause)
{
	DIR *directory = opendir(cause->path);

	if (!directory)
		return -errno;
	readdir(directory);
	closedir(directory);
	return 0;
}

static int act(const struct cause *cause)
{
	switch (cause->event) {
	case IN_ACCESS:
		return cause->of_directory ? list(cause) : open_and(cause, O_RDONLY);
	case IN_OPEN:
	case IN_CLOSE_NOWRITE:
		return open_and(cause, O_RDONLY);
	case IN_MODIFY:
	case IN_CLOSE_WRITE:
		return cause->of_directory ? -EISDIR : open_and(cause, O_WRONLY);
	case IN_ATTRIB:
		return chmod(cause->path, cause->about.st_mode & 07777) < 0 ? -errno : 0;
	case IN_CREATE:
		return make_temporary(cause);
	case IN_DELETE:
		return remove_temporary(cause);
	case IN_MOVED_FROM:
		return rename(cause->path, cause->aside) < 0 ? -errno : 0;
	case IN_MOVED_TO:
		return rename(cause->aside, cause->path) < 0 ? -errno : 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* Gives the name the state that it had when the event came. */
static int prepare(struct cause *cause)
{
	bool comes = cause->event == IN_CREATE || cause->event == IN_MOVED_TO;
	int error = 0;

	/* What is watched itself is behind a link in /proc. */
	cause->is_there = (cause->is_named ? lstat : stat)(cause->path, &cause->about) == 0;
	if (cause->is_there && !S_ISREG(cause->about.st_mode) && !S_ISDIR(cause->about.st_mode))
		return -EOPNOTSUPP;
	if (!cause->is_named)
		return 0;
	if (cause->is_there && (cause->event == IN_CREATE || cause->event == IN_DELETE || cause->event == IN_MOVED_TO)) {
		if (rename(cause->path, cause->aside) < 0)
			return -errno;
		cause->is_aside = true;
	}
	if ((!cause->is_there && !comes) || cause->event == IN_DELETE)
		error = make_temporary(cause);
	if (!error && !cause->is_there && cause->event == IN_MOVED_TO) {
		error = make_temporary(cause);
		if (!error && rename(cause->path, cause->aside) < 0)
			error = -errno;
	}
	if (!cause->is_there)
		lstat(cause->path, &cause->about);
	return error;
}

static void put_back(const struct cause *cause)
{
	struct stat now;

	if (cause->event == IN_MOVED_FROM && lstat(cause->aside, &now) == 0)
		rename(cause->aside, cause->path);
	/* Over what was made in its place, if that is there. */
	if (cause->is_aside && lstat(cause->aside, &now) == 0) {
		if (cause->of_directory)
			rmdir(cause->path);
		if (rename(cause->aside, cause->path) < 0)
			complain("%s is %s now: %m", cause->path, cause->aside);
	}
	if (cause->is_named && !cause->is_there && lstat(cause->path, &now) == 0)
		remove_temporary(cause);
}

int cause_event(int inotify, int watched_fd, const struct owp_inotify_event *event)
{
	struct cause cause = { .inotify = inotify, .watched_fd = watched_fd };
	const char *name = owp_string(&ex.plan, event->name);
	int error;

	cause.event = event->mask & ~IN_ISDIR;
	cause.of_directory = event->mask & IN_ISDIR;
	cause.is_named = *name;
	if (strchr(name, '/') || strlen(name) > NAME_MAX)
		return -EINVAL;
	snprintf(cause.path, sizeof(cause.path), "/proc/self/fd/%d%s%s", watched_fd, *name ? "/" : "", name);
	snprintf(cause.aside, sizeof(cause.aside), "/proc/self/fd/%d/" ASIDE, watched_fd);
	if (!cause.is_named && (cause.event & (IN_CREATE | IN_DELETE | IN_MOVE)))
		return -EINVAL;
	error = prepare(&cause);
	if (!error) {
		look_for(&cause, cause.event);
		error = act(&cause);
		look_for(&cause, LOOK_FOR_NOTHING);
	}
	put_back(&cause);
	return error;
}
