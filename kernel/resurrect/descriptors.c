// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors, directories and locks of a process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>

#include "bringup.h"
#include "objects.h"
#include "process.h"
#include "sys.h"

/* A file that was opened when the processes were there already: fetched from the executor, PID 1. */
static long fetch(int fd)
{
	long executor = sys(pidfd_open, 1, 0), fetched;

	if (executor < 0)
		return executor;
	fetched = sys(pidfd_getfd, executor, fd, 0);
	sys(close, executor);
	return fetched;
}

static int install(const struct owp_descriptor *descriptor)
{
	int flags = descriptor->flags & OWP_DESCRIPTOR_FLAG_CLOSE_ON_EXEC ? O_CLOEXEC : 0;
	const struct owp_file *file = OWP_RECORDS(&ex.plan, file, FILE) + descriptor->file;
	int from = ex.file_fd[descriptor->file];
	long fetched, error;

	if (from < 0)
		return file->kind == OWP_FILE_KIND_REFUSED ? 0 : -EBADF; /* the journal says why it is not open */
	if (!is_late(descriptor->file)) {
		error = sys(dup3, from, descriptor->fd, flags);
		return error < 0 ? error : 0;
	}
	fetched = fetch(from);
	if (fetched < 0)
		return fetched;
	if (fetched == descriptor->fd) {
		error = sys(fcntl, fetched, F_SETFD, flags ? FD_CLOEXEC : 0);
		return error < 0 ? error : 0;
	}
	error = sys(dup3, fetched, descriptor->fd, flags);
	sys(close, fetched);
	return error < 0 ? error : 0;
}

int install_files(struct self *self)
{
	const struct owp_file_table *table;
	const struct owp_descriptor *descriptor;

	/* What it has from the executor below its base: the console. */
	sys(close_range, 0, ex.fd_base - 1, 0);
	if (self->model->files == OWP_NONE)
		return 0;
	table = OWP_RECORDS(&ex.plan, file_table, FILE_TABLE) + self->model->files;
	descriptor = OWP_RECORDS(&ex.plan, descriptor, DESCRIPTOR) + table->descriptors.first;
	for (uint32_t i = 0; i < table->descriptors.count; i++) {
		int error = install(&descriptor[i]);
		if (error) {
			ex.child = i;
			ex.detail = descriptor[i].fd;
			return error;
		}
	}
	return 0;
}

/* Opened before the root is changed: paths of the plan are those that its init had. */
int set_directories(struct self *self)
{
	const struct owp_fs *fs;
	const char *root;
	long cwd, error = 0;

	if (self->mm)
		self->exe_fd = open_up(owp_string(&ex.plan, self->mm->exe), O_RDONLY);
	if (self->model->fs == OWP_NONE)
		return 0;
	fs = OWP_RECORDS(&ex.plan, fs, FS) + self->model->fs;
	sys(umask, fs->umask);
	cwd = sys(openat, AT_FDCWD, owp_string(&ex.plan, fs->cwd), O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (cwd < 0)
		return cwd;
	root = owp_string(&ex.plan, fs->root);
	if (root[0] && (root[0] != '/' || root[1]))
		error = sys(chroot, root);
	if (!error)
		error = sys(fchdir, cwd);
	sys(close, cwd);
	return error;
}

/* When only its own descriptors are left: closing another of the same file would give a POSIX lock away. */
int set_locks(struct self *self)
{
	const struct owp_lock *lock = OWP_RECORDS(&ex.plan, lock, LOCK);
	int error;

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, LOCK); i++) {
		if (lock[i].process != self->index ||
		    (lock[i].kind != OWP_LOCK_KIND_POSIX && lock[i].kind != OWP_LOCK_KIND_LEASE))
			continue;
		error = fault_of(self, "set_lock") ? -EIO : lock_in_process(i);
		journal(step_of(OWP_OP_SET_LOCK, i), error);
		if (error)
			return error;
	}
	error = semaphore_undo_of(self->index);
	return error ? error : ask_for_messages(self);
}
