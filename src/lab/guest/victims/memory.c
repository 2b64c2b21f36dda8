// What is in memory: private and shared, of nobody and of files; copied on write; grown.

#include "victims.h"

static void private_pages(void)
{
	size_t size = 6 * MIB;
	uint64_t *all_of_it = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill(all_of_it, size, 1);
	across();
	if (broken(1))
		all_of_it[size / 8 - 1] ^= 1;
	if (broken(2))
		need("madvise", madvise((char *)all_of_it + MIB, PAGE, MADV_DONTNEED));
	check_filled("anonymous memory", all_of_it, size, 1);
	fill(all_of_it, size, 2);
	check_filled("written afterwards", all_of_it, size, 2);
}

// Each page with a digest of its own seed, in mappings of every protection.
static void protections(void)
{
	static const int kinds[] = { PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC, PROT_NONE };
	char *maps[4];
	for (int i = 0; i < 4; i++) {
		maps[i] = map(64 * KIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		fill(maps[i], 64 * KIB, 10 + i);
		need("mprotect", mprotect(maps[i], 64 * KIB, kinds[i]));
	}
	across();
	if (broken(1))
		memset(maps[1] + 5000, 0, 1);
	for (int i = 0; i < 3; i++)
		check_filled("protected memory", maps[i], 64 * KIB, 10 + i);
	need("mprotect", mprotect(maps[3], 64 * KIB, PROT_READ));
	if (broken(2))
		need("mremap", mremap(maps[2], 64 * KIB, 64 * KIB, MREMAP_FIXED | MREMAP_MAYMOVE, maps[3]) ? 0 : -1);
	check_filled("memory that could not be read", maps[3], 64 * KIB, 13);
}

static uint64_t *shared;

static void shared_anonymous(void)
{
	shared = map(MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fill(shared, MIB, 20);
	pid_t pid = child();
	if (pid == 0) {
		until_after();
		check_filled("shared memory in the child", shared, MIB - PAGE, 20);
		shared[MIB / 8 - 1] = 0x600d;
		if (broken(1))
			shared = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (int i = 0; i < patience * 100 && *(volatile uint64_t *)shared != 0xfeed; i++)
			nap(0.01);
		check_is("what the parent wrote", shared[0], 0xfeed);
		end_child();
	}
	across();
	for (int i = 0; i < patience * 100 && *(volatile uint64_t *)&shared[MIB / 8 - 1] != 0x600d; i++)
		nap(0.01);
	if (broken(2))
		shared[MIB / 8 - 1] = 0;
	check_is("what the child wrote", shared[MIB / 8 - 1], 0x600d);
	check_filled("shared memory", shared, MIB - PAGE, 20);
	shared[0] = 0xfeed;
	join(pid);
}

// Some pages written, which the file must not see; the rest are the file's.
static void file_private(void)
{
	char *found = need_memory(malloc(8 * PAGE));
	int fd = work_file("private", 8 * PAGE, 30);
	char *pages = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	close(fd);
	fill(pages + 2 * PAGE, PAGE, 31);
	across();
	if (broken(1))
		pages[2 * PAGE] ^= 1;
	if (broken(2))
		pages[7 * PAGE + 1] ^= 1;
	fd = need("file", open(work_path("private"), O_RDWR | O_CLOEXEC));
	need("read", read(fd, found, 8 * PAGE));
	check_filled("the file", found, 8 * PAGE, 30);
	check_bytes("its pages", pages, found, 2 * PAGE);
	check_filled("the page written", pages + 2 * PAGE, PAGE, 31);
	check_bytes("its later pages", pages + 3 * PAGE, found + 3 * PAGE, 5 * PAGE);
	close(fd);
}

static void file_shared(void)
{
	char byte = 0;
	int fd = work_file("shared", 8 * PAGE, 40);
	char *pages = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	fill(pages + 4 * PAGE, 4 * PAGE, 41);
	across();
	if (broken(1))
		pages[4 * PAGE + 9] ^= 1;
	check_filled("first pages", pages, 4 * PAGE, 40);
	check_filled("pages written", pages + 4 * PAGE, 4 * PAGE, 41);
	if (broken(2))
		pages = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pages[0] = 0x5a;
	fd = need("file", open(work_path("shared"), O_RDONLY | O_CLOEXEC));
	need("pread", pread(fd, &byte, 1, 0));
	check_is("what is written afterwards, in the file", byte, 0x5a);
	close(fd);
}

// Of a deep recursion, and of frames that are called afterwards.
static __attribute__((noinline)) int deep(int level)
{
	volatile uint64_t mine[64];
	for (int i = 0; i < 64; i++)
		mine[i] = (uint64_t)level << 32 | i;
	if (level == 0) {
		across();
		if (broken(1))
			((volatile uint64_t *)__builtin_frame_address(0))[256] ^= 1ul << 40;
		return 0;
	}
	int bad = deep(level - 1);
	for (int i = 0; i < 64; i++)
		bad += mine[i] != ((uint64_t)level << 32 | i);
	return bad;
}

static __attribute__((noinline)) int grows(int level)
{
	volatile char page[PAGE];
	page[0] = level;
	return level == 0 ? 0 : grows(level - 1) + (page[0] != (char)level);
}

static void stack(void)
{
	check_is("words of the stack that changed", deep(800), 0);
	check_is("growth of the stack", grows(400), 0);
}

// Most of the 8 MiB that a stack may have.
static void huge_stack(void)
{
	char *big = __builtin_alloca(6 * MIB);
	fill(big, 6 * MIB, 50);
	across();
	if (broken(1))
		big[3 * MIB] ^= 1;
	check_filled("stack", big, 6 * MIB, 50);
}

static void heap(void)
{
	char *first = sbrk(0);
	need_memory(sbrk(40 * PAGE));
	fill(first, 40 * PAGE, 60);
	across();
	char *end = sbrk(0);
	if (broken(1))
		brk(first + 20 * PAGE);
	check(sbrk(0) == first + 40 * PAGE, "brk is %p, not %p", sbrk(0), (void *)(first + 40 * PAGE));
	if (broken(2))
		first[0] ^= 1;
	check_filled("heap", first, 20 * PAGE, 60);
	if (*reasons)
		return; // what follows may not be there
	need_memory(sbrk(10 * PAGE));
	fill(end, 10 * PAGE, 61);
	check_filled("heap grown", end, 10 * PAGE, 61);
}

// 16 pages that parent and child had at fork(): 4 that the child wrote since, 4 that the parent wrote, 8 in common,
// of which each writes one afterwards.
static void copy_on_write(void)
{
	char *pages = map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill(pages, 16 * PAGE, 70);
	char *common = need_memory(malloc(8 * PAGE));
	memcpy(common, pages + 8 * PAGE, 8 * PAGE);
	struct word set = promise();
	pid_t pid = child();
	if (pid == 0) {
		fill(pages, 4 * PAGE, 71);
		tell(set);
		until_after();
		if (broken(1))
			pages[3 * PAGE] ^= 1;
		fill(pages + 8 * PAGE, PAGE, 73);
		check_filled("the child's", pages, 4 * PAGE, 71);
		check_bytes("the child's view of what is common", pages + 9 * PAGE, common + PAGE, 6 * PAGE);
		fill(pages + 15 * PAGE, PAGE, 74);
		end_child();
	}
	hear(set);
	fill(pages + 4 * PAGE, 4 * PAGE, 72);
	across();
	fill(pages + 15 * PAGE, PAGE, 75);
	join(pid);
	if (broken(2))
		pages[8 * PAGE] ^= 1;
	check_filled("the parent's", pages + 4 * PAGE, 4 * PAGE, 72);
	check_bytes("the parent's view of what is common", pages + 8 * PAGE, common, 7 * PAGE);
	check_filled("the page that both write", pages + 15 * PAGE, PAGE, 75);
}

// 64 GiB of which a page here and there exists.
static void sparse(void)
{
	size_t size = 64ul << 30, step = 3ul << 30;
	char *pages = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (size_t at = 0; at < size; at += step)
		fill(pages + at, PAGE, at);
	across();
	if (broken(1))
		pages[5 * step] ^= 1;
	if (broken(2))
		pages[5 * step + PAGE] = 1;
	for (size_t at = 0; at < size; at += step) {
		check_filled("a page", pages + at, PAGE, at);
		check_is("the page after it", pages[at + PAGE], 0);
	}
}

const struct victim memory_victims[] = {
	{ "private", "6 MiB of anonymous memory, each word", private_pages, 0, NULL },
	{ "protections", "memory of each protection, unreadable too", protections, 0, NULL },
	{ "shared", "anonymous memory that parent and child share", shared_anonymous, 0, NULL },
	{ "file-private", "a private mapping of a file, some pages written", file_private, 0, NULL },
	{ "file-shared", "a shared mapping of a file, written before and afterwards", file_shared, 0, NULL },
	{ "stack", "800 frames on the stack, and its growth afterwards", stack, 0, NULL },
	{ "huge-stack", "6 MiB on the stack", huge_stack, 0, NULL },
	{ "heap", "the heap; brk goes on from where it was", heap, 0, NULL },
	{ "copy-on-write", "pages common after fork, and each one's own", copy_on_write, 0, NULL },
	{ "sparse", "64 GiB with a few pages in it", sparse, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
