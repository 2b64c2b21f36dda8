// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arms a running kernel: loads otherworld.ko, which saves at a panic what would be lost, and loads the crash kernel with
 * the initramfs of the resurrector into the reservation: as kexec -p -s does, and then once more unpacked, to be up sooner
 * (direct.h). From then on a panic leads into it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "direct.h"

/* include/uapi/linux/kexec.h; DEBUG has the log tell the segments, from 6.8 on. */
#define KEXEC_FILE_UNLOAD 0x1UL
#define KEXEC_FILE_ON_CRASH 0x2UL
#define KEXEC_FILE_DEBUG 0x8UL

/* COMMAND_LINE_SIZE of x86; the kernel adds elfcorehdr= to what it is given. */
#define LINE_LIMIT (2048 - 32)

/*
 * One processor: the others are where the panic left them. The check of the timer counts its ticks against the processor's
 * speed, and fails in a virtual machine that is kept waiting. The self-tests of cryptography take a third of the boot, and
 * the main kernel has passed them. Some 9000 LOCK prefixes are superfluous on one processor, but to write each over takes
 * longer than they ever will.
 */
#define LINE_BASE "nr_cpus=1 no_timer_check reset_devices nokaslr noreplace-smp cryptomgr.notests ow.resurrect=1"

/* A crash kernel of less has no room for Node.js with a plan. */
#define PLANNER_BYTES (256ULL << 20)

static const char usage[] =
	"Usage: otherworld-arm [OPTIONS]\n"
	"Has a panic of this kernel lead into the resurrector.\n\n"
	"  -m, --module FILE     otherworld.ko (default: none is loaded)\n"
	"  -k, --kernel FILE     of the crash kernel (default: /boot/vmlinuz-RELEASE)\n"
	"  -u, --unpacked FILE   that kernel unpacked (default: gzip, xz, zstd, lz4 or the like unpacks it here)\n"
	"  -P, --packed          load the kernel as it is: it unpacks itself after the panic, which takes longer\n"
	"  -i, --initramfs FILE  of the resurrector\n"
	"  -r, --root DEVICE     root disk, as the crash kernel names it (default: this kernel's)\n"
	"  -p, --planner FILE    program on the root disk that makes a plan where no host gives one\n"
	"  -b, --base ARGS       arguments of the crash kernel instead of those that it is given here\n"
	"  -a, --append ARGS     more of them\n"
	"  -d, --disarm          takes the crash kernel out again\n"
	"  -s, --status          says whether a crash kernel is loaded; exit code 1 where none is\n\n"
	"Exit codes: 0 armed; 1 --status: not armed; 2 usage; 3 a file cannot be used; 4 the system refused.\n";

enum { OK, NOT_ARMED, USAGE, INPUT, SYSTEM };

struct options {
	const char *module, *kernel, *unpacked, *initramfs, *root, *planner, *base, *append;
	int packed, disarm, status;
};

static void __attribute__((noreturn, format(printf, 2, 3))) fail(int code, const char *format, ...)
{
	va_list args;

	fputs("otherworld-arm: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\n", stderr);
	exit(code);
}

static unsigned long long number_in(const char *path)
{
	unsigned long long value = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		return 0;
	if (fscanf(file, "%llu", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

static int open_or_fail(const char *what, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail(INPUT, "%s %s: %s", what, path, strerror(errno));
	return fd;
}

static void load_module(const char *path)
{
	int fd = open_or_fail("module", path);
	unsigned long long area;

	errno = 0;
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno == ENODEV) {
		fprintf(stderr, "otherworld-arm: note: the module does nothing in this kernel\n");
	} else if (errno && errno != EEXIST) {
		const char *hint = errno == ENOEXEC ? " (built for another kernel? see dmesg)" :
				   errno == EKEYREJECTED || errno == EPERM ? " (does this kernel demand signed modules?)" : "";
		fail(SYSTEM, "module %s: %s%s", path, strerror(errno), hint);
	}
	close(fd);
	area = number_in("/sys/module/otherworld/parameters/panic_area");
	if (area)
		printf("panic area at %#llx\n", area);
}

/* Device, type and options of the root file system, from the last line of /proc/mounts that is of /. */
static void find_root(char *device, char *type)
{
	char line[4096], where[1024], dev[1024], fs[64];
	FILE *mounts = fopen("/proc/mounts", "re");

	while (mounts && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%1023s %1023s %63s", dev, where, fs) == 3 && strcmp(where, "/") == 0 && dev[0] == '/') {
			strcpy(device, dev);
			strcpy(type, fs);
		}
	}
	if (mounts)
		fclose(mounts);
}

/* What the command line of this kernel says of its consoles, for the next one to say its piece there too. */
static void add_consoles(char *line, size_t size)
{
	char own[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, own, sizeof(own) - 1);

	if (fd >= 0)
		close(fd);
	own[n > 0 ? n : 0] = 0;
	for (char *word = strtok(own, " \n"); word; word = strtok(NULL, " \n")) {
		if (strncmp(word, "console=", 8) == 0 && strlen(line) + strlen(word) + 2 < size)
			strcat(strcat(line, " "), word);
	}
}

static void make_line(const struct options *options, char *line, size_t size)
{
	char device[1024] = "", type[64] = "";
	size_t used;

	if (snprintf(line, size, "%s", options->base ? options->base : LINE_BASE) >= size)
		fail(USAGE, "--base is longer than %zu characters", size);
	add_consoles(line, size);
	find_root(device, type);
	if (options->root)
		snprintf(device, sizeof(device), "%s", options->root);
	if (!device[0])
		fail(SYSTEM, "the root file system is on no disk; name one with --root");
	used = strlen(line);
	used += snprintf(line + used, size - used, " ow.root=%s ow.rootfstype=%s", device, type);
	if (used < size && options->planner)
		used += snprintf(line + used, size - used, " ow.planner=%s", options->planner);
	if (used < size && options->append)
		used += snprintf(line + used, size - used, " %s", options->append);
	if (used >= size)
		fail(USAGE, "the crash kernel's command line would be longer than %zu characters", size);
}

/* It runs in the reservation. */
static void check_planner(const char *planner)
{
	if (planner[0] != '/' || strpbrk(planner, " \"\n"))
		fail(USAGE, "planner %s: name it by an absolute path without blanks", planner);
	if (access(planner, X_OK) < 0)
		fail(INPUT, "planner %s: %s", planner, strerror(errno));
	if (number_in("/sys/kernel/kexec_crash_size") < PLANNER_BYTES)
		fprintf(stderr, "otherworld-arm: note: a planner needs more memory than is reserved: boot with crashkernel=256M\n");
}

/* By the kernel's own loader. */
static void load_packed(const char *kernel_path, const char *initramfs_path, const char *line)
{
	int kernel = open_or_fail("kernel", kernel_path), initramfs = open_or_fail("initramfs", initramfs_path);
	unsigned long flags = KEXEC_FILE_ON_CRASH;

	if (syscall(SYS_kexec_file_load, kernel, initramfs, strlen(line) + 1, line, flags | KEXEC_FILE_DEBUG) < 0 &&
	    syscall(SYS_kexec_file_load, kernel, initramfs, strlen(line) + 1, line, flags) < 0)
		fail(SYSTEM, "the crash kernel cannot be loaded: %s%s", strerror(errno),
		     errno == ENOMEM || errno == EADDRNOTAVAIL ? " (is crashkernel= large enough?)" : "");
	close(kernel);
	close(initramfs);
}

static int is_loaded(void)
{
	return number_in("/sys/kernel/kexec_crash_loaded") == 1;
}

static void load_crash_kernel(const struct options *options)
{
	char line[LINE_LIMIT], path[256];
	struct direct_request request;
	struct utsname uts;
	struct reason why;

	if (!number_in("/sys/kernel/kexec_crash_size"))
		fail(SYSTEM, "no memory is reserved for a crash kernel: boot with crashkernel=256M");
	uname(&uts);
	snprintf(path, sizeof(path), "/boot/vmlinuz-%s", uts.release);
	if (options->planner)
		check_planner(options->planner);
	make_line(options, line, sizeof(line));
	request = (struct direct_request){ options->kernel ? options->kernel : path, options->unpacked, options->initramfs, line };
	load_packed(request.kernel, request.initramfs, line);
	if (!options->packed && !load_directly(&request, &why)) {
		fprintf(stderr, "otherworld-arm: note: the crash kernel takes longer to start, for it is loaded packed: %s\n", why.text);
		if (!is_loaded())
			load_packed(request.kernel, request.initramfs, line);
	}
	printf("armed: %s\n", line);
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "module", required_argument, NULL, 'm' }, { "kernel", required_argument, NULL, 'k' },
		{ "unpacked", required_argument, NULL, 'u' }, { "packed", no_argument, NULL, 'P' },
		{ "initramfs", required_argument, NULL, 'i' }, { "root", required_argument, NULL, 'r' },
		{ "base", required_argument, NULL, 'b' },
		{ "planner", required_argument, NULL, 'p' }, { "append", required_argument, NULL, 'a' }, { "disarm", no_argument, NULL, 'd' },
		{ "status", no_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' }, {},
	};
	struct options options = {};
	int c;

	while ((c = getopt_long(argc, argv, "m:k:u:Pi:r:p:b:a:dsh", known, NULL)) >= 0) {
		switch (c) {
		case 'm': options.module = optarg; break;
		case 'k': options.kernel = optarg; break;
		case 'u': options.unpacked = optarg; break;
		case 'P': options.packed = 1; break;
		case 'b': options.base = optarg; break;
		case 'i': options.initramfs = optarg; break;
		case 'r': options.root = optarg; break;
		case 'p': options.planner = optarg; break;
		case 'a': options.append = optarg; break;
		case 'd': options.disarm = 1; break;
		case 's': options.status = 1; break;
		case 'h': fputs(usage, stdout); exit(OK);
		default: fputs(usage, stderr); exit(USAGE);
		}
	}
	if (optind != argc || (!options.initramfs && !options.disarm && !options.status)) {
		fputs(usage, stderr);
		exit(USAGE);
	}
	return options;
}

int main(int argc, char **argv)
{
	struct options options = parse(argc, argv);

	if (options.status) {
		puts(is_loaded() ? "armed" : "not armed");
		return is_loaded() ? OK : NOT_ARMED;
	}
	if (options.disarm) {
		if (syscall(SYS_kexec_file_load, -1, -1, 0, NULL, KEXEC_FILE_UNLOAD | KEXEC_FILE_ON_CRASH) < 0)
			fail(SYSTEM, "the crash kernel cannot be taken out: %s", strerror(errno));
		return OK;
	}
	if (options.module)
		load_module(options.module);
	load_crash_kernel(&options);
	return OK;
}
