// SPDX-License-Identifier: GPL-2.0-only
/* The plan as the module validated it, and the executor's tables of what is made of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bringup.h"
#include "self.h"

struct executor ex = { .device = -1, .fd_base = 256, .child = -1 };

void *shared_room(size_t bytes)
{
	static char *next = (char *)TABLES_AT;
	char *here = next;
	size_t whole = (bytes + 4095) & ~(size_t)4095;

	if (!whole)
		whole = 4096;
	next += whole;
	if (mmap(here, whole, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != here)
		return NULL;
	return here;
}

static int *descriptors(uint64_t count)
{
	int *table = shared_room(count * sizeof(int));

	for (uint64_t i = 0; table && i < count; i++)
		table[i] = -1;
	return table;
}

static void read_sections(struct owp_view *plan)
{
	const struct owp_header *header = owp_header_of(plan);
	const struct owp_section_entry *entry = (const void *)(plan->base + header->sections_offset);

	for (uint32_t i = 0; i < header->sections; i++) {
		plan->section[entry[i].section].records = plan->base + entry[i].offset;
		plan->section[entry[i].section].count = entry[i].count;
	}
}

/* How many descriptors the executor has of its own, at most. */
static int own_descriptors(void)
{
	static const int sections[] = {
		OWP_SECTION_FILE,    OWP_SECTION_INODE,	  OWP_SECTION_SHARED_MEMORY, OWP_SECTION_PIPE,
		OWP_SECTION_PIPE,    OWP_SECTION_TERMINAL, OWP_SECTION_SOCKET,	     OWP_SECTION_EVENTFD,
		OWP_SECTION_EPOLL,   OWP_SECTION_TIMERFD,  OWP_SECTION_SIGNALFD,     OWP_SECTION_INOTIFY,
		OWP_SECTION_PROCESS, OWP_SECTION_MESSAGE_QUEUE,
	};
	int count = 256;

	for (unsigned i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		count += ex.plan.section[sections[i]].count;
	return count;
}

/* The lowest numbers that are in a row, and no process's: tables of descriptors are copied up to the highest in use. */
static void choose_descriptors(void)
{
	const struct owp_descriptor *descriptor = OWP_RECORDS(&ex.plan, descriptor, DESCRIPTOR);
	int count = own_descriptors();
	bool moved = true;

	while (moved) {
		moved = false;
		for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, DESCRIPTOR); i++) {
			if (descriptor[i].fd < (uint32_t)ex.fd_base || descriptor[i].fd >= (uint32_t)(ex.fd_base + count))
				continue;
			ex.fd_base = descriptor[i].fd + 1;
			moved = true;
		}
	}
	ex.fd_limit = ex.fd_base + count;
}

/* Of the executor and of what it makes for others; processes get their own limits last. */
static int raise_limits(void)
{
	rlim_t most = 1 << 20; /* fs.nr_open */
	struct rlimit files = { most, most };
	int fd;

	if ((rlim_t)ex.fd_limit > most) {
		files.rlim_cur = files.rlim_max = most * 4;
		fd = open("/proc/sys/fs/nr_open", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || dprintf(fd, "%llu\n", (unsigned long long)files.rlim_max) < 0)
			return -errno;
		close(fd);
	}
	return setrlimit(RLIMIT_NOFILE, &files) < 0 ? -errno : 0;
}

int load_plan(void)
{
	struct owp_header header;
	int error;
	void *at = mmap(NULL, sizeof(header), PROT_READ, MAP_SHARED, ex.device, 0);

	if (at == MAP_FAILED)
		return -errno;
	memcpy(&header, at, sizeof(header));
	munmap(at, sizeof(header));
	at = mmap((void *)PLAN_AT, header.file_bytes, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, ex.device, 0);
	if (at != (void *)PLAN_AT)
		return -errno;
	ex.plan.base = at;
	ex.plan.bytes = header.file_bytes;
	read_sections(&ex.plan);
	choose_descriptors();
	error = raise_limits();
	if (error)
		return error;
	ex.device = move_up(ex.device);
	port_move_up();
	move_console_up();
	ex.file_fd = descriptors(OWP_COUNT(&ex.plan, FILE));
	ex.inode_fd = descriptors(OWP_COUNT(&ex.plan, INODE));
	ex.shared_memory_fd = descriptors(OWP_COUNT(&ex.plan, SHARED_MEMORY));
	ex.shm_id = descriptors(OWP_COUNT(&ex.plan, SHARED_MEMORY));
	ex.pipe_fd = (int(*)[2])descriptors(OWP_COUNT(&ex.plan, PIPE) * 2);
	ex.terminal_fd = descriptors(OWP_COUNT(&ex.plan, TERMINAL));
	ex.socket_fd = descriptors(OWP_COUNT(&ex.plan, SOCKET));
	ex.object_fd[OBJECT_EVENTFD] = descriptors(OWP_COUNT(&ex.plan, EVENTFD));
	ex.object_fd[OBJECT_EPOLL] = descriptors(OWP_COUNT(&ex.plan, EPOLL));
	ex.object_fd[OBJECT_TIMERFD] = descriptors(OWP_COUNT(&ex.plan, TIMERFD));
	ex.object_fd[OBJECT_SIGNALFD] = descriptors(OWP_COUNT(&ex.plan, SIGNALFD));
	ex.object_fd[OBJECT_INOTIFY] = descriptors(OWP_COUNT(&ex.plan, INOTIFY));
	ex.object_fd[OBJECT_MESSAGE_QUEUE] = descriptors(OWP_COUNT(&ex.plan, MESSAGE_QUEUE));
	return ex.object_fd[OBJECT_MESSAGE_QUEUE] ? 0 : -ENOMEM;
}
