// SPDX-License-Identifier: GPL-2.0-only
/* Pages of the dead kernel into files. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "objects.h"

#define CHUNK (1UL << 20)

static uint64_t end_of(const struct owp_page_run *run)
{
	return run->address + run->pages * PAGE;
}

int fill_mapped(int fd, uint64_t bytes, struct owp_range pages)
{
	const struct owp_page_run *runs = RECORD(page_run, PAGE_RUN, pages.first);
	uint64_t whole = (bytes + PAGE - 1) & ~(PAGE - 1);
	struct owp_range inside = pages;
	int error = 0;
	void *at;

	/* Pages behind the end (fallocate) cannot be touched through a mapping, and nobody could read them. */
	while (inside.count && end_of(runs + inside.count - 1) > whole)
		inside.count--;
	if (!inside.count)
		return 0;
	at = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	error = copy_runs(inside, at, 0);
	munmap(at, whole);
	return error;
}

/* How many runs from `first` on follow one another without a gap, in a chunk. */
static uint32_t joined(const struct owp_page_run *first, uint32_t count)
{
	uint32_t n = 1;

	while (n < count && first[n].address == end_of(first + n - 1) && end_of(first + n) - first->address <= CHUNK)
		n++;
	return n;
}

static int write_all(int fd, const char *from, uint64_t bytes, uint64_t offset)
{
	while (bytes) {
		ssize_t done = pwrite(fd, from, bytes, offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		from += done;
		offset += done;
		bytes -= done;
	}
	return 0;
}

static int write_joined(int fd, struct owp_range part, uint64_t start, uint64_t end, uint64_t bytes)
{
	uint64_t room = end - start;
	void *buffer;
	int error;

	if (start >= bytes)
		return 0;
	buffer = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		return -errno;
	error = copy_runs(part, buffer, start);
	if (!error)
		error = write_all(fd, buffer, (end < bytes ? end : bytes) - start, start);
	munmap(buffer, room);
	return error;
}

int write_pages(int fd, struct owp_range pages, uint64_t bytes)
{
	const struct owp_page_run *runs = RECORD(page_run, PAGE_RUN, pages.first);

	for (uint32_t i = 0, n; i < pages.count; i += n) {
		int error;

		n = joined(runs + i, pages.count - i);
		error = write_joined(fd, (struct owp_range){ pages.first + i, n }, runs[i].address,
				     end_of(runs + i + n - 1), bytes);
		if (error) {
			ex.child = i;
			ex.detail = runs[i].address;
			return error;
		}
	}
	return 0;
}
