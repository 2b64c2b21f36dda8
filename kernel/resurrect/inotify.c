// SPDX-License-Identifier: GPL-2.0-only
/*
 * inotify (fs/notify/inotify). Watch descriptors are given out in order, so that gaps are filled by watches that go again. What
 * is watched is found by its file handle; on a tmpfs, whose inodes are new, by the name that the plan has of it.
 *
 * Until all files are open and mapped the watches look for nothing, or processes would be told of what the executor did. Then
 * come the events that nobody had read (inotify_events.c), and then what the watches looked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inotify.h"

#define SETTABLE (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK)
#define MOST_GAPS 65536
#define MINOR_BITS 20

/* A mount of the file system, open for open_by_handle_at(2); the device number may be another one by now. -errno. */
static int open_mount(uint32_t device)
{
	char line[4096], path[PATH_MAX];
	unsigned int major, minor;
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	int fd = -ENOENT;

	while (mounts && fd < 0 && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*d %*d %u:%u %*s %4095s", &major, &minor, path) != 3 ||
		    (major << MINOR_BITS | minor) != device)
			continue;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	if (mounts)
		fclose(mounts);
	return fd;
}

static int open_by_handle(const struct owp_inotify_watch *watch)
{
	struct file_handle *handle = malloc(sizeof(*handle) + watch->handle.bytes);
	int mount = open_mount(watch->device), fd;

	if (mount < 0 || !handle) {
		free(handle);
		return mount < 0 ? mount : -ENOMEM;
	}
	handle->handle_bytes = watch->handle.bytes;
	handle->handle_type = watch->handle_type;
	memcpy(handle->f_handle, owp_bytes(&ex.plan, watch->handle), watch->handle.bytes);
	fd = open_by_handle_at(mount, handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(mount);
	free(handle);
	return fd;
}

/* A name of it in the plan: of a file that is open, or on a tmpfs. */
static bool known_path(const struct owp_inotify_watch *watch, char *path, size_t room)
{
	const struct owp_inode *inode = RECORD(inode, INODE, 0);
	const struct owp_mount *mount = RECORD(mount, MOUNT, 0);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, INODE); i++) {
		if (inode[i].inode == watch->inode && inode[i].device == watch->device &&
		    !(inode[i].flags & OWP_INODE_FLAG_DELETED)) {
			snprintf(path, room, "%s", owp_string(&ex.plan, inode[i].path));
			return true;
		}
	}
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, MOUNT); i++) {
		for (uint32_t n = 0; mount[i].device == watch->device && n < mount[i].entries.count; n++) {
			const struct owp_tmpfs_entry *entry =
				RECORD(tmpfs_entry, TMPFS_ENTRY, mount[i].entries.first + n);

			if (entry->inode != watch->inode)
				continue;
			snprintf(path, room, "%s%s", owp_string(&ex.plan, mount[i].path),
				 owp_string(&ex.plan, entry->path));
			return true;
		}
	}
	return false;
}

static int open_watched(const struct owp_inotify_watch *watch)
{
	char path[PATH_MAX];
	int fd = -ESTALE;

	if (watch->handle.bytes)
		fd = open_by_handle(watch);
	if (fd >= 0 || !known_path(watch, path, sizeof(path)))
		return fd;
	fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int watch_inode(int inotify, int fd, uint32_t mask)
{
	char path[40];
	int wd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(inotify, path, mask);
	return wd < 0 ? -errno : wd;
}

/* Watch descriptors that went before this one, and are free again; `filler`: what nobody watches. */
static int fill_gap(int inotify, int filler, int *next, uint32_t wanted)
{
	if (wanted < *next || wanted - *next > MOST_GAPS)
		return -ERANGE;
	while (*next < wanted) {
		int wd = watch_inode(inotify, filler, LOOK_FOR_NOTHING);

		if (wd < 0)
			return wd;
		inotify_rm_watch(inotify, wd);
		*next = wd + 1;
	}
	return 0;
}

static int add_all(int inotify, int filler, const struct owp_inotify *instance)
{
	int next = 1, error = 0;

	for (uint32_t i = 0; !error && i < instance->watches.count; i++) {
		const struct owp_inotify_watch *watch =
			RECORD(inotify_watch, INOTIFY_WATCH, instance->watches.first + i);
		int fd, wd;

		error = FAULT_POINT("make_inotify.watch");
		if (!error)
			error = fill_gap(inotify, filler, &next, watch->wd);
		fd = error ? error : open_watched(watch);
		wd = fd < 0 ? fd : watch_inode(inotify, fd, LOOK_FOR_NOTHING);
		error = wd < 0 ? wd : wd == watch->wd ? 0 : -EEXIST;
		next = wd + 1;
		if (fd >= 0)
			close(fd);
		if (error) {
			ex.child = i;
			ex.detail = watch->wd;
		}
	}
	return error;
}

static void drain(int inotify)
{
	char events[4096] __attribute__((aligned(8)));

	while (read(inotify, events, sizeof(events)) > 0)
		continue;
}

int op_make_inotify(uint32_t object)
{
	const struct owp_inotify *instance = RECORD(inotify, INOTIFY, object);
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int filler = syscall(SYS_memfd_create, "filler", MFD_CLOEXEC);
	int error = fd < 0 || filler < 0 ? -errno : add_all(fd, filler, instance);

	if (filler >= 0)
		close(filler);
	if (!error) {
		drain(fd);
		fd = move_up(fd);
		error = fd < 0 ? fd : 0;
	} else if (fd >= 0) {
		close(fd);
	}
	if (!error)
		ex.object_fd[OBJECT_INOTIFY][object] = fd;
	return error;
}

static const struct owp_inotify_watch *watch_of(const struct owp_inotify *instance, int32_t wd)
{
	for (uint32_t i = 0; i < instance->watches.count; i++) {
		const struct owp_inotify_watch *watch =
			RECORD(inotify_watch, INOTIFY_WATCH, instance->watches.first + i);

		if (watch->wd == wd)
			return watch;
	}
	return NULL;
}

int tell_inotify_events(uint32_t object)
{
	const struct owp_inotify *instance = RECORD(inotify, INOTIFY, object);
	int inotify = ex.object_fd[OBJECT_INOTIFY][object];
	uint32_t lost = 0;

	for (uint32_t i = 0; inotify >= 0 && i < instance->events.count; i++) {
		const struct owp_inotify_event *event =
			RECORD(inotify_event, INOTIFY_EVENT, instance->events.first + i);
		const struct owp_inotify_watch *watch = watch_of(instance, event->wd);
		int fd = watch ? open_watched(watch) : -ENOENT;

		lost += fd < 0 || cause_event(inotify, fd, event) < 0;
		if (fd >= 0)
			close(fd);
	}
	if (lost)
		complain("note: %u of %u unread events of an inotify instance are gone", lost, instance->events.count);
	return 0;
}

int finish_inotify(uint32_t object)
{
	const struct owp_inotify *instance = RECORD(inotify, INOTIFY, object);
	int inotify = ex.object_fd[OBJECT_INOTIFY][object], error = 0;

	for (uint32_t i = 0; !error && inotify >= 0 && i < instance->watches.count; i++) {
		const struct owp_inotify_watch *watch =
			RECORD(inotify_watch, INOTIFY_WATCH, instance->watches.first + i);
		int fd = open_watched(watch);
		int wd = fd < 0 ? fd : watch_inode(inotify, fd, watch->mask & SETTABLE);

		if (fd >= 0)
			close(fd);
		error = wd < 0 ? wd : 0;
		ex.child = error ? (int32_t)i : ex.child;
	}
	return error;
}
