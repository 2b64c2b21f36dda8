// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of the crash kernel's initramfs, PID 1: from a bare kernel to the dead system's root disk, and from there either to
 * a world of resurrected processes or, where no plan comes, to the system's own init.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/rseq.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bringup.h"
#include "fault.h"
#include "self.h"

static char command_line[4096];
static int console_fd = 2; /* processes have their own standard error */

void complain(const char *format, ...)
{
	char line[512] = "otherworld: ";
	size_t start = strlen(line), room = sizeof(line) - 1 - start;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line + start, room, format, args);
	va_end(args);
	length = start + (length < 0 ? 0 : (size_t)length < room ? (size_t)length : room - 1);
	line[length++] = '\n';
	/* At once: many processes have something to say. */
	if (write(console_fd, line, length) < 0)
		return;
}

void each_option(const char *name, void (*use)(const char *value))
{
	char line[sizeof(command_line)], *rest;
	size_t length = strlen(name);

	strcpy(line, command_line);
	for (char *word = strtok_r(line, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
		if (strncmp(word, name, length) == 0 && word[length] == '=')
			use(word + length + 1);
	}
}

static const char *found;

static void remember(const char *value)
{
	static char text[1024];

	snprintf(text, sizeof(text), "%s", value);
	found = text;
}

const char *option(const char *name, const char *otherwise)
{
	found = otherwise;
	each_option(name, remember);
	return found;
}

static void read_command_line(void)
{
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t bytes = fd < 0 ? 0 : read(fd, command_line, sizeof(command_line) - 1);

	command_line[bytes > 0 ? bytes : 0] = 0;
	if (fd >= 0)
		close(fd);
}

/* Nothing can be done: the machine is left as a panicking kernel would leave it, for its watchdog or its host. */
void give_up(const char *what)
{
	complain("%s: %s", what, strerror(errno));
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

void mount_at(const char *type, const char *where, unsigned long flags, const char *data)
{
	mkdir(where, 0755);
	if (mount(type, where, type, flags, data) < 0 && errno != EBUSY)
		complain("note: %s on %s: %s", type, where, strerror(errno));
}

/* Ours is to know where the dead kernel's core header is. */
static const char *arguments_of(const char *path)
{
	static char arguments[128];
	const char *name = strrchr(path, '/');

	if (!name || strcmp(name, "/otherworld.ko") != 0)
		return "";
	snprintf(arguments, sizeof(arguments), "elfcorehdr=%s", option("elfcorehdr", ""));
	return arguments;
}

/* /modules/order names them, each behind what it needs. */
static void load_modules(void)
{
	char path[256];
	FILE *order = fopen("/modules/order", "re");

	while (order && fgets(path, sizeof(path), order)) {
		path[strcspn(path, "\n")] = 0;
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, arguments_of(path), 0) < 0 && errno != EEXIST))
			complain("note: module %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	if (order)
		fclose(order);
}

static void open_console(void)
{
	int console = open("/dev/console", O_RDWR);

	for (int fd = 0; console >= 0 && fd < 3; fd++)
		dup2(console, fd);
	if (console > 2)
		close(console);
	console_fd = fcntl(2, F_DUPFD_CLOEXEC, ex.fd_base);
}

/* As soon as the plan tells which descriptors its processes have. */
void move_console_up(void)
{
	console_fd = move_up(console_fd);
}

void prepare_program(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "linux", 1);
	setenv("LANG", "C.UTF-8", 1);
	personality(0);
}

/* The system starts as after a reboot. */
static void boot_normally(const char *why)
{
	char init[256];

	personality(0);
	snprintf(init, sizeof(init), "%s", option("ow.init", "/sbin/init"));
	complain("nothing is resurrected: %s; %s starts as after a reboot", why, init);
	port_say("none", why);
	execl(init, init, NULL);
	give_up(init);
}

int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/*
 * The clocks of the dead kernel go on: this kernel's began at 0 when the other had died, so what they had reached then is
 * what is to be added (time_namespaces(7)). Takes effect in children.
 */
static int continue_clocks(const struct owp_header *header)
{
	int fd, written;

	if (unshare(CLONE_NEWTIME) < 0)
		return -errno;
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	written = dprintf(fd, "monotonic %llu %llu\nboottime %llu %llu\n",
			  (unsigned long long)header->panic_monotonic / 1000000000,
			  (unsigned long long)header->panic_monotonic % 1000000000,
			  (unsigned long long)header->panic_boottime / 1000000000,
			  (unsigned long long)header->panic_boottime % 1000000000);
	close(fd);
	return written < 0 ? -EIO : 0;
}

/* What reboot(2) in the world asks for is the signal that its init ends with (pid_namespaces(7)). */
static void leave(int status)
{
	bool again = WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP;

	complain("the world has ended (status %#x)", status);
	sync();
	mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	reboot(again ? RB_AUTOBOOT : RB_POWER_OFF);
}

static void become_world(void)
{
	struct clone_args {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, rest[6];
	} args = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		give_up("making a pid namespace");
	if (pid == 0) {
		errno = -on_own_stack(world);
		give_up("a stack for the executor");
	}
	for (;;) {
		int status;
		pid_t ended = wait(&status);
		if (ended == pid) {
			leave(status);
		}
		if (ended < 0 && errno == ECHILD)
			pause();
	}
}

/* Those that the dead kernel gave may be above this one's limit, which goes by its few processors. */
static void let_all_pids(void)
{
	int fd = open("/proc/sys/kernel/pid_max", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "4194304", 7) < 0)
		complain("note: pid_max: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* The C library's own registration: processes are to have theirs. */
static void leave_rseq(void)
{
	char *thread = __builtin_thread_pointer();

	if (__rseq_size)
		syscall(SYS_rseq, thread + __rseq_offset, 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

int main(void)
{
	const char *why;

	if (getpid() != 1) {
		fprintf(stderr, "otherworld: this is the init of a crash kernel\n");
		return 2;
	}
	/* The heap is to be where the program is, in its window: not up to 1 GiB behind. */
	if (!(personality(0xffffffff) & ADDR_NO_RANDOMIZE)) {
		personality(ADDR_NO_RANDOMIZE);
		execl("/init", "/init", NULL);
	}
	mount_at("devtmpfs", "/dev", 0, NULL);
	mount_at("proc", "/proc", 0, NULL);
	mount_at("sysfs", "/sys", 0, NULL);
	leave_rseq();
	open_console();
	read_command_line();
	let_all_pids();
	stage("init", clock_ns(CLOCK_BOOTTIME));
	load_modules();
	port_open();
	stage("modules", clock_ns(CLOCK_BOOTTIME));
	enter_root();
	stage("root", clock_ns(CLOCK_BOOTTIME));
	choose_faults(strdup(option("ow.fault", "")), shared_room(FAULTS_MAX * sizeof(struct fault)));
	why = take_plan();
	if (why)
		boot_normally(why);
	stage("validated", clock_ns(CLOCK_BOOTTIME));
	if (load_plan() < 0)
		boot_normally("the plan cannot be read back from the module");
	int error = FAULT_POINT("set_clocks");
	if (!error)
		error = continue_clocks(owp_header_of(&ex.plan));
	if (error)
		complain("clocks begin anew: %s", strerror(-error));
	journal(step_of(OWP_OP_CHECK_MACHINE, OWP_NONE), 0);
	journal(step_of(OWP_OP_SET_CLOCKS, OWP_NONE), error);
	become_world();
}
