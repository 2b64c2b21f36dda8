// victims list | run NAME [DIR] | start-all DIR | start DIR NAME... | report DIR [--timeout S] | selftest
// VICTIMS_AFTER names the file whose existence tells the victims that they have been resurrected.

#include "main.h"

#include <sys/prctl.h>

static const struct { const char *title; const struct victim *victims; } families[] = {
	{ "IDs and credentials", identity_victims },
	{ "Limits, scheduling, names, settings", attribute_victims },
	{ "Memory", memory_victims },
	{ "Memory on swap", swapped_victims },
	{ "Mappings", mapping_victims },
	{ "Arguments, executable, vDSO, clocks", image_victims },
	{ "Registers", register_victims },
	{ "Threads", thread_victims },
	{ "Signals", signal_victims },
	{ "Waiting for signals, being stopped", delivery_victims },
	{ "Timers", timer_victims },
	{ "Sleeps with a time-out in progress", sleep_victims },
	{ "System calls in progress", call_victims },
	{ "Children", child_victims },
	{ "Files, directories, devices", file_victims },
	{ "Files in memory", tmpfs_victims },
	{ "File locks", lock_victims },
	{ "Dirty pages of the page cache", dirty_victims },
	{ "Terminals", pty_victims },
	{ "Pipes and FIFOs", pipe_victims },
	{ "eventfd, signalfd, inotify", event_victims },
	{ "epoll", epoll_victims },
	{ "Unix sockets", unix_victims },
	{ "System V and POSIX IPC", ipc_victims },
	{ "Names that are bytes, and no UTF-8", byte_victims },
	{ "Computing, in all registers at once", computing_victims },
	{ "Programs in Python", python_victims },
	{ "Failure", contained_victims },
};
const struct victim *all[VICTIMS_MAX];
int all_count;

static void collect(void)
{
	for (size_t f = 0; f < COUNT(families); f++) {
		for (const struct victim *v = families[f].victims; v->name; v++)
			all[all_count++] = v;
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: victims list | run NAME [DIR] | start-all DIR | start DIR NAME... | "
			"report DIR [--timeout S] | selftest\n");
	return 2;
}

// Its number; -1, after complaining.
static int number_of(const char *name)
{
	for (int i = 0; i < all_count; i++) {
		if (strcmp(all[i]->name, name) == 0)
			return i;
	}
	fprintf(stderr, "victims: no victim is named '%s'\n", name);
	return -1;
}

static int run(const char *name)
{
	int number = number_of(name);
	if (number < 0)
		return 2;
	prctl(PR_SET_NAME, name);
	begin(all[number]);
	all[number]->run();
	verdict();
}

static int start_everyone(void)
{
	char chosen[VICTIMS_MAX];
	for (int i = 0; i < all_count; i++)
		chosen[i] = !(all[i]->flags & APART);
	return start_all(chosen) != 0;
}

static int start_named(char *const *names)
{
	char chosen[VICTIMS_MAX] = { 0 };
	for (; *names; names++) {
		int number = number_of(*names);
		if (number < 0)
			return 2;
		chosen[number] = 1;
	}
	return start_all(chosen) != 0;
}

static int list(void)
{
	for (size_t f = 0; f < COUNT(families); f++) {
		printf("%s%s:\n", f ? "\n" : "", families[f].title);
		for (const struct victim *v = families[f].victims; v->name; v++)
			printf("%-16s %s\n", v->name, v->proves);
	}
	return 0;
}

int main(int argc, char **argv)
{
	collect();
	if (argc < 2)
		return usage();
	if (argc > 2 && strcmp(argv[1], "run") != 0)
		snprintf(directory, sizeof(directory), "%s", argv[2]);
	if (argc > 3 && strcmp(argv[1], "run") == 0)
		snprintf(directory, sizeof(directory), "%s", argv[3]);
	if (strcmp(argv[1], "list") == 0)
		return list();
	if (strcmp(argv[1], "run") == 0 && argc > 2)
		return run(argv[2]);
	if (strcmp(argv[1], "start-all") == 0 && argc == 3)
		return start_everyone();
	if (strcmp(argv[1], "start") == 0 && argc > 3)
		return start_named(argv + 3);
	if (strcmp(argv[1], "report") == 0 && argc == 3)
		return report(120);
	if (strcmp(argv[1], "report") == 0 && argc == 5 && strcmp(argv[3], "--timeout") == 0)
		return report(atof(argv[4]));
	if (strcmp(argv[1], "selftest") == 0 && argc == 2)
		return selftest();
	return usage();
}
