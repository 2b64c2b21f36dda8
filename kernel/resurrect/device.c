// SPDX-License-Identifier: GPL-2.0-only
/* Pages of the dead kernel: out of its frames by the module, out of its swap areas by reading them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "executor.h"
#include "sys.h"

#define PAGE 4096UL

/* Swap areas stay open once they are; a few at most. */
static int swap_area(uint16_t type)
{
	static struct {
		int fd;
		uint16_t type;
	} open_areas[8];
	static unsigned count;
	const struct owp_swap_area *area = OWP_RECORDS(&ex.plan, swap_area, SWAP_AREA);
	int fd;

	for (unsigned i = 0; i < count; i++)
		if (open_areas[i].type == type)
			return open_areas[i].fd;
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, SWAP_AREA); i++) {
		if (area[i].type != type)
			continue;
		fd = open_up(owp_string(&ex.plan, area[i].path), O_RDONLY);
		if (fd >= 0 && count < 8) {
			open_areas[count].fd = fd;
			open_areas[count++].type = type;
		}
		return fd;
	}
	return -ENXIO;
}

static int read_swapped(const struct owp_page_run *run, uint64_t to)
{
	uint64_t done = 0, bytes = run->pages * PAGE;
	int fd = swap_area(run->swap);

	if (fd < 0)
		return fd;
	while (done < bytes) {
		long got = sys(pread64, fd, to + done, bytes - done, run->pfn * PAGE + done);
		if (got <= 0)
			return got ? got : -EIO;
		done += got;
	}
	return 0;
}

int copy_runs(struct owp_range runs, void *to, uint64_t origin)
{
	const struct owp_page_run *run = OWP_RECORDS(&ex.plan, page_run, PAGE_RUN) + runs.first;
	uint32_t i = 0;

	while (i < runs.count) {
		struct ow_copy_runs copy = { .first = runs.first + i, .to = (uintptr_t)to, .origin = origin };
		long error;

		while (i + copy.count < runs.count && run[i + copy.count].source != OWP_PAGE_SOURCE_SWAP)
			copy.count++;
		error = copy.count ? sys(ioctl, ex.device, OW_COPY_RUNS, &copy) : 0;
		if (error) {
			ex.detail = copy.fault_address;
			return error;
		}
		i += copy.count;
		if (i == runs.count)
			break;
		error = read_swapped(&run[i], (uintptr_t)to + run[i].address - origin);
		if (error) {
			ex.detail = run[i].address;
			return error;
		}
		i++;
	}
	return 0;
}
