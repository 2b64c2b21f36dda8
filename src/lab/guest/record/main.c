// record [DISK]: two passes over everything where there is a disk for them, then the panic that OW_PANIC names: sysrq,
// nmi, none, or PATH=WORD: what to write where.

#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		note("%s not written", path);
	if (fd >= 0)
		close(fd);
}

// The last CPU: so that truth can say which one panics.
static void stay_on_one_cpu(void)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static unsigned long field(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

// Until two seconds go by in which no process starts and few context switches happen; at most a minute.
void wait_for_quiet(void)
{
	unsigned long switches = 0, forks = 0;
	int quiet = 0;
	for (int i = 0; i < 120 && quiet < 4; i++, usleep(500000)) {
		size_t size;
		const char *stat = slurp(AT_FDCWD, "/proc/stat", &size);
		unsigned long s = field(stat, "\nctxt "), f = field(stat, "\nprocesses ");
		quiet = f == forks && s - switches < 400 ? quiet + 1 : 0;
		switches = s;
		forks = f;
	}
	if (quiet < 4)
		note("the workloads did not come to rest");
}

// Background work of the kernel's that would change pages between the passes.
static void calm_kernel(void)
{
	put("/sys/kernel/mm/ksm/run", "0");
	put("/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", "4000000");
	put("/sys/kernel/mm/transparent_hugepage/khugepaged/alloc_sleep_millisecs", "4000000");
	put("/proc/sys/kernel/numa_balancing", "0");
}

static void pass(unsigned number)
{
	double start = now();
	current_pass = number;
	record_cached_files();
	record_pages();
	record_shared();
	record_system();
	record_tasks();
	record_clocks();
	printf("ow: pass %u took %.1f s\n", number, now() - start);
	fflush(stdout);
}

static void panic_now(char *how)
{
	if (strcmp(how, "none") == 0)
		return;
	if (strcmp(how, "nmi") == 0) {
		put("/proc/sys/kernel/unknown_nmi_panic", "1");
		put("/proc/sys/kernel/panic_on_unrecovered_nmi", "1");
		printf("ow: waiting for an NMI\n");
		fflush(stdout);
		for (;;)
			pause();
	}
	char *word = strchr(how, '=');
	if (how[0] == '/' && word) {
		*word = 0;
		printf("ow: %s\n", word + 1);
		fflush(stdout);
		put(how, word + 1);
		return;
	}
	put("/proc/sysrq-trigger", "c");
}

static void record_to(const char *disk)
{
	calm_kernel();
	wait_for_quiet();
	out_open(disk);
	record_stable();
	pass(1);
	sleep(3); // time for what is not at rest to show
	pass(2);
	record_roll(); // threads may have ended while they were recorded
	out_close();
}

int main(int argc, char **argv)
{
	char *how = getenv("OW_PANIC");
	if (argc > 2)
		return 2;
	prctl(PR_SET_NAME, "record");
	stay_on_one_cpu();
	if (argc == 2)
		record_to(argv[1]);
	panic_now(how ? how : "sysrq");
	return 0;
}
