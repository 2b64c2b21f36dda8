// Memory that has been swapped to compressed RAM disks, one for each algorithm that the kernel offers: what compresses
// well, what does not, what is all one word. Each page's digest is written down before it goes: to read it again
// afterwards would bring it back.

#include "zoo.h"
#include "../record/md5.c"

#include <sched.h>
#include <sys/swap.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define DISKS 3
#define PAGES 24
#define REST 2048
#define SWAPPED (1ull << 62)

// So that pages lie in no other CPU's batches when they are to go.
static void stay_on_this_cpu(void)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(must("getcpu", sched_getcpu()), &set);
	must("sched_setaffinity", sched_setaffinity(0, sizeof(set), &set));
}

static void random_bytes(uint8_t *at, size_t size, uint64_t seed)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;
	for (size_t i = 0; i < size; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		at[i] = x >> 32;
	}
}

static void text_bytes(char *at, size_t size, int number)
{
	static const char *const words[] = { "swap", "page", "zoo", "compressed", "guest", "kernel", "memory", "of" };
	for (size_t used = 0, i = number; used < size; i++) {
		char word[32];
		int n = snprintf(word, sizeof(word), "%s %zu, ", words[(i * i + i / 3) % 8], i % (40 + number));
		size_t part = size - used < (size_t)n ? size - used : (size_t)n;
		memcpy(at + used, word, part);
		used += part;
	}
}

static void fill_page(char *page, int number, int disk)
{
	uint64_t seed = disk * 1000 + number + 1;
	uint8_t *bytes = (uint8_t *)page;
	switch (number % 8) {
	case 0: // compresses well
	case 1:
		text_bytes(page, PAGE, number);
		break;
	case 2: // an object of some 1 or 2 KiB, which may lie across two pages
	case 3:
		random_bytes(bytes, PAGE / 4, seed);
		text_bytes(page + PAGE / 4, PAGE * 3 / 4, number);
		break;
	case 4:
		text_bytes(page, PAGE / 2, number);
		random_bytes(bytes + PAGE / 2, PAGE / 2, seed);
		break;
	case 5: // long runs of zeroes among few bytes
		for (size_t at = number; at < PAGE; at += 97 + number * 13)
			bytes[at] = number;
		random_bytes(bytes + 1000, 40, seed);
		break;
	case 6: // one word, over and over; zeroes once
		for (size_t i = 0; i < PAGE / 8; i++)
			((uint64_t *)page)[i] = number == 6 ? 0 : seed * 0x0101010101010101u;
		break;
	default: // does not compress
		random_bytes(bytes, PAGE, seed);
	}
}

static void write_down(FILE *list, int disk, const char *pages)
{
	for (int i = 0; i < PAGES; i++) {
		uint8_t digest[16];
		md5(pages + i * PAGE, PAGE, digest);
		fprintf(list, "zram%d %lx ", disk, (unsigned long)pages + i * PAGE);
		for (int b = 0; b < 16; b++)
			fprintf(list, "%02x", digest[b]);
		fputc('\n', list);
	}
}

// The swap area that a page is in, by its type; -1 where it is in memory still.
static int area_of(const char *page)
{
	uint64_t entry = 0;
	int fd = must("pagemap", open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
	must("pagemap", pread(fd, &entry, sizeof(entry), (unsigned long)page / PAGE * 8));
	close(fd);
	return entry & SWAPPED ? (int)(entry & 31) : -1;
}

// Areas are listed in the order of their types, and nothing was ever swapped off.
static int type_of(const char *path)
{
	char line[256];
	int type = -1;
	FILE *areas = fopen("/proc/swaps", "re");
	for (int i = -1; areas && fgets(line, sizeof(line), areas); i++)
		type = strncmp(line, path, strlen(path)) == 0 ? i : type;
	if (areas)
		fclose(areas);
	return type;
}

static int page_out(char *page)
{
	for (int i = 0; i < 50 && area_of(page) < 0; i++) {
		must("pageout", madvise(page, PAGE, MADV_PAGEOUT));
		if (area_of(page) < 0)
			usleep(20000);
	}
	return area_of(page);
}

// A CPU goes on with the slots that it took from the last area (64, or since 6.14 those of a cluster), whatever its
// priority: pages of one word use them up, until one goes to the area that is wanted, or no longer does.
static char *use_up_slots(char *next, const char *end, int type, int until)
{
	for (; next < end; next += PAGE) {
		memset(next, 0x5a, PAGE);
		if ((page_out(next) == type) == until)
			return next + PAGE;
	}
	skip("no page goes to area %d", type);
}

static void to_disk(FILE *list, int disk)
{
	char path[32];
	snprintf(path, sizeof(path), "/dev/zram%d", disk);
	// Before all that is swapped on already.
	if (swapon(path, SWAP_FLAG_PREFER | (100 + disk)) < 0)
		return;
	int type = type_of(path);
	char *pages = map(PAGES * PAGE, RW, ANON, -1, 0);
	char *rest = map(REST * PAGE, RW, ANON, -1, 0), *end = rest + REST * PAGE;
	char *next = use_up_slots(rest, end, type, 1);
	for (int i = 0; i < PAGES; i++)
		fill_page(pages + i * PAGE, i, disk);
	write_down(list, disk, pages);
	for (int i = 0; i < PAGES; i++)
		page_out(pages + i * PAGE);
	use_up_slots(next, end, type, 0); // so that this CPU looks for another area next time
	munmap(rest, REST * PAGE);
	map(PAGE, PROT_NONE, ANON, -1, 0); // keeps the neighbours apart
}

static void zram(void)
{
	stay_on_this_cpu();
	FILE *list = fopen("/run/otherworld/zram", "we");
	if (!list)
		skip("/run/otherworld/zram: %s", strerror(errno));
	for (int disk = 0; disk < DISKS; disk++)
		to_disk(list, disk);
	long size = ftell(list);
	fclose(list);
	if (size == 0)
		skip("no zram disk is a swap area");
	ready();
}

const struct specimen zram_specimens[] = { { "zram", zram }, { NULL, NULL } };
