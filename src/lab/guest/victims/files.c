// Open files: offsets and flags, who shares them, what they lead to; working and root directories.

#include "victims.h"

#include <dirent.h>
#include <sys/sysmacros.h>

static void offset(void)
{
	uint64_t expected[512], found[4];
	int fd = work_file("data", 4096, 1);
	fill(expected, sizeof(expected), 1);
	need("lseek", lseek(fd, 808, SEEK_SET));
	across();
	if (broken(1))
		need("lseek", lseek(fd, 816, SEEK_SET));
	check_is("offset", lseek(fd, 0, SEEK_CUR), 808);
	need("read", read(fd, found, 32));
	check_bytes("what follows", found, expected + 101, 32);
}

static void append(void)
{
	struct stat status;
	int fd = work_file("log", 100, 2);
	close(fd);
	fd = need("append", open(work_path("log"), O_WRONLY | O_APPEND | O_CLOEXEC));
	need("write", write(fd, "before\n", 7));
	across();
	if (broken(1))
		need("fcntl", fcntl(fd, F_SETFL, 0));
	need("lseek", lseek(fd, 0, SEEK_SET));
	need("write", write(fd, "after\n", 6));
	need("fstat", fstat(fd, &status));
	check_is("size", status.st_size, 113);
	check_is("flags", fcntl(fd, F_GETFL) & (O_APPEND | O_ACCMODE), O_APPEND | O_WRONLY);
}

// One open file description behind descriptors of two processes; another for the same file.
static void shared_offset(void)
{
	char text[8] = "";
	int fd = work_file("common", 4096, 3);
	int same = need("dup", dup(fd)), other = need("open", open(work_path("common"), O_RDONLY | O_CLOEXEC));
	need("lseek", lseek(fd, 100, SEEK_SET));
	pid_t pid = child();
	if (pid == 0) {
		until_after();
		if (broken(1))
			fd = need("open", open(work_path("common"), O_RDWR | O_CLOEXEC));
		need("read", read(fd, text, 5));
		end_child();
	}
	across();
	if (broken(2))
		same = need("open", open(work_path("common"), O_RDWR | O_CLOEXEC));
	join(pid);
	check_is("offset after the child's read", lseek(fd, 0, SEEK_CUR), 105);
	check_is("offset by dup", lseek(same, 0, SEEK_CUR), 105);
	check_is("offset of the other", lseek(other, 0, SEEK_CUR), 0);
	need("lseek", lseek(same, 7, SEEK_SET));
	check_is("offset set by dup", lseek(fd, 0, SEEK_CUR), 7);
}

// Numbers with gaps, close-on-exec of each, and that no others are open.
static void numbers(void)
{
	static const int wanted[] = { 7, 63, 64, 200, 777 };
	char before[8192] = "", found[8192] = "";
	for (size_t i = 0; i < COUNT(wanted); i++)
		need("dup", i % 2 ? dup3(0, wanted[i], O_CLOEXEC) : dup2(0, wanted[i]));
	for (int round = 0; round < 2; round++) {
		char *text = round ? found : before;
		for (int fd = 0; fd < 1024; fd++) {
			int flags = fcntl(fd, F_GETFD);
			if (flags >= 0)
				text += sprintf(text, "fd %d flags %d\n", fd, flags);
		}
		if (round == 1)
			break;
		across();
		if (broken(1))
			need("fcntl", fcntl(63, F_SETFD, 0));
		if (broken(2))
			close(777);
	}
	check_text("descriptors", found, before);
	check_is("the next descriptor", dup(0), 3);
}

static void status_flags(void)
{
	static const int wanted[] = { O_RDONLY, O_WRONLY | O_NONBLOCK, O_RDWR | O_SYNC, O_RDONLY | O_NOATIME, O_RDWR | O_DSYNC,
				      O_PATH };
	int fds[COUNT(wanted)], before[COUNT(wanted)];
	close(work_file("flags", 100, 4));
	for (size_t i = 0; i < COUNT(wanted); i++) {
		fds[i] = need("open", open(work_path("flags"), wanted[i] | O_CLOEXEC));
		before[i] = need("fcntl", fcntl(fds[i], F_GETFL));
	}
	need("fcntl", fcntl(fds[0], F_SETOWN, getpid()));
	need("fcntl", fcntl(fds[0], F_SETSIG, SIGRTMIN + 6));
	across();
	if (broken(1))
		need("fcntl", fcntl(fds[1], F_SETFL, 0));
	if (broken(2))
		need("fcntl", fcntl(fds[0], F_SETSIG, 0));
	for (size_t i = 0; i < COUNT(wanted); i++)
		check_is("flags", fcntl(fds[i], F_GETFL), before[i]);
	check_is("owner", fcntl(fds[0], F_GETOWN), getpid());
	check_is("signal", fcntl(fds[0], F_GETSIG), SIGRTMIN + 6);
}

// Half a directory has been read: the other half follows, every name once.
static void directory_read(void)
{
	char path[512], seen[40] = { 0 };
	snprintf(path, sizeof(path), "%s", work_path("folder"));
	need("mkdir", mkdir(path, 0755));
	int folder = need("folder", open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (int i = 0; i < 40; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%d", i);
		close(need("file", openat(folder, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644)));
	}
	to_disk(folder);
	// getdents(2) itself, with so little room that half of the names are still to come.
	char block[512] __attribute__((aligned(8)));
	long n = 0;
	for (int part = 0;; part++) {
		if (part == 1)
			across();
		if (part == 1 && broken(1))
			need("lseek", lseek(folder, 0, SEEK_SET));
		if ((n = need("getdents", syscall(SYS_getdents64, folder, block, sizeof(block)))) == 0)
			break;
		for (long at = 0; at < n; at += ((struct dirent64 *)(block + at))->d_reclen) {
			struct dirent64 *entry = (struct dirent64 *)(block + at);
			if (*entry->d_name != '.')
				seen[atoi(entry->d_name) % 40]++;
		}
	}
	for (int i = 0; i < 40; i++)
		check(seen[i] == 1, "name %d seen %d times", i, seen[i]);
}

static void devices(void)
{
	static const struct { const char *path; unsigned minor; } known[] = { { "/dev/null", 3 }, { "/dev/zero", 5 },
									     { "/dev/full", 7 }, { "/dev/urandom", 9 } };
	char bytes[64], others[64];
	int fds[4];
	for (int i = 0; i < 4; i++)
		fds[i] = need(known[i].path, open(known[i].path, O_RDWR | O_CLOEXEC));
	char *zero = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fds[1], 0);
	zero[5] = 'z';
	across();
	if (broken(1))
		need("dup", dup3(fds[0], fds[1], O_CLOEXEC));
	if (broken(2))
		zero[5] = 0;
	for (int i = 0; i < 4; i++) {
		struct stat status;
		need("fstat", fstat(fds[i], &status));
		check_is("device number", status.st_rdev, makedev(1, known[i].minor));
	}
	check_is("read /dev/null", read(fds[0], bytes, 64), 0);
	memset(bytes, 1, 64);
	check_is("read /dev/zero", read(fds[1], bytes, 64), 64);
	check_is("zero", bytes[63], 0);
	check_error("write /dev/full", write(fds[2], bytes, 1), ENOSPC);
	need("urandom", read(fds[3], bytes, 64));
	need("urandom", read(fds[3], others, 64));
	check(memcmp(bytes, others, 64) != 0, "/dev/urandom gives the same twice");
	check(zero[5] == 'z' && zero[6] == 0, "mapping of /dev/zero");
}

static void deleted(void)
{
	static char expected[8192] __attribute__((aligned(8))), found[8192];
	int fd = work_file("deleted", 8192, 5);
	fill(expected, sizeof(expected), 5);
	memcpy(expected + 100, "written when it had no name", 27);
	need("unlink", unlink(work_path("deleted")));
	need("pwrite", pwrite(fd, "written when it had no name", 27, 100));
	need("lseek", lseek(fd, 100, SEEK_SET));
	across();
	if (broken(1))
		need("pwrite", pwrite(fd, "W", 1, 100));
	if (broken(2))
		need("ftruncate", ftruncate(fd, 4096));
	check_is("offset", lseek(fd, 0, SEEK_CUR), 100);
	check(access(work_path("deleted"), F_OK) < 0, "the deleted file has its name again");
	check_is("size", pread(fd, found, 8192, 0), 8192);
	check_bytes("deleted file", found, expected, 8192);
}

static void working_directory(void)
{
	char before[512], found[512];
	snprintf(before, sizeof(before), "%s", work_path("cwd"));
	need("mkdir", mkdir(before, 0755));
	need("chdir", chdir(before));
	int fd = need("file", open("relative", O_CREAT | O_RDWR | O_CLOEXEC, 0644));
	need("write", write(fd, "here", 4));
	to_disk(fd);
	close(fd);
	fd = need("folder", open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	to_disk(fd);
	close(fd);
	across();
	if (broken(1))
		need("chdir", chdir("/"));
	if (!getcwd(found, sizeof(found)))
		check(0, "getcwd: %s", strerror(errno));
	check_text("working directory", found, before);
	check_is("a relative path", access("relative", R_OK), 0);
}

static void rooted(void)
{
	char path[512];
	struct stat root, inside;
	snprintf(path, sizeof(path), "%s", work_path("root"));
	need("mkdir", mkdir(path, 0755));
	int fd = need("folder", open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	need("mkdir", mkdirat(fd, "inside", 0755));
	to_disk(fd);
	need("fstat", fstat(fd, &inside));
	close(fd);
	on_signal(SIGUSR1, nothing, 0);
	struct word set = promise();
	pid_t pid = child();
	if (pid == 0) {
		need("chroot", chroot(path));
		need("chdir", chdir("/inside"));
		tell(set);
		pause();
		if (broken(1))
			need("chroot", chroot("/inside"));
		need("stat", stat("/", &root));
		check_is("inode of the root directory", root.st_ino, inside.st_ino);
		check_is("/inside", access("/inside", X_OK), 0);
		check_is("/proc is not there", access("/proc", F_OK), -1);
		_exit(*reasons != 0); // from here no result can be written
	}
	hear(set);
	across();
	kill(pid, SIGUSR1);
	join(pid);
}

const struct victim file_victims[] = {
	{ "offset", "the offset of an open file", offset, 0, NULL },
	{ "append", "O_APPEND: what is written afterwards stands at the end", append, 0, NULL },
	{ "shared-offset", "one offset for descriptors by dup and fork", shared_offset, 0, NULL },
	{ "fd-numbers", "descriptors with gaps, close-on-exec, and no other", numbers, 0, NULL },
	{ "fd-flags", "status flags, owner and signal of descriptors; O_PATH", status_flags, 0, NULL },
	{ "directory", "a directory half of which has been read", directory_read, 0, NULL },
	{ "devices", "/dev/null, zero, full and urandom", devices, 0, NULL },
	{ "deleted", "a deleted file with its contents", deleted, 0, NULL },
	{ "cwd", "the working directory", working_directory, 0, NULL },
	{ "root", "a root directory of its own", rooted, NEEDS_ROOT, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
