// What the kernel says about itself.

#define _GNU_SOURCE
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const char *const stable_files[] = {
	"/proc/version", "/proc/cmdline", "/proc/cpuinfo", "/proc/filesystems", "/proc/devices", "/proc/iomem",
	"/proc/ioports", "/proc/kallsyms", "/sys/kernel/vmcoreinfo", "/sys/kernel/kexec_crash_size",
	"/sys/kernel/kexec_crash_loaded", "/sys/kernel/notes", "/run/otherworld/ss", "/run/otherworld/ip-addr",
	"/run/otherworld/ip-route", "/run/otherworld/zoo-addr", "/run/otherworld/zoo-route", "/run/otherworld/zoo",
	"/run/otherworld/zram", "/run/otherworld/zoo-errors",
	"/etc/os-release", "/etc/debian_version",
	"/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname", "/proc/sys/kernel/random/boot_id",
	"/proc/sys/kernel/tainted", "/proc/sys/kernel/pid_max", "/proc/sys/kernel/core_pattern",
	"/proc/sys/kernel/randomize_va_space", "/sys/devices/system/cpu/online", "/sys/devices/system/cpu/possible",
	"/sys/devices/system/node/online", "/sys/kernel/security/lsm", NULL,
};
static const char *const live_files[] = {
	"/proc/modules", "/proc/mounts", "/proc/self/mountinfo", "/proc/partitions", "/proc/swaps", "/proc/locks",
	"/proc/sysvipc/shm", "/proc/sysvipc/msg", "/proc/sysvipc/sem", "/proc/slabinfo", "/proc/buddyinfo",
	"/proc/pagetypeinfo", "/proc/zoneinfo", "/proc/interrupts", "/proc/softirqs", "/proc/vmstat", "/proc/meminfo",
	"/proc/tty/drivers", "/proc/tty/driver/serial", "/proc/vmallocinfo", "/proc/timer_list", "/proc/consoles",
	"/proc/key-users", "/proc/keys", "/proc/loadavg", "/proc/stat", "/proc/uptime",
	"/proc/sys/fs/file-nr", "/proc/sys/fs/inode-nr", "/proc/sys/fs/dentry-state",
	"/sys/block/zram0/comp_algorithm", "/sys/block/zram0/mm_stat", "/sys/block/zram1/comp_algorithm",
	"/sys/block/zram1/mm_stat", "/sys/block/zram2/comp_algorithm", "/sys/block/zram2/mm_stat", NULL,
};

static void copy_list(const char *const *paths)
{
	for (; *paths; paths++) {
		char key[256];
		snprintf(key, sizeof(key), "s%s", *paths);
		copy_file(AT_FDCWD, *paths, key);
	}
}

static void plain_file(int dir, const char *name, void *prefix)
{
	char key[512];
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	snprintf(key, sizeof(key), "s%s/%s", (const char *)prefix, name);
	copy_file(dir, name, key);
}

static void module_sections(int dir, const char *module, void *unused)
{
	char path[256], prefix[512];
	(void)unused;
	snprintf(path, sizeof(path), "%s/sections", module);
	snprintf(prefix, sizeof(prefix), "/sys/module/%s/sections", module);
	each_entry(dir, path, plain_file, prefix);
}

void record_stable(void)
{
	copy_list(stable_files);
	each_entry(AT_FDCWD, "/sys/kernel/btf", plain_file, "/sys/kernel/btf");
	each_entry(AT_FDCWD, "/sys/module", module_sections, NULL);
}

static void terminal(int dir, const char *name, void *prefix)
{
	char key[64], cc[2 * NCCS + 1] = "";
	struct termios t;
	struct winsize w = { 0 };
	int ldisc = -1, flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	if (strcmp(name, "ptmx") == 0)
		return;
	int fd = openat(dir, name, flags);
	if (fd < 0)
		return;
	if (tcgetattr(fd, &t) == 0) {
		ioctl(fd, TIOCGWINSZ, &w);
		ioctl(fd, TIOCGETD, &ldisc);
		for (int i = 0; i < 19; i++) // the kernel's NCCS
			sprintf(cc + 2 * i, "%02x", t.c_cc[i]);
		snprintf(key, sizeof(key), "tty/%s%s", (const char *)prefix, name);
		out_text(key, "iflag=%x oflag=%x cflag=%x lflag=%x cc=%s rows=%u cols=%u ldisc=%d", t.c_iflag, t.c_oflag,
			 t.c_cflag, t.c_lflag, cc, w.ws_row, w.ws_col, ldisc);
	}
	close(fd);
}

static void record_dmesg(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char one[8192], *all = NULL;
	size_t size = 0, room = 0;
	if (fd < 0)
		return;
	for (;;) {
		ssize_t n = read(fd, one, sizeof(one) - 1);
		if (n < 0 && errno == EPIPE)
			continue; // overwritten meanwhile: the next read gives the oldest that is left
		if (n <= 0)
			break;
		one[n++] = 0; // records end with a zero byte: their text may hold newlines
		if (size + n > room) {
			room = room ? room * 2 : 1 << 20;
			all = realloc(all, room);
			if (!all)
				die("memory");
		}
		memcpy(all + size, one, n);
		size += n;
	}
	out_record(KIND_FILE, "kmsg", all, size);
	free(all);
	close(fd);
}

void record_system(void)
{
	record_dmesg();
	each_entry(AT_FDCWD, "/proc/self/net", plain_file, "/proc/net");
	int dev = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	each_entry(dev, "pts", terminal, "pts/");
	terminal(dev, "ttyS0", "");
	close(dev);
	copy_list(live_files);
}

void record_clocks(void)
{
	static const struct { const char *name; clockid_t id; } clocks[] = {
		{ "realtime", CLOCK_REALTIME }, { "monotonic", CLOCK_MONOTONIC }, { "boottime", CLOCK_BOOTTIME },
		{ "tai", CLOCK_TAI },
	};
	for (unsigned i = 0; i < sizeof(clocks) / sizeof(*clocks); i++) {
		char key[32];
		struct timespec t;
		clock_gettime(clocks[i].id, &t);
		snprintf(key, sizeof(key), "clock/%s", clocks[i].name);
		out_text(key, "%lld", (long long)t.tv_sec * 1000000000 + t.tv_nsec);
	}
	out_text("recorder", "%d %d", getpid(), sched_getcpu());
}
