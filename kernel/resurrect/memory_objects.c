// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is shared: anonymous, memfd, files on tmpfs and hugetlbfs. System V: ipc.c. */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "objects.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#define O_TMPFILE_BIT 020000000
#define HUGE_PAGE (2UL << 20)
#define HUGE_POOL "/proc/sys/vm/nr_hugepages"

static const struct owp_shared_memory *memory_of(uint32_t memory)
{
	return RECORD(shared_memory, SHARED_MEMORY, memory);
}

int fill_memory_file(int fd, uint32_t memory)
{
	const struct owp_shared_memory *shared = memory_of(memory);

	if (ftruncate(fd, shared->bytes) < 0)
		return -errno;
	return fill_mapped(fd, shared->bytes, shared->pages);
}

static long huge_pool(long more)
{
	FILE *pool = fopen(HUGE_POOL, "r+e");
	long had = -1, has = -1;

	if (!pool)
		return -errno;
	if (fscanf(pool, "%ld", &had) == 1 && more) {
		rewind(pool);
		fprintf(pool, "%ld\n", had + more);
		fflush(pool);
		rewind(pool);
		if (fscanf(pool, "%ld", &has) != 1 || has < had + more)
			had = -ENOMEM;
	}
	fclose(pool);
	return had;
}

/* Pages of its own for every huge object: the pool of a crash kernel is empty. */
static int reserve_huge(const struct owp_shared_memory *shared)
{
	long had;

	if (!(shared->flags & OWP_SHARED_MEMORY_FLAG_HUGE) && shared->kind != OWP_SHARED_MEMORY_KIND_HUGETLB)
		return 0;
	had = huge_pool((shared->bytes + HUGE_PAGE - 1) / HUGE_PAGE);
	return had < 0 ? had : 0;
}

static void release_huge(const struct owp_shared_memory *shared)
{
	if ((shared->flags & OWP_SHARED_MEMORY_FLAG_HUGE) || shared->kind == OWP_SHARED_MEMORY_KIND_HUGETLB)
		huge_pool(-(long)((shared->bytes + HUGE_PAGE - 1) / HUGE_PAGE));
}

/* It has no file that could be opened: but its mapping has, and a descriptor of that stands for it (CAP_CHECKPOINT_RESTORE). */
int make_anonymous_memory(uint32_t memory)
{
	const struct owp_shared_memory *shared = memory_of(memory);
	int huge = shared->flags & OWP_SHARED_MEMORY_FLAG_HUGE ? MAP_HUGETLB : 0;
	uint64_t unit = huge ? HUGE_PAGE : PAGE, whole = (shared->bytes + unit - 1) & ~(unit - 1);
	char path[80];
	void *at;
	int fd;

	at = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | huge, -1, 0);
	if (at == MAP_FAILED)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (long)at, (long)at + whole);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	munmap(at, whole);
	return fd;
}

static int make_memfd(const struct owp_shared_memory *shared)
{
	unsigned int huge = shared->flags & OWP_SHARED_MEMORY_FLAG_HUGE ? MFD_HUGETLB : 0;
	int fd = syscall(SYS_memfd_create, owp_string(&ex.plan, shared->name), MFD_ALLOW_SEALING | MFD_CLOEXEC | huge);
	int error = fd < 0 ? -errno : set_owner(fd, shared->mode, shared->uid, shared->gid);

	if (fd >= 0 && error)
		close(fd);
	return error ? error : fd;
}

static bool was_linkable(uint32_t memory)
{
	uint32_t file = find_file(OWP_FILE_KIND_SHARED_MEMORY, memory, 0);

	for (; file != OWP_NONE; file = find_file(OWP_FILE_KIND_SHARED_MEMORY, memory, file + 1)) {
		if (RECORD(file, FILE, file)->flags & O_TMPFILE_BIT)
			return true;
	}
	return false;
}

/* `fill`: what is in it is not there yet; `made`: there was no such file. */
static int open_named(const struct owp_shared_memory *shared, bool *fill, bool *made)
{
	const char *path = owp_string(&ex.plan, shared->name);
	struct stat there;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW), error;

	if (fd < 0 && errno == ENOENT) {
		fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
		*made = true;
		error = fd < 0 ? -errno : set_owner(fd, shared->mode, shared->uid, shared->gid);
		if (!error)
			return fd;
		if (fd >= 0) {
			unlink(path);
			close(fd);
		}
		return error;
	}
	if (fd < 0 || fstat(fd, &there) < 0)
		return -errno;
	/* fill_tmpfs had it, in general. */
	*fill = there.st_size != shared->bytes;
	return fd;
}

static int make_memory(uint32_t memory, bool *fill, bool *made)
{
	const struct owp_shared_memory *shared = memory_of(memory);
	bool deleted = shared->flags & OWP_SHARED_MEMORY_FLAG_DELETED;

	switch (shared->kind) {
	case OWP_SHARED_MEMORY_KIND_MEMFD:
		return make_memfd(shared);
	case OWP_SHARED_MEMORY_KIND_TMPFS:
	case OWP_SHARED_MEMORY_KIND_HUGETLB:
		if (deleted)
			return make_nameless(owp_string(&ex.plan, shared->name), was_linkable(memory), shared->mode,
					     shared->uid, shared->gid);
		return open_named(shared, fill, made);
	default:
		return make_anonymous_memory(memory);
	}
}

/* What forbids writing waits for mappings that write; and what forbids seals for those. */
static uint32_t seals_to_come(uint32_t seals)
{
	return seals & F_SEAL_FUTURE_WRITE ? seals & (F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) : 0;
}

static int finish(uint32_t memory, int fd, bool fill)
{
	const struct owp_shared_memory *shared = memory_of(memory);
	uint32_t seals = shared->seals & ~seals_to_come(shared->seals);
	int error = FAULT_POINT("make_shared_memory.fill");

	/* The size of an anonymous one is that of its mapping. */
	if (!error && fill && shared->kind == OWP_SHARED_MEMORY_KIND_ANONYMOUS)
		error = fill_mapped(fd, shared->bytes, shared->pages);
	else if (!error && fill)
		error = fill_memory_file(fd, memory);
	if (!error && fill)
		error = set_times(fd, shared->times);
	if (!error && shared->kind == OWP_SHARED_MEMORY_KIND_MEMFD && seals && fcntl(fd, F_ADD_SEALS, seals) < 0)
		error = -errno;
	return error;
}

int op_make_shared_memory(uint32_t object)
{
	const struct owp_shared_memory *shared = memory_of(object);
	bool fill = true, made = false;
	int fd, error = FAULT_POINT("make_shared_memory.make");

	if (shared->kind == OWP_SHARED_MEMORY_KIND_SYSTEM_V)
		return error ? error : make_segment_memory(object);
	if (!error)
		error = reserve_huge(shared);
	if (error)
		return error;
	fd = make_memory(object, &fill, &made);
	error = fd < 0 ? fd : finish(object, fd, fill);
	if (!error) {
		fd = move_up(fd);
		error = fd < 0 ? fd : 0;
	} else if (fd >= 0) {
		close(fd);
	}
	if (!error) {
		ex.shared_memory_fd[object] = fd;
		return 0;
	}
	if (made)
		unlink(owp_string(&ex.plan, shared->name));
	release_huge(shared);
	return error;
}

int seal_shared_memory(uint32_t memory)
{
	uint32_t seals = seals_to_come(memory_of(memory)->seals);
	int fd = ex.shared_memory_fd[memory];

	return seals && fd >= 0 && fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}
