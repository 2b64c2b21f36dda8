// SPDX-License-Identifier: GPL-2.0-only
/* Pages of the dead kernel: out of its frames by the module, out of its swap areas by reading them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "executor.h"
#include "sys.h"

#define PAGE 4096UL

#define AREAS 32 /* MAX_SWAPFILES */

static struct {
	int fd;
	uint16_t type;
} open_areas[AREAS];
static unsigned areas;

/* Before any process is made: it inherits them, and may have a root directory where their names lead to nothing. */
void open_swap_areas(void)
{
	const struct owp_swap_area *area = OWP_RECORDS(&ex.plan, swap_area, SWAP_AREA);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, SWAP_AREA) && areas < AREAS; i++) {
		const char *path = owp_string(&ex.plan, area[i].path);
		int fd = open_up(path, O_RDONLY);

		if (fd < 0)
			complain("the swap area %s: %s", path, strerror(-fd));
		open_areas[areas].fd = fd;
		open_areas[areas++].type = area[i].type;
	}
}

void close_swap_areas(void)
{
	for (; areas > 0; areas--)
		if (open_areas[areas - 1].fd >= 0)
			close(open_areas[areas - 1].fd);
}

static int swap_area(uint16_t type)
{
	for (unsigned i = 0; i < areas; i++)
		if (open_areas[i].type == type)
			return open_areas[i].fd;
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
