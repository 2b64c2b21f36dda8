// Mappings: their places, protections, flags and gaps.

#include "victims.h"

#include <setjmp.h>

#ifndef MADV_GUARD_INSTALL // 6.13
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

static sigjmp_buf back;
static void *volatile fault_address;
static volatile int fault_code;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	fault_address = info->si_addr;
	fault_code = info->si_code;
	siglongjmp(back, 1);
}

static void catch_faults(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	need("sigaction", sigaction(SIGSEGV, &action, NULL));
}

// To read there (or write, or execute) is a fault at that very address, for that reason.
static void check_fault(const char *what, volatile char *at, char how, int code)
{
	fault_address = NULL;
	fault_code = 0;
	if (sigsetjmp(back, 1) == 0) {
		if (how == 'r')
			(void)*at;
		else if (how == 'w')
			*at = 1;
		else
			((void (*)(void))(uintptr_t)at)();
		check(0, "%s: no fault", what);
		return;
	}
	check(fault_address == at, "%s: a fault at %p, not %p", what, fault_address, (void *)at);
	check_is(what, fault_code, code);
}

static void guards(void)
{
	char *none = map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *gap = map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *constant = map(PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *data = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill(none, 3 * PAGE, 1);
	memset(data, 0xc3, PAGE);
	need("mprotect", mprotect(none + PAGE, PAGE, PROT_NONE));
	need("munmap", munmap(gap + PAGE, PAGE));
	catch_faults();
	across();
	if (broken(1))
		need("mprotect", mprotect(none, 3 * PAGE, PROT_READ));
	if (broken(2))
		need_memory(mmap(gap + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	if (broken(3))
		need("mprotect", mprotect(constant, PAGE, PROT_READ | PROT_WRITE));
	if (broken(4))
		need("mprotect", mprotect(data, PAGE, PROT_READ | PROT_EXEC));
	check_fault("a page without rights", none + PAGE + 7, 'r', SEGV_ACCERR);
	check_fault("a gap", gap + PAGE + 4095, 'r', SEGV_MAPERR);
	check_fault("writing what is constant", constant + 100, 'w', SEGV_ACCERR);
	check_fault("executing data", data + 8, 'x', SEGV_ACCERR);
	check_fault("a null pointer", NULL, 'r', SEGV_MAPERR);
}

// Each line of /proc/self/maps, without the device numbers: a disk may have others.
static void layout_of(char *text, size_t size)
{
	static char maps[32768];
	char *rest = maps, *line;
	size_t n = 0;
	slurp("/proc/self/maps", maps, sizeof(maps));
	while ((line = strsep(&rest, "\n")) && *line) {
		char range[64], rights[8], offset[20], path[300] = "";
		if (sscanf(line, "%63s %7s %19s %*s %*s %299[^\n]", range, rights, offset, path) < 3)
			fail("maps: %s", line);
		n += snprintf(text + n, size - n, "%s %s %s %s\n", range, rights, offset, path);
	}
}

static void layout(void)
{
	static char before[32768], now_text[32768];
	int fd = work_file("mapped", 20 * PAGE, 2);
	for (int i = 0; i < 12; i++) {
		char *at = map(20 * PAGE, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE, i % 3 ? MAP_PRIVATE : MAP_SHARED, fd,
			       i * PAGE);
		need("munmap", munmap(at + (i + 1) * PAGE, PAGE));
	}
	close(fd);
	layout_of(before, sizeof(before)); // grows the stack as far as it will
	layout_of(before, sizeof(before));
	across();
	if (broken(1))
		map(PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	layout_of(now_text, sizeof(now_text));
	check_text("maps", now_text, before);
}

// VmFlags of /proc/self/smaps for the mapping that begins at `start`; whether pages are dirty (sd) changes of itself.
static void flags_of(void *start, char *text, size_t size)
{
	char line[600], wanted[32];
	int here = 0;
	FILE *smaps = fopen("/proc/self/smaps", "re");
	if (!smaps)
		fail("smaps: %s", strerror(errno));
	snprintf(wanted, sizeof(wanted), "%lx-", (unsigned long)start);
	snprintf(text, size, "no such mapping");
	while (fgets(line, sizeof(line), smaps)) {
		if (strncmp(line, wanted, strlen(wanted)) == 0)
			here = 1;
		if (!here || strncmp(line, "VmFlags:", 8) != 0)
			continue;
		char *soft_dirty = strstr(line, " sd");
		if (soft_dirty)
			memmove(soft_dirty, soft_dirty + 3, strlen(soft_dirty + 3) + 1);
		line[size - 1] = 0;
		strcpy(text, line);
		break;
	}
	fclose(smaps);
}

static void advice(void)
{
	static const int kinds[] = { MADV_DONTFORK, MADV_DONTDUMP, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_SEQUENTIAL,
				     MADV_RANDOM, MADV_MERGEABLE, MADV_WIPEONFORK };
	char before[COUNT(kinds)][200], now_text[200];
	char *maps[COUNT(kinds)];
	for (size_t i = 0; i < COUNT(kinds); i++) {
		maps[i] = map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + PAGE;
		need("mprotect", mprotect(maps[i] - PAGE, PAGE, PROT_NONE));
		madvise(maps[i], 2 * PAGE, kinds[i]); // not every kernel has each
		flags_of(maps[i], before[i], sizeof(before[i]));
	}
	across();
	if (broken(1))
		need("madvise", madvise(maps[0], 2 * PAGE, MADV_DOFORK));
	if (broken(2))
		need("madvise", madvise(maps[4], 2 * PAGE, MADV_NORMAL));
	for (size_t i = 0; i < COUNT(kinds); i++) {
		flags_of(maps[i], now_text, sizeof(now_text));
		check_text("flags", now_text, before[i]);
	}
}

static void locked(void)
{
	char before[400], now_text[400], status[200], status_now[200];
	char *pages = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *lazy = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	may("mlock", mlock(pages, 8 * PAGE));
	may("mlock2", syscall(SYS_mlock2, lazy, 8 * PAGE, 1)); // MLOCK_ONFAULT
	flags_of(pages, before, 200);
	flags_of(lazy, before + 200, 200);
	status_lines("VmLck", status, sizeof(status));
	across();
	if (broken(1))
		need("munlock", munlock(pages, 8 * PAGE));
	if (broken(2))
		need("munlock", munlock(lazy, PAGE));
	flags_of(pages, now_text, 200);
	flags_of(lazy, now_text + 200, 200);
	status_lines("VmLck", status_now, sizeof(status_now));
	check_text("flags", now_text, before);
	check_text("flags, locked on fault", now_text + 200, before + 200);
	check_text("locked", status_now, status);
}

// Pages that a kernel since 6.13 keeps from being touched within a mapping that allows it; locked, too, and shared.
static void guard_pages(void)
{
	static const int places[] = { 1, 2, 5 };
	char before[200], now_text[200];
	char *pages = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fill(pages, 8 * PAGE, 6);
	fill(shared, 4 * PAGE, 7);
	for (size_t i = 0; i < COUNT(places); i++)
		may("madvise", madvise(pages + places[i] * PAGE, PAGE, MADV_GUARD_INSTALL));
	int both = madvise(shared + 3 * PAGE, PAGE, MADV_GUARD_INSTALL) == 0; // since 6.15
	mlock(pages, 8 * PAGE); // says that it could not have all
	flags_of(pages, before, sizeof(before));
	catch_faults();
	check_fault("a guard before", pages + PAGE + 7, 'r', SEGV_MAPERR);
	across();
	if (broken(1))
		need("madvise", madvise(pages + 5 * PAGE, PAGE, MADV_GUARD_REMOVE));
	if (broken(2))
		pages[6 * PAGE] ^= 1;
	if (broken(3))
		need("munlock", munlock(pages, 8 * PAGE));
	for (size_t i = 0; i < COUNT(places); i++)
		check_fault("a guard", pages + places[i] * PAGE + 7, 'r', SEGV_MAPERR);
	if (both)
		check_fault("a guard of shared memory", shared + 3 * PAGE + 9, 'w', SEGV_MAPERR);
	check_filled("before guards", pages, PAGE, 6);
	char *copy = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill(copy, 8 * PAGE, 6);
	check_bytes("between guards", pages + 3 * PAGE, copy + 3 * PAGE, 2 * PAGE);
	check_bytes("behind guards", pages + 6 * PAGE, copy + 6 * PAGE, 2 * PAGE);
	check_filled("shared memory", shared, 3 * PAGE, 7);
	flags_of(pages, now_text, sizeof(now_text));
	check_text("flags", now_text, before);
	need("madvise", madvise(pages, 8 * PAGE, MADV_GUARD_REMOVE));
	check_is("a page where a guard was", pages[PAGE + 7], 0);
}

// Moved, shrunk and grown by mremap(), and once more afterwards.
static void moved(void)
{
	char *pages = map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *there = map(32 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill(pages, 16 * PAGE, 3);
	pages = need_memory(mremap(pages, 16 * PAGE, 12 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, there + PAGE));
	across();
	if (broken(1))
		pages[11 * PAGE] ^= 1;
	check_filled("moved before", pages, 12 * PAGE, 3);
	pages = need_memory(mremap(pages, 12 * PAGE, 40 * PAGE, MREMAP_MAYMOVE));
	check_filled("moved afterwards", pages, 12 * PAGE, 3);
	check_is("grown", pages[40 * PAGE - 1], 0);
}

// Code that was written, then made executable.
static void generated(void)
{
	static const unsigned char code[] = { 0xb8, 0x39, 0x05, 0, 0, 0xc3 }; // mov $1337, %eax; ret
	char *page = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(page, code, sizeof(code));
	need("mprotect", mprotect(page, PAGE, PROT_READ | PROT_EXEC));
	across();
	if (broken(1)) {
		need("mprotect", mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		page[1] = 0;
		need("mprotect", mprotect(page, PAGE, PROT_READ | PROT_EXEC));
	}
	check_is("generated code", ((int (*)(void))(uintptr_t)page)(), 1337);
}

static void huge_page(void)
{
	char *page = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (page == MAP_FAILED)
		skip("no huge pages: %s", strerror(errno));
	fill(page, 2 * MIB, 4);
	across();
	if (broken(1))
		page[MIB] ^= 1;
	check_filled("huge page", page, 2 * MIB, 4);
}

// Aligned so that the kernel may use a huge page of its own accord; some of it then split.
static void transparent(void)
{
	char *area = map(6 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *aligned = (char *)(((uintptr_t)area + 2 * MIB - 1) & ~(2 * MIB - 1));
	madvise(aligned, 4 * MIB, MADV_HUGEPAGE);
	fill(aligned, 4 * MIB, 5);
	need("mprotect", mprotect(aligned + 2 * MIB, PAGE, PROT_READ));
	across();
	if (broken(1))
		aligned[2 * MIB + PAGE] ^= 1;
	check_filled("huge and split pages", aligned, 4 * MIB, 5);
}

const struct victim mapping_victims[] = {
	{ "guards", "PROT_NONE, gaps, constant and not executable memory fault as before", guards, 0, NULL },
	{ "guard-pages", "pages that MADV_GUARD_INSTALL keeps from being touched", guard_pages, 0, NULL },
	{ "layout", "every mapping in its place, by /proc/self/maps", layout, 0, NULL },
	{ "advice", "what madvise said, by VmFlags", advice, 0, NULL },
	{ "locked", "mlock, at once and on fault", locked, 0, NULL },
	{ "moved", "memory that mremap moved and shrank, and moves again", moved, 0, NULL },
	{ "generated", "generated code runs", generated, 0, NULL },
	{ "huge-page", "a huge page of hugetlb", huge_page, 0, NULL },
	{ "transparent", "transparent huge pages", transparent, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
