// Pages that are on swap when the kernel dies: on a disk, which outlives it; on zram, which lies in its memory.

#include "victims.h"

#include <sys/swap.h>

#define PAGES 64
#define BLOCKS 48 // tried until one lies where it should: a CPU uses up the slots that it took from another area first
#define SWAPPED (1ull << 62)

// The swap area that a page is in, by its type; -1 where it is in memory still.
static int area_of(const char *page)
{
	uint64_t entry = 0;
	int fd = need("pagemap", open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
	need("pagemap", pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE * 8));
	close(fd);
	return entry & SWAPPED ? (int)(entry & 31) : -1;
}

// Of the first area on zram, or on anything else: areas are listed in the order of their types; -1 where there is none.
static int type_of(int zram)
{
	char line[256];
	int type = -1, found = -1;
	FILE *areas = fopen("/proc/swaps", "re");
	while (areas && found < 0 && fgets(line, sizeof(line), areas)) {
		if (type >= 0 && (strncmp(line, "/dev/zram", 9) == 0) == zram)
			found = type;
		type++;
	}
	if (areas)
		fclose(areas);
	return found;
}

// What compresses well, not at all, to one word, or by half.
static void make_page(char *page, int number)
{
	memset(page, 0x20 + number, PAGE);
	if (number % 4 == 0)
		fill(page, PAGE, 700 + number);
	else if (number % 4 == 1)
		fill(page + PAGE / 2, PAGE / 2, 700 + number);
	else if (number % 4 == 2)
		for (size_t at = 0; at < PAGE; at += 16)
			snprintf(page + at, 16, "page %d, %zu", number, at);
}

static void check_pages(const char *what, const char *pages)
{
	char expected[PAGE];
	for (int i = 0; i < PAGES; i++) {
		make_page(expected, i);
		check_bytes(what, pages + i * PAGE, expected, PAGE);
	}
}

// How many of its pages are in that area, once none is in memory, or none goes any more.
static int page_out(char *pages, int type)
{
	int there = 0, here = PAGES;
	for (int i = 0; i < 50 && here > 0; i++) {
		there = here = 0;
		need("madvise", madvise(pages, PAGES * PAGE, MADV_PAGEOUT));
		for (int p = 0; p < PAGES; p++) {
			int area = area_of(pages + p * PAGE);
			here += area < 0;
			there += area == type;
		}
		if (here > 0)
			nap(0.02);
	}
	return there;
}

// Pages on swap may be in the swap cache, too, until somebody needs the memory: those that have been written are read back,
// and paged out once more, as they are. How many are on swap only.
static int drop_cached(char *pages)
{
	unsigned char cached[PAGES];
	int only = 0;
	for (int i = 0; i < 20 && only < PAGES; i++) {
		need("mincore", mincore(pages, PAGES * PAGE, cached));
		only = 0;
		for (int p = 0; p < PAGES; p++) {
			only += !(cached[p] & 1);
			if (cached[p] & 1)
				(void)*(volatile char *)(pages + p * PAGE);
		}
		if (only == PAGES)
			break;
		need("madvise", madvise(pages, PAGES * PAGE, MADV_PAGEOUT));
		nap(0.1);
	}
	return only;
}

static char *pages_on(int type)
{
	char *blocks[BLOCKS], *found = NULL;
	int tried = 0;
	while (!found && tried < BLOCKS) {
		char *block = blocks[tried++] = map(PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (int i = 0; i < PAGES; i++)
			make_page(block + i * PAGE, i);
		if (page_out(block, type) == PAGES)
			found = block;
	}
	// Only now: what is free again would be taken next.
	for (int i = 0; i < tried; i++)
		if (blocks[i] != found)
			munmap(blocks[i], PAGES * PAGE);
	if (!found)
		skip("no pages go to swap area %d", type);
	return found;
}

// A child, too, which has them from a fork while they are swapped, and a root directory where no disk has a name.
static void swapped_on(int zram)
{
	int type = type_of(zram);
	if (type < 0)
		skip("no swap area %s zram", zram ? "is on" : "but on");
	char *pages = pages_on(type);
	if (drop_cached(pages) < PAGES / 2)
		skip("pages stay in the swap cache");
	on_signal(SIGUSR1, nothing, 0);
	struct word forked = promise();
	pid_t pid = child();
	if (pid == 0) {
		need("chroot", chroot("/root"));
		tell(forked);
		pause();
		if (broken(2))
			pages[PAGE * 3 + 7] ^= 1;
		check_pages("the child's page", pages);
		_exit(*reasons != 0); // from here no result can be written
	}
	hear(forked);
	across();
	if (broken(1))
		pages[PAGE * 9] ^= 1;
	check_pages("a page", pages);
	memset(pages, 1, PAGES * PAGE);
	check_is("written afterwards", pages[PAGES * PAGE - 1], 1);
	kill(pid, SIGUSR1);
	join(pid);
}

static void on_disk(void)
{
	swapped_on(0);
}

// The area is taken into use only when all others have been set up, so that it gets nobody else's pages.
static void on_zram(void)
{
	const char *disk = getenv("VICTIMS_ZRAM");
	if (disk)
		swapon(disk, SWAP_FLAG_PREFER | 100);
	swapped_on(1);
}

const struct victim swapped_victims[] = {
	{ "swapped", "pages on a swap disk, of parent and child", on_disk, NEEDS_ROOT, NULL },
	{ "zram", "pages on zram, compressed in the dead memory", on_zram, NEEDS_ROOT | LAST, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
