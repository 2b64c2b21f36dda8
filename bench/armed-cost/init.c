// SPDX-License-Identifier: GPL-2.0-only
// The init of a guest that measures itself, with otherworld.ko loaded and without, in turns: system calls, switches between two
// processes on one CPU, page faults. Prints `KIND armed|bare NANOSECONDS`, per operation, for each turn; a nanosecond
// is an instruction where the machine counts them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 40000, SWITCHES = 4000, PAGES = 4096, PAGE = 4096, SETTLE_MICROSECONDS = 500000 };

static void must(int ok, const char *what)
{
	if (ok)
		return;
	printf("init failed: %s: %s\n", what, strerror(errno));
	for (;;)
		pause();
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static double calls(void)
{
	double start = now();
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	return (now() - start) / CALLS;
}

// What comes out of one pipe goes into the other.
static void echo(int from, int to)
{
	char byte;
	while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1)
		;
	_exit(0);
}

static double switches(void)
{
	static int there[2], back[2];
	char byte = 0;
	if (!there[1]) {
		must(pipe(there) == 0 && pipe(back) == 0, "pipe");
		if (fork() == 0) {
			close(there[1]);
			echo(there[0], back[1]);
		}
	}
	double start = now();
	for (int i = 0; i < SWITCHES / 2; i++)
		must(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1, "echo");
	return (now() - start) / SWITCHES;
}

static double faults(void)
{
	double start = now();
	char *pages = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(pages != MAP_FAILED, "mmap");
	madvise(pages, (size_t)PAGES * PAGE, MADV_NOHUGEPAGE);
	for (int i = 0; i < PAGES; i++)
		pages[(size_t)i * PAGE] = 1;
	munmap(pages, (size_t)PAGES * PAGE);
	return (now() - start) / PAGES;
}

static const struct {
	const char *name;
	double (*measure)(void);
} kinds[] = { { "syscall", calls }, { "switch", switches }, { "fault", faults } };

// What loading a module leaves to be done later is done first.
static void measure_all(const char *state)
{
	usleep(SETTLE_MICROSECONDS);
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		printf("%s %s %.1f\n", kinds[i].name, state, kinds[i].measure());
}

static void with_module(void)
{
	int module = open("/otherworld.ko", O_RDONLY | O_CLOEXEC);
	must(syscall(SYS_finit_module, module, "", 0) == 0, "otherworld.ko");
	close(module);
	measure_all("armed");
	must(syscall(SYS_delete_module, "otherworld", O_NONBLOCK) == 0, "unloading otherworld.ko");
}

int main(void)
{
	static char line[2048];
	cpu_set_t set;

	setvbuf(stdout, NULL, _IOLBF, 0);
	mkdir("/proc", 0755);
	must(mount("proc", "/proc", "proc", 0, NULL) == 0, "/proc");
	must(read(open("/proc/cmdline", O_RDONLY), line, sizeof(line) - 1) > 0, "/proc/cmdline");
	char *rounds = strstr(line, "rounds=");
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	must(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity");
	measure_all("first");
	// Whichever comes first in a turn comes second in the next.
	for (int i = 0; i < (rounds ? atoi(rounds + 7) : 1); i++) {
		if (i % 2 == 0)
			measure_all("bare");
		with_module();
		if (i % 2 == 1)
			measure_all("bare");
	}
	printf("measured\n");
	for (;;)
		pause();
}
