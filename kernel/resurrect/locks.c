// SPDX-License-Identifier: GPL-2.0-only
/* Locks and leases on files (fs/locks.c). */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "objects.h"
#include "sys.h"

static const struct owp_lock *lock_at(uint32_t index)
{
	return RECORD(lock, LOCK, index);
}

static struct flock range_of(const struct owp_lock *lock)
{
	return (struct flock){
		.l_type = lock->type == OWP_LOCK_TYPE_WRITE ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = lock->start,
		/* All ones: to the end of the file, however long it gets. */
		.l_len = lock->end == UINT64_MAX ? 0 : lock->end - lock->start + 1,
	};
}

/* What belongs to the open file description: of POSIX locks and leases nothing is done here. */
int lock_of_file(uint32_t index)
{
	const struct owp_lock *lock = lock_at(index);
	struct flock range = range_of(lock);
	int fd = ex.file_fd[lock->file], error = FAULT_POINT("set_lock.take");

	if (error || lock->kind == OWP_LOCK_KIND_POSIX || lock->kind == OWP_LOCK_KIND_LEASE)
		return error;
	if (fd < 0)
		return -EBADF;
	if (lock->kind == OWP_LOCK_KIND_FLOCK)
		error = flock(fd, LOCK_NB | (lock->type == OWP_LOCK_TYPE_WRITE ? LOCK_EX : LOCK_SH));
	else
		error = fcntl(fd, F_OFD_SETLK, &range);
	return error < 0 ? -errno : 0;
}

/* A number that the process has the file under; -1 for none. */
static int number_in(const struct owp_process *process, uint32_t file)
{
	const struct owp_thread *leader = RECORD(thread, THREAD, process->threads.first);
	const struct owp_file_table *table;

	if (!process->threads.count || leader->files == OWP_NONE)
		return -1;
	table = RECORD(file_table, FILE_TABLE, leader->files);
	for (uint32_t i = 0; i < table->descriptors.count; i++) {
		const struct owp_descriptor *one = RECORD(descriptor, DESCRIPTOR, table->descriptors.first + i);

		if (one->file == file)
			return one->fd;
	}
	return -1;
}

/*
 * In the process, which has no descriptors but its own by then: closing any other of the same file would take its locks away.
 * System calls as they are, and nothing but the plan.
 */
int lock_in_process(uint32_t index)
{
	const struct owp_lock *lock = lock_at(index);
	struct flock range = range_of(lock);
	int fd;

	if ((lock->kind != OWP_LOCK_KIND_POSIX && lock->kind != OWP_LOCK_KIND_LEASE) || lock->process == OWP_NONE)
		return 0;
	fd = number_in(RECORD(process, PROCESS, lock->process), lock->file);
	if (fd < 0)
		return -EBADF;
	if (lock->kind == OWP_LOCK_KIND_POSIX)
		return sys(fcntl, fd, F_SETLK, &range);
	return sys(fcntl, fd, F_SETLEASE, range.l_type);
}
