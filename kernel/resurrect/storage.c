// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty pages of files on file systems that survive.
 *
 * What the disk has under a name may be older than the process's file: its creation, or the rename that put it there, may not
 * have been committed. A name that is missing is made; under one that leads to another inode the file is put anew, if the
 * plan has all of its pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects.h"

/* Inode numbers of files that were made anew, by the index of the writeback. */
static uint64_t *remade;

static const struct owp_writeback *writebacks(void)
{
	return RECORD(writeback, WRITEBACK, 0);
}

static void note_remade(uint32_t object, int fd)
{
	struct stat now;

	if (!remade)
		remade = calloc(OWP_COUNT(&ex.plan, WRITEBACK), sizeof(*remade));
	if (remade && fstat(fd, &now) == 0)
		remade[object] = now.st_ino;
}

uint64_t remade_inode(uint64_t inode)
{
	for (uint64_t i = 0; remade && i < OWP_COUNT(&ex.plan, WRITEBACK); i++) {
		if (writebacks()[i].inode == inode && remade[i])
			return remade[i];
	}
	return 0;
}

static bool has_all_pages(const struct owp_writeback *file)
{
	const struct owp_page_run *run = RECORD(page_run, PAGE_RUN, file->pages.first);
	uint64_t end = 0;

	for (uint32_t i = 0; i < file->pages.count && run[i].address == end; i++)
		end += run[i].pages * PAGE;
	return end >= file->bytes;
}

static int put_contents(int fd, const struct owp_writeback *file)
{
	int error = FAULT_POINT("write_back.write");

	if (!error)
		error = write_pages(fd, file->pages, file->bytes);
	if (!error && S_ISREG(file->mode) && ftruncate(fd, file->bytes) < 0)
		error = -errno;
	return error;
}

/* A new file, in whole or not at all: it gets its name when it is complete. */
static int make_file(uint32_t object, const struct owp_writeback *file, const char *path)
{
	char beside[PATH_MAX];
	int fd, error;

	if (snprintf(beside, sizeof(beside), "%s.ow-%u", path, object) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	error = put_contents(fd, file);
	if (!error)
		error = set_owner(fd, file->mode, file->uid, file->gid);
	if (!error)
		error = set_times(fd, file->times);
	if (!error && rename(beside, path) < 0)
		error = -errno;
	if (error)
		unlink(beside);
	else
		note_remade(object, fd);
	close(fd);
	return error;
}

static int write_into(uint32_t object, const struct owp_writeback *file, const char *path, int fd)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return -errno;
	if ((now.st_mode ^ file->mode) & S_IFMT)
		return -ESTALE;
	if (S_ISREG(file->mode) && now.st_ino != file->inode) {
		ex.detail = now.st_ino;
		return has_all_pages(file) ? make_file(object, file, path) : -ESTALE;
	}
	return put_contents(fd, file);
}

/* The processes wrote then, not now: an editor would think that somebody else has changed its file. */
static int date_back(int fd, const struct owp_writeback *file, const struct stat *before)
{
	if (file->times.count)
		return set_times(fd, file->times);
	return futimens(fd, (struct timespec[]){ before->st_atim, before->st_mtim }) < 0 ? -errno : 0;
}

int op_write_back(uint32_t object)
{
	const struct owp_writeback *file = writebacks() + object;
	const char *path = owp_string(&ex.plan, file->path);
	int error = FAULT_POINT("write_back.open");
	struct stat before;
	int fd;

	if (error)
		return error;
	if (path[0] != '/')
		return -ENOENT;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT && S_ISREG(file->mode) ? make_file(object, file, path) : -errno;
	if (fstat(fd, &before) < 0)
		error = -errno;
	if (!error)
		error = write_into(object, file, path, fd);
	if (!error)
		error = date_back(fd, file, &before);
	close(fd);
	return error;
}
