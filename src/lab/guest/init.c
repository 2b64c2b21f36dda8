// PID 1 of a lab guest, twice: in the initramfs (`/init`) it loads the few modules that the root disk needs and
// moves there; on the root disk it sets up the machine, runs the workloads, starts the recorder, and reaps.
// A distribution's initrd would do the same in 3 to 30 seconds more, and with output that is not the same twice.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SELF "/otherworld/bin/init"

static void say(const char *format, ...)
{
	va_list args;
	printf("ow: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

static void die(const char *what)
{
	say(errno ? "FATAL %s: %s" : "FATAL %s", what, strerror(errno));
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void mount_at(const char *type, const char *dir, unsigned long flags, const char *data)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, flags, data) < 0 && errno != EBUSY)
		say("note: mount %s on %s: %s", type, dir, strerror(errno));
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		say("note: %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

// The value of NAME= on the kernel's command line, or `otherwise`.
static const char *option(const char *name, const char *otherwise)
{
	static char line[4096];
	static char value[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
	if (fd >= 0)
		close(fd);
	line[n > 0 ? n : 0] = 0;
	for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
		if (strncmp(word, name, strlen(name)) == 0 && word[strlen(name)] == '=')
			return strcpy(value, word + strlen(name) + 1);
	}
	return otherwise;
}

// --- in the initramfs

static void load_modules(void)
{
	char line[256];
	FILE *order = fopen("/modules/order", "re");
	if (!order)
		die("/modules/order");
	while (fgets(line, sizeof(line), order)) {
		line[strcspn(line, "\n")] = 0;
		int fd = open(line, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
			say("note: module %s: %s", line, strerror(errno));
		close(fd);
	}
	fclose(order);
}

static void to_root_disk(void)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys" };
	for (int i = 0; access("/dev/vda", F_OK) < 0; i++) {
		if (i == 200)
			die("root disk /dev/vda");
		usleep(50000);
	}
	mkdir("/root", 0755);
	// commit=: no journal commit of its own accord while the truth is being recorded.
	if (mount("/dev/vda", "/root", "ext4", 0, "commit=3600") < 0)
		die("mount /dev/vda");
	for (unsigned i = 0; i < sizeof(moved) / sizeof(*moved); i++) {
		char to[32];
		snprintf(to, sizeof(to), "/root%s", moved[i]);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL) < 0)
			die("moving a mount");
	}
	if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		die("moving to the root disk");
	const char *init = option("init", SELF);
	execl(init, init, NULL);
	die(init);
}

static void initramfs(void)
{
	mount_at("devtmpfs", "/dev", 0, NULL);
	mount_at("proc", "/proc", 0, NULL);
	mount_at("sysfs", "/sys", 0, NULL);
	int console = open("/dev/console", O_RDWR);
	for (int fd = 0; console >= 0 && fd < 3; fd++)
		dup2(console, fd);
	if (console > 2)
		close(console);
	load_modules();
	to_root_disk();
}

// --- on the root disk

static void mounts(void)
{
	mount_at("proc", "/proc", 0, NULL);
	mount_at("sysfs", "/sys", 0, NULL);
	mount_at("devtmpfs", "/dev", 0, NULL);
	mount_at("devpts", "/dev/pts", 0, "ptmxmode=666,gid=5,mode=620");
	mount_at("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, NULL);
	mount_at("mqueue", "/dev/mqueue", 0, NULL);
	mount_at("hugetlbfs", "/dev/hugepages", 0, NULL);
	mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755");
	mount_at("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, NULL);
	mount_at("cgroup2", "/sys/fs/cgroup", 0, NULL);
	mkdir("/run/lock", 01777);
	// As udev would.
	if (symlink("/proc/self/fd", "/dev/fd") < 0 || symlink("/proc/self/fd/0", "/dev/stdin") < 0 ||
	    symlink("/proc/self/fd/1", "/dev/stdout") < 0 || symlink("/proc/self/fd/2", "/dev/stderr") < 0)
		say("note: links in /dev: %s", strerror(errno));
	mkdir("/run/otherworld", 0755);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		say("note: lo: %s", strerror(errno));
	close(fd);
}

static void knobs(void)
{
	put("/proc/sys/kernel/kptr_restrict", "0"); // real addresses in kallsyms, modules, net/*
	put("/proc/sys/kernel/perf_event_paranoid", "-1");
	put("/proc/sys/kernel/sysrq", "1");
	put("/proc/sys/vm/dirty_writeback_centisecs", "0"); // dirty pages stay so until the panic
	put("/proc/sys/kernel/panic_on_oops", "1");
	put("/proc/sys/kernel/printk", "4 4 1 7"); // the console is for the lab's own lines, and the panic
}

// Runs one program to its end, reaping whatever else comes by.
static int run(char *const argv[])
{
	int status = -1;
	pid_t child = fork();
	if (child == 0) {
		setsid();
		execv(argv[0], argv);
		_exit(127);
	}
	for (;;) {
		int s;
		pid_t pid = wait(&s);
		if (pid == child) {
			status = s;
			break;
		}
		if (pid < 0 && errno != EINTR)
			break;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// Loads this same kernel as the crash kernel, without a root file system: it boots when we panic, and panics itself.
// From 6.8 on the log tells the segments (KEXEC_FILE_DEBUG).
static void load_crash_kernel(void)
{
	static const char line[] = "console=ttyS0 panic=0 nr_cpus=1 loglevel=4";
	unsigned long flags = 2 | 4, debug = 8; // KEXEC_FILE_ON_CRASH, KEXEC_FILE_NO_INITRAMFS
	int kernel = open("/otherworld/vmlinuz", O_RDONLY | O_CLOEXEC);
	if (kernel < 0)
		die("/otherworld/vmlinuz");
	if (syscall(SYS_kexec_file_load, kernel, -1, sizeof(line), line, flags | debug) < 0 &&
	    syscall(SYS_kexec_file_load, kernel, -1, sizeof(line), line, flags) < 0)
		die("kexec_file_load");
	close(kernel);
}

// The lab may keep the state of a guest that is ready, and go on from it whenever it wants to.
static void wait_for_word(void)
{
	char line[64];
	say("ready");
	do {
		if (!fgets(line, sizeof(line), stdin))
			die("nobody says when to go on");
	} while (strncmp(line, "go", 2) != 0);
}

// What changes from one trial to the next comes on a disk of its own: boot.sh there brings what the workloads need, arm.sh
// loads the crash kernel, and leaves in /run/otherworld/panic how to panic. No other process sees the disk mounted.
static void run_from_kit(const char *script)
{
	static const char *const kit = "/run/otherworld/kit";
	char path[64];
	int status;
	pid_t child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    (mkdir(kit, 0700) < 0 && errno != EEXIST) || mount("/dev/vdd", kit, "ext4", MS_RDONLY, "noload") < 0)
			die("mount /dev/vdd");
		snprintf(path, sizeof(path), "%s/%s", kit, script);
		execl("/bin/sh", "sh", path, NULL);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	rmdir(kit);
	errno = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die(script);
}

// The first line of a file, in place of `otherwise`.
static const char *line_of(const char *path, const char *otherwise)
{
	static char line[256];
	FILE *file = fopen(path, "re");
	if (!file)
		return otherwise;
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	line[strcspn(line, "\n")] = 0;
	return line;
}

static void root_disk(void)
{
	mounts();
	knobs();
	loopback_up();
	sethostname("otherworld", 10);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "linux", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("OW_WORK", option("ow.work", ""), 1);
	int resurrects = strcmp(option("ow.panic", ""), "resurrect") == 0;
	if (resurrects)
		run_from_kit("boot.sh");
	say("guest up");
	int failed = run((char *const[]){ "/bin/sh", "/otherworld/workloads/run.sh", NULL });
	errno = 0;
	if (failed)
		die("a workload did not get ready");
	if (strcmp(option("ow.panic", ""), "kexec") == 0)
		load_crash_kernel();
	if (strcmp(option("ow.ready", ""), "wait") == 0)
		wait_for_word();
	if (resurrects) {
		run_from_kit("arm.sh");
		say("armed");
	}
	int records = strcmp(line_of("/run/otherworld/record", ""), "no") != 0;
	if (records)
		say("recording");
	setenv("OW_PANIC", line_of("/run/otherworld/panic", option("ow.panic", "sysrq")), 1);
	failed = run((char *const[]){ "/otherworld/bin/record", records ? "/dev/vdb" : NULL, NULL });
	errno = 0;
	if (failed)
		die("the recorder did not finish");
	for (;;) {
		if (wait(NULL) < 0 && errno != EINTR)
			pause();
	}
}

int main(void)
{
	if (getpid() != 1)
		return 1;
	if (access("/modules/order", F_OK) == 0)
		initramfs();
	else
		root_disk();
	return 1;
}
