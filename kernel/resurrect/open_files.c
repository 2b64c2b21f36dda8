// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open file descriptions. Where an object was made with a descriptor, the first description of the plan that can be that one is
 * it; others are opened anew. Then status flags and offset.
 */
#include "open_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of struct file.f_flags what open(2) takes; the rest is of the moment of opening, or the kernel's own. */
#define OPENABLE (O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DIRECT | KERNEL_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | \
		  O_NOATIME | O_PATH)
#define SETTABLE (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME)
/* O_DIRECT of these is a mode of theirs, and of the others a matter of the file system. */
#define O_TMPFILE_BIT 020000000
#define LATER (-EAGAIN)

static const struct owp_file *file_at(uint32_t index)
{
	return RECORD(file, FILE, index);
}

static const char *path_of(const struct owp_file *file)
{
	return owp_string(&ex.plan, file->path);
}

uint32_t find_file(enum owp_file_kind kind, uint32_t target, uint32_t from)
{
	for (uint64_t i = from; i < OWP_COUNT(&ex.plan, FILE); i++) {
		if (file_at(i)->kind == kind && file_at(i)->target == target)
			return i;
	}
	return OWP_NONE;
}

static int open_path(const char *path, int flags)
{
	int fd = open(path, flags | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : move_up(fd);
}

int reopen(int fd, int flags)
{
	char path[40];

	if (fd < 0)
		return -EBADF;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open_path(path, flags & OPENABLE & ~(O_NOFOLLOW | O_DIRECTORY));
}

static int duplicate(int fd)
{
	int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, ex.fd_base);

	return fd < 0 ? -EBADF : copy < 0 ? -errno : copy;
}

/* The first description of the object that differs from `file` in none of these flags is the one it was made with. */
static bool is_original(uint32_t index, int flags)
{
	const struct owp_file *file = file_at(index);
	uint32_t other = find_file(file->kind, file->target, 0);

	while (other != index && ((file_at(other)->flags ^ file->flags) & flags))
		other = find_file(file->kind, file->target, other + 1);
	return other == index;
}

/* --- on file systems */

/* Inodes of these are made anew, with numbers of their own. */
static bool is_in_memory(const char *type)
{
	static const char *const types[] = { "tmpfs", "ramfs", "rootfs", "devtmpfs", "devpts", "hugetlbfs", "proc", "sysfs",
					     "cgroup", "cgroup2", "mqueue", "tracefs", "debugfs", "securityfs", "configfs",
					     "bpf", "pstore", "binfmt_misc", "efivarfs", "fusectl", "autofs" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

static int check_inode(int fd, const struct owp_inode *inode)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return -errno;
	if ((now.st_mode ^ inode->mode) & S_IFMT)
		return -ESTALE;
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		return now.st_rdev == makedev(inode->rdev >> 20, inode->rdev & 0xfffff) ? 0 : -ENXIO;
	if (is_in_memory(owp_string(&ex.plan, inode->file_system)) || now.st_ino == inode->inode ||
	    now.st_ino == remade_inode(inode->inode))
		return 0;
	ex.detail = now.st_ino;
	return -ESTALE;
}

/* Of a process that is not there yet. Processes ask too: without the library. */
static bool is_of_process(const char *path)
{
	static const char above[] = "/proc/";

	for (size_t i = 0; i < sizeof(above) - 1; i++) {
		if (path[i] != above[i])
			return false;
	}
	return path[sizeof(above) - 1] >= '0' && path[sizeof(above) - 1] <= '9';
}

static int open_inode_path(uint32_t index, const struct owp_file *file)
{
	const struct owp_inode *inode = RECORD(inode, INODE, file->target);
	const char *path = owp_string(&ex.plan, inode->path);
	int fd, error;

	if (inode->flags & OWP_INODE_FLAG_DELETED) {
		if ((file->flags & O_TMPFILE_BIT) && (file->flags & O_ACCMODE) == O_RDWR &&
		    is_original(index, O_TMPFILE_BIT | O_ACCMODE))
			return duplicate(ex.inode_fd[file->target]);
		return reopen(ex.inode_fd[file->target], file->flags);
	}
	/* By the name that it was opened by, where there are several. */
	fd = path_of(file)[0] == '/' ? open_path(path_of(file), file->flags & OPENABLE) : -ENOENT;
	error = fd < 0 ? fd : check_inode(fd, inode);
	if (error && strcmp(path, path_of(file)) != 0) {
		if (fd >= 0)
			close(fd);
		fd = open_path(path, file->flags & OPENABLE);
		error = fd < 0 ? fd : check_inode(fd, inode);
	}
	if (error == -ENOENT && is_of_process(path))
		return LATER;
	if (error && fd >= 0)
		close(fd);
	return error ? error : fd;
}

static int open_shared_memory(uint32_t index, const struct owp_file *file)
{
	const struct owp_shared_memory *memory = RECORD(shared_memory, SHARED_MEMORY, file->target);
	int whole = ex.shared_memory_fd[file->target], made_with = O_ACCMODE | KERNEL_LARGEFILE | O_TMPFILE_BIT;
	struct stat ours, theirs;
	int fd;

	/* That of memfd_create is not counted among the writers of the file; a file that runs must have none. */
	if ((memory->kind == OWP_SHARED_MEMORY_KIND_MEMFD || (file->flags & O_TMPFILE_BIT)) &&
	    (file->flags & O_ACCMODE) == O_RDWR && is_original(index, made_with))
		return duplicate(whole);
	if (!(memory->flags & OWP_SHARED_MEMORY_FLAG_DELETED)) {
		fd = open_path(path_of(file), file->flags & OPENABLE);
		if (fd >= 0 && fstat(fd, &theirs) == 0 && fstat(whole, &ours) == 0 && ours.st_ino == theirs.st_ino &&
		    ours.st_dev == theirs.st_dev)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return reopen(whole, file->flags);
}

/* --- without a file system */

/* pipe2(2) gives descriptions without O_LARGEFILE, every later open of an end one with it. */
static int open_pipe(uint32_t index, const struct owp_file *file)
{
	const int *ends = ex.pipe_fd[file->target];
	int end = (file->flags & O_ACCMODE) == O_RDONLY ? 0 : 1;

	if (file->kind == OWP_FILE_KIND_PIPE && !(file->flags & KERNEL_LARGEFILE) &&
	    is_original(index, O_ACCMODE | KERNEL_LARGEFILE))
		return duplicate(ends[end]);
	return reopen(ends[end], file->flags);
}

static int open_queue(uint32_t index, const struct owp_file *file)
{
	const struct owp_message_queue *queue = RECORD(message_queue, MESSAGE_QUEUE, file->target);
	const char *name = owp_string(&ex.plan, queue->name);
	int fd;

	if ((file->flags & O_ACCMODE) == O_RDWR && is_original(index, O_ACCMODE))
		return duplicate(ex.object_fd[OBJECT_MESSAGE_QUEUE][file->target]);
	if (!*name)
		return reopen(ex.object_fd[OBJECT_MESSAGE_QUEUE][file->target], file->flags);
	fd = syscall(SYS_mq_open, name + 1, file->flags & OPENABLE, 0, NULL);
	return fd < 0 ? -errno : move_up(fd);
}

/* Of a process that has ended: any that has. */
static int open_ended(int flags)
{
	pid_t child = fork();
	int fd;

	if (child == 0)
		_exit(0);
	if (child < 0)
		return -errno;
	fd = syscall(SYS_pidfd_open, child, flags);
	if (fd < 0)
		fd = -errno;
	waitpid(child, NULL, 0);
	return fd < 0 ? fd : move_up(fd);
}

static int open_pidfd(const struct owp_file *file)
{
	/* PIDFD_NONBLOCK and PIDFD_THREAD are these. */
	int flags = file->flags & (O_NONBLOCK | O_EXCL), fd;

	if (file->target == OWP_NONE)
		return open_ended(flags);
	fd = syscall(SYS_pidfd_open, RECORD(process, PROCESS, file->target)->pid, flags);
	return fd < 0 ? -errno : move_up(fd);
}

static int open_kind(uint32_t index, const struct owp_file *file)
{
	switch (file->kind) {
	case OWP_FILE_KIND_PIPE:
	case OWP_FILE_KIND_FIFO:
		return open_pipe(index, file);
	case OWP_FILE_KIND_SOCKET:
		return duplicate(ex.socket_fd[file->target]);
	case OWP_FILE_KIND_TERMINAL:
		return open_terminal(file);
	case OWP_FILE_KIND_SHARED_MEMORY:
		return open_shared_memory(index, file);
	case OWP_FILE_KIND_EVENTFD:
		return duplicate(ex.object_fd[OBJECT_EVENTFD][file->target]);
	case OWP_FILE_KIND_EPOLL:
		return duplicate(ex.object_fd[OBJECT_EPOLL][file->target]);
	case OWP_FILE_KIND_TIMERFD:
		return duplicate(ex.object_fd[OBJECT_TIMERFD][file->target]);
	case OWP_FILE_KIND_SIGNALFD:
		return duplicate(ex.object_fd[OBJECT_SIGNALFD][file->target]);
	case OWP_FILE_KIND_INOTIFY:
		return duplicate(ex.object_fd[OBJECT_INOTIFY][file->target]);
	case OWP_FILE_KIND_PIDFD:
		return open_pidfd(file);
	case OWP_FILE_KIND_MESSAGE_QUEUE:
		return open_queue(index, file);
	case OWP_FILE_KIND_REFUSED:
		return 0;
	default:
		return open_inode_path(index, file);
	}
}

/* --- flags and offset */

static bool has_offset(const struct owp_file *file)
{
	switch (file->kind) {
	case OWP_FILE_KIND_REGULAR:
	case OWP_FILE_KIND_DIRECTORY:
	case OWP_FILE_KIND_SHARED_MEMORY:
	case OWP_FILE_KIND_PROC:
		return true;
	default:
		return false;
	}
}

static int settle(int fd, const struct owp_file *file)
{
	int flags = fcntl(fd, F_GETFL), error = FAULT_POINT("open_file.settle");

	if (error || (file->flags & O_PATH))
		return error;
	if (((flags ^ file->flags) & SETTABLE) && fcntl(fd, F_SETFL, (flags & ~SETTABLE) | (file->flags & SETTABLE)) < 0)
		return -errno;
	/* Memory of a device has no offset that counts, but one that is open may be a disk. */
	if (has_offset(file) && lseek(fd, file->position, SEEK_SET) < 0)
		return -errno;
	if (file->kind == OWP_FILE_KIND_DEVICE && file->position)
		lseek(fd, file->position, SEEK_SET);
	return 0;
}

static int open_file(uint32_t object)
{
	const struct owp_file *file = file_at(object);
	int fd = file->kind == OWP_FILE_KIND_REFUSED ? 0 : open_kind(object, file);
	int error;

	if (file->kind == OWP_FILE_KIND_REFUSED || fd < 0)
		return fd;
	error = settle(fd, file);
	if (error) {
		close(fd);
		return error;
	}
	ex.file_fd[object] = fd;
	return 0;
}

int op_open_file(uint32_t object)
{
	int error = FAULT_POINT("open_file.open");

	if (!error)
		error = open_file(object);
	/* open_late_file() will have it. */
	return error == LATER && file_at(object)->kind != OWP_FILE_KIND_PIDFD ? 0 : error;
}

bool is_late(uint32_t object)
{
	const struct owp_file *file = file_at(object);

	if (file->kind == OWP_FILE_KIND_DIRECTORY || file->kind == OWP_FILE_KIND_PATH)
		return is_of_process(path_of(file));
	return file->kind == OWP_FILE_KIND_PIDFD || file->kind == OWP_FILE_KIND_PROC;
}

int open_late_file(uint32_t object)
{
	const struct owp_file *file = file_at(object);
	int error;

	if (!is_late(object) || ex.file_fd[object] >= 0 || file->kind == OWP_FILE_KIND_PIDFD ||
	    file->kind == OWP_FILE_KIND_PROC)
		return 0;
	error = open_file(object);
	return error == LATER ? -ENOENT : error;
}

int own_file(uint32_t object)
{
	const struct owp_file *file = file_at(object);
	const struct owp_process *process = RECORD(process, PROCESS, 0);
	struct f_owner_ex owner = { file->owner < 0 ? F_OWNER_PGRP : F_OWNER_TID, abs(file->owner) };
	int fd = ex.file_fd[object], flags;

	if (fd < 0 || (file->flags & O_PATH))
		return 0;
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, PROCESS); i++) {
		if (process[i].pid == file->owner)
			owner.type = F_OWNER_PID;
	}
	if (file->owner && fcntl(fd, F_SETOWN_EX, &owner) < 0) {
		/* Refused in the plan, if it is none of its processes. */
		if (errno != ESRCH)
			return -errno;
	}
	if (file->signal && fcntl(fd, F_SETSIG, file->signal) < 0)
		return -errno;
	if (!(file->flags & O_ASYNC))
		return 0;
	flags = fcntl(fd, F_GETFL);
	/* Of regular files it can be opened with, but not set: they tell nobody anything. */
	if (fcntl(fd, F_SETFL, flags | O_ASYNC) < 0 && errno != EINVAL)
		return -errno;
	return 0;
}
