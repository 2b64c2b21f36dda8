// SPDX-License-Identifier: GPL-2.0-only
/*
 * Logins on the consoles: whoever comes to the machine finds a prompt, and behind it the resurrected. ow.getty=PROGRAM is run
 * with the terminal's name as its argument; ow.getty=none: none is. A terminal that one of the resurrected controls has a
 * login, or whatever it had, already.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "bringup.h"

#define MOST 8
/* As System V's init has it: what ends sooner, and so for some times, is broken; it is left alone for a while. */
#define SHORT_SECONDS 10
#define SHORT_TIMES 5
#define REST_SECONDS 300

static struct login {
	char terminal[32];
	pid_t pid; /* 0: it has ended */
	time_t began, rests_until;
	int short_ones;
} logins[MOST];
static int count;
static char program[256];

static time_t now(void)
{
	return clock_ns(CLOCK_BOOTTIME) / 1000000000;
}

/* Number of the terminal that controls a process; 0: none. */
static int terminal_of(const char *pid)
{
	char path[300], line[512] = "";
	int terminal = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	stat = fopen(path, "re");
	if (!stat)
		return 0;
	/* The name is in parentheses, and may have some itself. */
	if (fgets(line, sizeof(line), stat) && strrchr(line, ')'))
		sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %d", &terminal);
	fclose(stat);
	return terminal;
}

static bool is_in_use(dev_t device)
{
	/* As the kernel writes a device number into 32 bits (new_encode_dev()). */
	int number = (minor(device) & 0xff) | major(device) << 8 | (minor(device) & ~0xffU) << 12;
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (processes && !found && (entry = readdir(processes)))
		found = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && terminal_of(entry->d_name) == number;
	if (processes)
		closedir(processes);
	return found;
}

static void choose(const char *console)
{
	/* tty0 is whichever is in front. */
	const char *terminal = strcmp(console, "tty0") == 0 ? "tty1" : console;
	char path[64];
	struct stat device;

	snprintf(path, sizeof(path), "/dev/%s", terminal);
	if (count == MOST || strlen(terminal) >= sizeof(logins->terminal) || stat(path, &device) < 0)
		return;
	if (is_in_use(device.st_rdev)) {
		complain("no login on %s: it is in use", terminal);
		return;
	}
	strcpy(logins[count++].terminal, terminal);
	complain("login on %s", terminal);
}

void choose_logins(void)
{
	static const char *const known[] = { "/sbin/agetty", "/sbin/getty", "/sbin/sulogin" };
	char consoles[256] = "", *rest;
	FILE *active;

	snprintf(program, sizeof(program), "%s", option("ow.getty", ""));
	if (strcmp(program, "none") == 0)
		return;
	for (unsigned i = 0; !*program && i < sizeof(known) / sizeof(*known); i++)
		if (access(known[i], X_OK) == 0)
			strcpy(program, known[i]);
	if (program[0] != '/' || access(program, X_OK) < 0) {
		complain("note: no login: %s", *program ? program : "the system has no getty");
		return;
	}
	active = fopen("/sys/class/tty/console/active", "re");
	if (active && !fgets(consoles, sizeof(consoles), active))
		consoles[0] = 0;
	if (active)
		fclose(active);
	for (char *word = strtok_r(consoles, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
		choose(word);
}

static void __attribute__((noreturn)) become(const char *terminal)
{
	const char *name = strrchr(program, '/') + 1;
	bool screen = strncmp(terminal, "tty", 3) == 0 && terminal[3] >= '0' && terminal[3] <= '9';
	struct rlimit files = { 1024, 524288 }; /* as systemd has it; the executor's own is another */
	char path[64];

	setsid();
	setrlimit(RLIMIT_NOFILE, &files);
	prepare_program();
	snprintf(path, sizeof(path), "/dev/%s", terminal);
	if (strcmp(program, "/sbin/agetty") == 0 && screen)
		execl(program, name, "--noclear", terminal, "linux", NULL);
	else if (strcmp(program, "/sbin/agetty") == 0)
		execl(program, name, "--keep-baud", "115200,57600,38400,9600", terminal, "vt220", NULL);
	else if (strcmp(program, "/sbin/getty") == 0)
		execl(program, name, "115200", terminal, NULL);
	else if (strcmp(program, "/sbin/sulogin") == 0)
		execl(program, name, path, NULL);
	else
		execl(program, name, terminal, NULL);
	complain("note: %s: %s", program, strerror(errno));
	_exit(127);
}

static void begin(struct login *login)
{
	login->began = now();
	login->pid = fork();
	if (login->pid == 0)
		become(login->terminal);
	if (login->pid > 0)
		return;
	login->pid = 0;
	login->rests_until = now() + 1;
}

void login_ended(pid_t pid)
{
	for (int i = 0; i < count; i++) {
		struct login *login = logins + i;

		if (login->pid != pid)
			continue;
		login->pid = 0;
		login->short_ones = now() - login->began < SHORT_SECONDS ? login->short_ones + 1 : 0;
		if (login->short_ones < SHORT_TIMES)
			continue;
		login->short_ones = 0;
		login->rests_until = now() + REST_SECONDS;
		complain("note: the login on %s ends at once, again and again; it rests for %d s", login->terminal, REST_SECONDS);
	}
}

int keep_logins(void)
{
	time_t next = 0;

	for (int i = 0; i < count; i++) {
		struct login *login = logins + i;

		if (!login->pid && now() >= login->rests_until)
			begin(login);
		if (login->pid)
			continue;
		if (!next || login->rests_until < next)
			next = login->rests_until;
	}
	if (!next)
		return -1;
	return next > now() ? (next - now()) * 1000 : 1000;
}
