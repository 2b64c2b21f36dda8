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

// What zeroes are on swap is no entry's business from 6.12 on, but they are swapped all the same.
static int all_swapped(const char *pages)
{
	uint64_t entries[PAGES];
	int fd = must("pagemap", open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
	ssize_t size = pread(fd, entries, sizeof(entries), (unsigned long)pages / PAGE * 8);
	close(fd);
	int count = 0;
	for (int i = 0; i < PAGES && size == sizeof(entries); i++)
		count += (entries[i] & SWAPPED) != 0;
	return count == PAGES;
}

static void to_disk(FILE *list, int disk)
{
	char path[32];
	snprintf(path, sizeof(path), "/dev/zram%d", disk);
	// Before all that is swapped on already.
	if (swapon(path, SWAP_FLAG_PREFER | (100 + disk)) < 0)
		return;
	char *pages = map(PAGES * PAGE, RW, ANON, -1, 0);
	for (int i = 0; i < PAGES; i++)
		fill_page(pages + i * PAGE, i, disk);
	write_down(list, disk, pages);
	for (int i = 0; i < 50 && !all_swapped(pages); i++) {
		must("pageout", madvise(pages, PAGES * PAGE, MADV_PAGEOUT));
		usleep(20000);
	}
	if (!all_swapped(pages))
		skip("pages stay in memory");
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
