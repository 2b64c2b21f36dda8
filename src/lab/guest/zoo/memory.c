// Private memory: what page tables and VMAs can hold.

#include "zoo.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

static void *filled(size_t size, int flags, uint32_t tag)
{
	char *p = map(size, RW, ANON | flags, -1, 0);
	fill(p, size, tag);
	return p;
}

static void anon(void)
{
	filled(64 * PAGE, 0, 0x100);
	map(16 * PAGE, PROT_NONE, ANON, -1, 0); // a guard: keeps the neighbours apart
	char *hidden = filled(8 * PAGE, 0, 0x101); // pages, but no right to see them
	mprotect(hidden, 8 * PAGE, PROT_NONE);
	char *big = map(1024 * MIB, RW, ANON | MAP_NORESERVE, -1, 0);
	for (size_t at = 0; at < 1024 * MIB; at += 64 * MIB + 5 * PAGE)
		fill(big + at, PAGE, 0x102);
	char *code = filled(4 * PAGE, 0, 0x103);
	mprotect(code, 2 * PAGE, PROT_READ | PROT_EXEC);
	char *stack = map(64 * PAGE, RW, ANON | MAP_GROWSDOWN | MAP_STACK, -1, 0);
	fill(stack, 64 * PAGE, 0x104);
	char *heap = sbrk(32 * PAGE);
	fill(heap, 32 * PAGE, 0x105);
	ready();
}

// Pages of zeros that were only read, beside one that was written.
static void zero_pages(void)
{
	volatile char *p = map(16 * PAGE, RW, ANON, -1, 0);
	char sum = 0;
	for (int i = 0; i < 16; i++)
		sum += p[i * PAGE];
	p[7 * PAGE] = sum + 1;
	madvise((void *)map(2 * MIB, PROT_READ, ANON, -1, 0), 2 * MIB, MADV_NOHUGEPAGE);
	ready();
}

static void locked(void)
{
	char *p = filled(16 * PAGE, 0, 0x110);
	must("mlock", mlock(p, 8 * PAGE));
	try("mlock2", syscall(SYS_mlock2, p + 8 * PAGE, 4 * PAGE, 1)); // MLOCK_ONFAULT
	filled(4 * PAGE, MAP_LOCKED | MAP_POPULATE, 0x111);
	ready();
}

static void flags(void)
{
	static const int advices[] = { MADV_DONTFORK, MADV_DONTDUMP, MADV_WIPEONFORK, MADV_SEQUENTIAL, MADV_RANDOM,
				       MADV_NOHUGEPAGE, MADV_HUGEPAGE, MADV_MERGEABLE };
	char *p = map(64 * PAGE, RW, ANON, -1, 0);
	fill(p, 64 * PAGE, 0x120);
	for (int i = 0; i < 8; i++)
		try("madvise", madvise(p + (1 + 4 * i) * PAGE, 2 * PAGE, advices[i]));
	try("guard", madvise(p + 40 * PAGE, 2 * PAGE, MADV_GUARD_INSTALL)); // 6.13
#ifdef SYS_mseal
	try("mseal", syscall(SYS_mseal, p + 50 * PAGE, 2 * PAGE, 0));
#else
	try("mseal", syscall(462, p + 50 * PAGE, 2 * PAGE, 0)); // 6.10
#endif
	ready();
}

static void named(void)
{
	char *p = filled(24 * PAGE, 0, 0x130);
	must("PR_SET_VMA", prctl(0x53564d41, 0, p, 4 * PAGE, "zoo: a name")); // 5.17
	try("PR_SET_VMA", prctl(0x53564d41, 0, p + 8 * PAGE, 4 * PAGE, "another (name) with / things!"));
	try("PR_SET_VMA", prctl(0x53564d41, 0, p + 16 * PAGE, 4 * PAGE, "zoo: a name"));
	char *shared = map(4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fill(shared, 4 * PAGE, 0x131);
	try("PR_SET_VMA of shared memory", prctl(0x53564d41, 0, shared, 4 * PAGE, "shared name")); // 6.2
	ready();
}

static char *aligned(size_t size)
{
	uintptr_t p = (uintptr_t)map(size + 2 * MIB, RW, ANON, -1, 0);
	return (char *)((p + 2 * MIB - 1) & -(2 * MIB));
}

// Huge pages that the kernel makes by itself: whole ones, one that is split in its page table, and the huge zero page.
static void thp(void)
{
	char *p = aligned(8 * MIB);
	must("madvise", madvise(p, 8 * MIB, MADV_HUGEPAGE));
	fill(p, 6 * MIB, 0x140);
	mprotect(p + 2 * MIB + 8 * PAGE, PAGE, PROT_READ);
	volatile char first = *(volatile char *)(p + 6 * MIB);
	(void)first;
	ready();
}

static void hugetlb(void)
{
	char *own = map(2 * MIB, RW, ANON | MAP_HUGETLB, -1, 0);
	fill(own, 2 * MIB, 0x150);
	char *shared = map(2 * MIB, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	fill(shared, 2 * MIB, 0x151);
	int fd = must("hugetlbfs", open("/dev/hugepages/zoo", O_RDWR | O_CREAT, 0600));
	char *file = map(2 * MIB, RW, MAP_SHARED, fd, 0);
	fill(file, 2 * MIB, 0x152);
	ready();
}

// Pages of the same contents in two mappings, which ksmd makes one.
static void ksm(void)
{
	char *a = map(8 * PAGE, RW, ANON, -1, 0), *b = map(8 * PAGE, RW, ANON, -1, 0);
	must("madvise", madvise(a, 8 * PAGE, MADV_MERGEABLE));
	madvise(b, 8 * PAGE, MADV_MERGEABLE);
	fill(a, 8 * PAGE, 0x160);
	fill(b, 8 * PAGE, 0x160);
	sleep(2);
	ready();
}

static void swapped(void)
{
	char *own = filled(64 * PAGE, 0, 0x170);
	char *shared = map(16 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fill(shared, 16 * PAGE, 0x171);
	must("pageout", madvise(own, 48 * PAGE, MADV_PAGEOUT)); // 5.4
	try("pageout", madvise(shared, 8 * PAGE, MADV_PAGEOUT));
	usleep(500000);
	fill(own + 4 * PAGE, PAGE, 0x172); // back in, and dirty
	volatile char again = own[8 * PAGE]; // back in, its slot perhaps kept
	for (int i = 16; i < 32; i++)
		again += own[i * PAGE];
	usleep(500000);
	madvise(own + 16 * PAGE, 16 * PAGE, MADV_PAGEOUT); // clean, so that only the device has them now
	(void)again;
	ready();
}

// Hundreds of VMAs, so that a maple tree has several levels.
static void many_vmas(void)
{
	char *p = map(1000 * PAGE, RW, ANON, -1, 0);
	for (int i = 0; i < 1000; i++) {
		if (i % 3 == 0)
			fill(p + i * PAGE, PAGE, 0x180 + i);
		if (i % 2)
			must("mprotect", mprotect(p + i * PAGE, PAGE, i % 4 == 1 ? PROT_READ : PROT_NONE));
	}
	ready();
}

// The ends of the address space, and holes of all sizes between.
static void spread(void)
{
	uintptr_t places[] = { 0x10000, 0x40000000, 0x123456789000, 0x3fffffff000, 0x7ffe00000000, 0x500000000000 };
	for (unsigned i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char *p = mmap((void *)places[i], 2 * PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
		if (p != MAP_FAILED)
			fill(p, 2 * PAGE, 0x190 + i);
	}
	// Above 47 bits where there are five levels; elsewhere it falls back below.
	char *high = mmap((void *)0x00ffffff00000000, 2 * PAGE, RW, ANON, -1, 0);
	if (high != MAP_FAILED)
		fill(high, 2 * PAGE, 0x19f);
	ready();
}

// Anonymous pages that parent, child and grandchild share until somebody writes.
static void cow(void)
{
	char *p = filled(32 * PAGE, 0, 0x1a0);
	if (child("zoo-cow-child") == 0) {
		fill(p, 8 * PAGE, 0x1a1);
		if (fork() == 0) {
			prctl(PR_SET_NAME, "zoo-cow-grand");
			fill(p + 8 * PAGE, 4 * PAGE, 0x1a2);
			sleep_forever();
		}
		sleep_forever();
	}
	usleep(200000);
	fill(p + 16 * PAGE, 4 * PAGE, 0x1a3);
	ready();
}

static void soft_dirty(void)
{
	char *p = filled(16 * PAGE, 0, 0x1b0);
	put("/proc/self/clear_refs", "4");
	fill(p + 3 * PAGE, PAGE, 0x1b1);
	ready();
}

static void userfault(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	char *p = map(16 * PAGE, RW, ANON, -1, 0);
	fill(p, 4 * PAGE, 0x1c0);
	int fd = must("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
	must("UFFDIO_API", ioctl(fd, UFFDIO_API, &api));
	struct uffdio_register area = { .range = { (uintptr_t)p, 8 * PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	must("UFFDIO_REGISTER", ioctl(fd, UFFDIO_REGISTER, &area));
	area = (struct uffdio_register){ .range = { (uintptr_t)p + 8 * PAGE, 8 * PAGE }, .mode = UFFDIO_REGISTER_MODE_WP };
	fill(p + 8 * PAGE, 8 * PAGE, 0x1c1);
	if (try("register wp", ioctl(fd, UFFDIO_REGISTER, &area)) == 0) {
		struct uffdio_writeprotect wp = { .range = { (uintptr_t)p + 8 * PAGE, 4 * PAGE }, .mode = 1 };
		try("write-protect", ioctl(fd, UFFDIO_WRITEPROTECT, &wp));
	}
	ready();
}

static void protection_keys(void)
{
	int key = must("pkey_alloc", pkey_alloc(0, PKEY_DISABLE_WRITE));
	must("pkey_mprotect", pkey_mprotect(filled(4 * PAGE, 0, 0x1d0), 4 * PAGE, RW, key));
	ready();
}

const struct specimen memory_specimens[] = {
	{ "anon", anon },	{ "zero", zero_pages },	   { "locked", locked },  { "flags", flags },
	{ "named", named },	{ "thp", thp },		   { "hugetlb", hugetlb }, { "ksm", ksm },
	{ "swapped", swapped }, { "manyvmas", many_vmas }, { "spread", spread },  { "cow", cow },
	{ "softdirty", soft_dirty }, { "userfault", userfault }, { "pkey", protection_keys }, { NULL, NULL },
};
