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

// Files whose times are in memory alone. Editors compare them with what they have noted, and ask before they write.
static struct dated {
	const char *what;
	char path[300]; // empty: it has none
	int fd;
	long long mtime; // nanoseconds since 1970
} dated[] = {
	{ .what = "a file that was written over" }, { .what = "a new file" },	  { .what = "a file of another year" },
	{ .what = "a deleted file" },		    { .what = "a file in memory" }, { .what = "a memfd" },
};
enum { WRITTEN, NEW, DATED, DELETED, IN_MEMORY, MEMFD };

static long long mtime_of(const struct stat *status)
{
	return status->st_mtim.tv_sec * 1000000000LL + status->st_mtim.tv_nsec;
}

static void open_dated(int which, const char *path, int flags)
{
	struct dated *file = &dated[which];
	snprintf(file->path, sizeof(file->path), "%s", path);
	file->fd = need(file->what, open(path, flags | O_RDWR | O_CLOEXEC, 0644));
}

static void check_dated(const struct dated *file)
{
	struct stat status;
	char what[100];
	need("fstat", fstat(file->fd, &status));
	snprintf(what, sizeof(what), "mtime of %s", file->what);
	check_is(what, mtime_of(&status), file->mtime);
	if (!*file->path)
		return;
	need(file->path, stat(file->path, &status));
	snprintf(what, sizeof(what), "mtime by path of %s", file->what);
	check_is(what, mtime_of(&status), file->mtime);
}

static void unlink_in_memory(void)
{
	unlink(dated[IN_MEMORY].path);
}

static void times(void)
{
	const struct timespec then[2] = { { 999999999, 5 }, { 1000000000, 123456789 } };
	char in_memory[64];
	snprintf(in_memory, sizeof(in_memory), "/dev/shm/victims-times-%d", getpid());
	open_dated(WRITTEN, work_path("data"), 0);
	open_dated(NEW, work_path("new"), O_CREAT | O_EXCL);
	open_dated(DATED, work_path("dated"), O_CREAT | O_EXCL);
	open_dated(DELETED, work_path("deleted"), O_CREAT | O_EXCL);
	open_dated(IN_MEMORY, in_memory, O_CREAT | O_EXCL);
	at_verdict = unlink_in_memory;
	dated[MEMFD].fd = need("memfd", memfd_create("dated", MFD_CLOEXEC));
	for (size_t i = 0; i < COUNT(dated); i++)
		need("write", write(dated[i].fd, "written long before the panic", 29));
	for (int i = DATED; i <= MEMFD; i++)
		need("futimens", futimens(dated[i].fd, then));
	need("unlink", unlink(dated[DELETED].path));
	dated[DELETED].path[0] = 0;
	nap(0.1); // what is dated now is later, by the coarsest clock
	for (size_t i = 0; i < COUNT(dated); i++) {
		struct stat status;
		need("fstat", fstat(dated[i].fd, &status));
		dated[i].mtime = mtime_of(&status);
	}
	across();
	for (size_t i = 0; i < COUNT(dated); i++)
		if (broken(i + 1))
			need("futimens", futimens(dated[i].fd, NULL));
	for (size_t i = 0; i < COUNT(dated); i++)
		check_dated(&dated[i]);
}

const struct victim dirty_victims[] = {
	{ "dirty-write", "written over what is on the disk", written, LAST, base_file },
	{ "dirty-mapped", "written by a shared mapping", mapped, LAST, base_file },
	{ "dirty-append", "a file longer than the disk knows", appended, LAST, base_file },
	{ "dirty-truncate", "a file shorter than the disk knows", shortened, LAST, base_file },
	{ "dirty-new", "a new open file", created, LAST, NULL },
	{ "dirty-closed", "a new file that nobody has open", created_closed, LAST, NULL },
	{ "file-times", "when files were changed that only memory has", times, LAST, base_file },
	{ NULL, NULL, NULL, 0, NULL },
};
