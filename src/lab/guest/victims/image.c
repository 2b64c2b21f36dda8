// The program's image: arguments, environment, auxiliary vector, vDSO, the link to the executable; the clocks.

#include "victims.h"

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

extern char **environ;

static void check_same(const char *path, const char *before, size_t size)
{
	static char found[65536];
	memset(found, 0, sizeof(found));
	slurp(path, found, sizeof(found));
	check_bytes(path, found, before, size);
}

static void arguments(void)
{
	static char cmdline[65536], environment[65536], vector[4096];
	slurp("/proc/self/cmdline", cmdline, sizeof(cmdline));
	slurp("/proc/self/environ", environment, sizeof(environment));
	slurp("/proc/self/auxv", vector, sizeof(vector));
	across();
	if (broken(1))
		**environ ^= 1;
	if (broken(2))
		*(char *)getauxval(AT_EXECFN) ^= 1;
	check_same("/proc/self/cmdline", cmdline, sizeof(cmdline));
	check_same("/proc/self/environ", environment, sizeof(environment));
	check_same("/proc/self/auxv", vector, sizeof(vector));
	check_text("getauxval", (char *)getauxval(AT_EXECFN), "/proc/self/exe");
}

// As servers' setproctitle does: over the arguments.
static void title(void)
{
	static const char wanted[] = "a title instead of arguments";
	char found[400];
	char *start = environ[0] - slurp("/proc/self/cmdline", found, sizeof(found));
	memset(start, 0, environ[0] - start);
	snprintf(start, environ[0] - start, "%.*s", (int)(environ[0] - start - 1), wanted);
	char expected[400] = "";
	snprintf(expected, environ[0] - start, "%s", wanted);
	across();
	if (broken(1))
		start[0] = 'A';
	slurp("/proc/self/cmdline", found, sizeof(found));
	check_text("title", found, expected);
}

// Runs from a file of its own.
static void executable(void)
{
	char path[512], found[512] = "";
	struct stat one, other;
	strcpy(path, work_path("copy"));
	if (!getenv("VICTIMS_COPY")) {
		copy_self(path);
		setenv("VICTIMS_COPY", "1", 1);
		need("exec", execl(path, "victims", "run", self->name, directory, NULL));
	}
	need(path, stat(path, &one));
	across();
	if (broken(1))
		need("unlink", unlink(path));
	need("exe", readlink("/proc/self/exe", found, sizeof(found) - 1));
	check_text("exe", found, path);
	need("exe", stat("/proc/self/exe", &other));
	check_is("inode", other.st_ino, one.st_ino);
}

static const ElfW(Dyn) *dynamic_of(const ElfW(Ehdr) *image, ElfW(Addr) *bias)
{
	const ElfW(Phdr) *headers = (const void *)((const char *)image + image->e_phoff);
	const ElfW(Dyn) *dynamic = NULL;
	for (int i = 0; i < image->e_phnum; i++) {
		if (headers[i].p_type == PT_LOAD && headers[i].p_offset == 0)
			*bias = (ElfW(Addr))image - headers[i].p_vaddr;
		if (headers[i].p_type == PT_DYNAMIC)
			dynamic = (const void *)((const char *)image + headers[i].p_offset);
	}
	return dynamic;
}

typedef int gettime(clockid_t, struct timespec *);

// clock_gettime in the vDSO, found as a dynamic linker would. Its symbols end where their strings begin.
static gettime *vdso_gettime(const void *image)
{
	const ElfW(Sym) *symbols = NULL;
	const char *strings = NULL;
	ElfW(Addr) bias = 0;
	const ElfW(Dyn) *entry = dynamic_of(image, &bias);
	for (; entry && entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_SYMTAB)
			symbols = (const void *)(entry->d_un.d_ptr + bias);
		if (entry->d_tag == DT_STRTAB)
			strings = (const void *)(entry->d_un.d_ptr + bias);
	}
	for (int i = 1; symbols && i < 64 && (const char *)&symbols[i] < strings; i++) {
		if (strcmp(strings + symbols[i].st_name, "__vdso_clock_gettime") == 0)
			return (gettime *)(symbols[i].st_value + bias);
	}
	return NULL;
}

// The kernel lets itself be robbed of all of it or of nothing.
static void overwrite(void *image)
{
	void *instead = MAP_FAILED;
	for (size_t pages = 1; pages < 8 && instead == MAP_FAILED; pages++)
		instead = mmap(image, pages * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	need_memory(instead);
}

static double seconds(struct timespec t)
{
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void vdso(void)
{
	const void *image = (void *)getauxval(AT_SYSINFO_EHDR);
	gettime *get = image ? vdso_gettime(image) : NULL;
	if (!get)
		skip("no vDSO");
	uint64_t *copy = need_memory(malloc(PAGE));
	memcpy(copy, image, PAGE);
	across();
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_MONOTONIC_COARSE };
	if (broken(1))
		overwrite((void *)image);
	check_bytes("vDSO", image, copy, PAGE);
	if (*reasons)
		return; // or it would crash
	for (size_t i = 0; i < COUNT(clocks); i++) {
		struct timespec one, two, three;
		need("clock_gettime", syscall(SYS_clock_gettime, clocks[i], &one));
		check_is("vDSO clock_gettime", get(broken(2) ? CLOCK_PROCESS_CPUTIME_ID : clocks[i], &two), 0);
		need("clock_gettime", syscall(SYS_clock_gettime, clocks[i], &three));
		check(seconds(one) <= seconds(two) && seconds(two) <= seconds(three),
		      "clock %d: %.6f by system call, %.6f by the vDSO", clocks[i], seconds(one), seconds(two));
	}
}

// Clocks go on: never back, and not far forward. How far is seen by what the wall clock does.
static void goes_on(clockid_t clock, const char *what)
{
	struct timespec t;
	double last = 0, highest = 0, first;
	need(what, clock_gettime(clock, &t));
	first = last = seconds(t);
	ready();
	do {
		nap(0.05 + span / 40);
		need(what, clock_gettime(clock, &t));
		double at = seconds(t) - (broken(1) && after() ? first : 0) + (broken(2) && after() ? 5000 : 0);
		check(at > last, "%s: %.3f after %.3f", what, at, last);
		highest = at - last > highest ? at - last : highest;
		last = at;
	} while (!after());
	check(highest < 600, "%s: jumped by %.1f s", what, highest);
}

static void monotonic(void)
{
	goes_on(CLOCK_MONOTONIC, "monotonic clock");
}

static void boot(void)
{
	goes_on(CLOCK_BOOTTIME, "boot clock");
}

const struct victim image_victims[] = {
	{ "arguments", "cmdline, environ and auxv in /proc", arguments, 0, NULL },
	{ "title", "a title written over the arguments", title, 0, NULL },
	{ "executable", "the link to its executable", executable, 0, NULL },
	{ "vdso", "the vDSO is where it was, and tells the time", vdso, 0, NULL },
	{ "monotonic", "the monotonic clock never goes back, nor far forward", monotonic, 0, NULL },
	{ "boottime", "nor does the boot clock", boot, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
