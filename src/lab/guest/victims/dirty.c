// Pages of the page cache that were on no disk when the kernel died: what write() has taken is there afterwards. They
// start last, and sync nothing, since a sync of any file would write what others changed.

#include "victims.h"

#define SIZE (5 * PAGE + 123)

static void base_file(void)
{
	close(work_file("data", SIZE & ~7ul, 1));
}

static int open_data(int flags)
{
	return need("file", open(work_path("data"), flags | O_CLOEXEC, 0644));
}

// The file as it should be, and as it is.
static char expected[8 * PAGE] __attribute__((aligned(8))), found[8 * PAGE];

static void check_file(size_t size)
{
	int fd = open_data(O_RDONLY);
	ssize_t n = need("read", read(fd, found, sizeof(found)));
	check_is("size", n, size);
	if ((size_t)n == size)
		check_bytes("contents", found, expected, size);
	close(fd);
}

static void spoil(off_t at)
{
	int fd = open_data(O_RDWR);
	need("pwrite", pwrite(fd, "spoilt", 6, at));
	close(fd);
}

// Over what is on the disk, open and closed.
static void written(void)
{
	fill(expected, SIZE & ~7ul, 1);
	fill(expected + PAGE, PAGE, 2);
	memcpy(expected + 3 * PAGE + 7, "a few bytes", 11);
	int fd = open_data(O_RDWR);
	need("pwrite", pwrite(fd, expected + PAGE, PAGE, PAGE));
	close(fd);
	int held = open_data(O_RDWR);
	need("pwrite", pwrite(held, "a few bytes", 11, 3 * PAGE + 7));
	across();
	if (broken(1))
		spoil(2 * PAGE - 3);
	if (broken(2))
		need("ftruncate", ftruncate(held, 4 * PAGE));
	check_file(SIZE & ~7ul);
}

static void mapped(void)
{
	fill(expected, SIZE & ~7ul, 1);
	int fd = open_data(O_RDWR);
	char *pages = map(SIZE & ~7ul, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	fill(pages + 2 * PAGE, PAGE, 3);
	fill(expected + 2 * PAGE, PAGE, 3);
	munmap(pages, SIZE & ~7ul);
	across();
	if (broken(1))
		spoil(2 * PAGE);
	check_file(SIZE & ~7ul);
}

// The file is longer than the disk knows.
static void appended(void)
{
	size_t old = SIZE & ~7ul;
	fill(expected, old, 1);
	fill(expected + old, 2 * PAGE, 4);
	int fd = open_data(O_WRONLY | O_APPEND);
	need("write", write(fd, expected + old, 2 * PAGE));
	across();
	if (broken(1))
		need("ftruncate", ftruncate(fd, old));
	check_file(old + 2 * PAGE);
	close(fd);
}

static void shortened(void)
{
	fill(expected, SIZE & ~7ul, 1);
	int fd = open_data(O_RDWR);
	need("ftruncate", ftruncate(fd, PAGE + 50));
	across();
	if (broken(1))
		need("ftruncate", ftruncate(fd, PAGE + 51));
	check_file(PAGE + 50);
	close(fd);
}

// The disk knows nothing of it: neither its name nor its blocks.
static void created(void)
{
	fill(expected, 3 * PAGE, 5);
	int fd = open_data(O_RDWR | O_CREAT | O_EXCL);
	need("write", write(fd, expected, 3 * PAGE));
	across();
	if (broken(1))
		unlink(work_path("data"));
	if (broken(2))
		spoil(9);
	check_file(3 * PAGE);
	close(fd);
}

// The same, and nobody has it open.
static void created_closed(void)
{
	fill(expected, 3 * PAGE, 6);
	int fd = open_data(O_RDWR | O_CREAT | O_EXCL);
	need("write", write(fd, expected, 3 * PAGE));
	close(fd);
	across();
	if (broken(1))
		unlink(work_path("data"));
	check_file(3 * PAGE);
}

const struct victim dirty_victims[] = {
	{ "dirty-write", "written over what is on the disk", written, LAST, base_file },
	{ "dirty-mapped", "written by a shared mapping", mapped, LAST, base_file },
	{ "dirty-append", "a file longer than the disk knows", appended, LAST, base_file },
	{ "dirty-truncate", "a file shorter than the disk knows", shortened, LAST, base_file },
	{ "dirty-new", "a new open file", created, LAST, NULL },
	{ "dirty-closed", "a new file that nobody has open", created_closed, LAST, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
