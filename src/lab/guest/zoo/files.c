// Descriptors of files.

#include "zoo.h"

#include <linux/blkpg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define HOME "/otherworld/zoo/"

// To nowhere: the alphabet, over and over.
static void long_link(const char *path, int length)
{
	char target[1024] = "/";
	for (int i = 1; i < length; i++)
		target[i] = 'a' + i % 26;
	try(path, symlink(target, path));
}

static void regular(void)
{
	int fd = make_file(HOME "regular", 10000, 0x300);
	must("lseek", lseek(fd, 1234, SEEK_SET));
	dup(fd);
	fcntl(fd, F_DUPFD_CLOEXEC, 100);
	try("append", open(HOME "regular", O_WRONLY | O_APPEND));
	try("sync", open(HOME "regular", O_RDWR | O_DSYNC | O_NOATIME | O_CLOEXEC));
	try("direct", open(HOME "regular", O_RDONLY | O_DIRECT | O_NONBLOCK));
	try("path", open(HOME "regular", O_PATH));
	try("directory", open("/usr/lib", O_RDONLY | O_DIRECTORY));
	try("root", open("/", O_PATH | O_DIRECTORY));
	try("tmpfile", open("/otherworld/zoo", O_TMPFILE | O_RDWR, 0600));
	try("tmpfs", open("/tmp/zoo-open", O_RDWR | O_CREAT, 0600));
	try("tmpfs tmpfile", open("/tmp", O_TMPFILE | O_RDWR, 0600));
	int gone = open(HOME "gone file", O_RDWR | O_CREAT, 0600);
	must("write", write(gone, "still here", 10));
	unlink(HOME "gone file");
	symlink("regular", HOME "link");
	try("link", open(HOME "link", O_RDONLY));
	try("link itself", open(HOME "link", O_PATH | O_NOFOLLOW));
	mkdir(HOME "gone dir", 0755);
	gone = open(HOME "gone dir", O_RDONLY | O_DIRECTORY);
	int inside = openat(gone, "inside", O_RDWR | O_CREAT, 0600);
	try("inside", inside);
	unlink(HOME "gone dir/inside");
	rmdir(HOME "gone dir");
	link(HOME "regular", HOME "hard link");
	try("hard link", open(HOME "hard link", O_RDWR));
	long_link("/tmp/zoo-link-100", 100);
	long_link("/tmp/zoo-link-1000", 1000);
	ready();
}

// The second 4 MiB of the disk that the truth is written to, as a partition: nobody opens it.
static void partition(void)
{
	struct blkpg_partition part = { .start = 4 * MIB, .length = 4 * MIB, .pno = 3 };
	struct blkpg_ioctl_arg add = { .op = BLKPG_ADD_PARTITION, .datalen = sizeof(part), .data = &part };
	int disk = open("/dev/vdb", O_RDONLY | O_CLOEXEC);
	try("partition", ioctl(disk, BLKPG, &add));
	close(disk);
}

static void special(void)
{
	char c;
	partition();
	try("null", open("/dev/null", O_RDWR));
	try("full", open("/dev/full", O_RDONLY));
	try("random", open("/dev/urandom", O_RDONLY));
	try("console", open("/dev/console", O_RDWR | O_NOCTTY));
	try("serial", open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_NONBLOCK));
	try("kmsg", open("/dev/kmsg", O_RDONLY | O_NONBLOCK));
	try("block", open("/dev/vda", O_RDONLY));
	try("proc", open("/proc/meminfo", O_RDONLY));
	int own = open("/proc/self/status", O_RDONLY);
	must("read", read(own, &c, 1));
	try("other's proc", open("/proc/1/stat", O_RDONLY));
	try("proc dir", open("/proc/self/task", O_RDONLY | O_DIRECTORY));
	try("namespace", open("/proc/self/ns/mnt", O_RDONLY));
	try("sys", open("/sys/kernel/notes", O_RDONLY));
	try("sys", open("/sys/kernel/mm/ksm/run", O_RDWR));
	try("cgroup", open("/sys/fs/cgroup/cgroup.procs", O_RDONLY));
	ready();
}

// Buffers that are not the pipe's own pages: a file's, the process's; and one that is read in part.
static void other_buffers(void)
{
	int spliced[2], given[2], begun[2], file = open(HOME "regular", O_RDONLY);
	char word[6], *page = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	loff_t at = 16;
	must("pipe", pipe(spliced));
	try("splice", splice(file, &at, spliced[1], NULL, 64, 0));
	must("pipe", pipe(given));
	strcpy(page, "given away");
	struct iovec piece = { page, 10 };
	try("vmsplice", vmsplice(given[1], &piece, 1, 0));
	must("pipe", pipe(begun));
	must("write", write(begun[1], "begun and left", 14));
	must("read", read(begun[0], word, sizeof(word)));
}

static void pipes(void)
{
	int ends[2], full[2], packets[2];
	char page[PAGE];
	must("pipe", pipe(ends));
	must("write", write(ends[1], "words in a pipe", 15));
	must("pipe", pipe2(packets, O_DIRECT | O_NONBLOCK));
	try("packet", write(packets[1], "one", 3));
	try("packet", write(packets[1], "two", 3));
	must("pipe", pipe2(full, O_NONBLOCK));
	fcntl(full[1], F_SETPIPE_SZ, 32 * PAGE);
	fill(page, PAGE, 0x310);
	while (write(full[1], page, PAGE) > 0)
		;
	int half[2]; // the reading end is closed
	must("pipe", pipe(half));
	close(half[0]);
	mkfifo(HOME "fifo", 0600);
	try("fifo", open(HOME "fifo", O_RDWR));
	try("fifo", open(HOME "fifo", O_RDONLY | O_NONBLOCK));
	other_buffers();
	ready();
}

// Open file descriptions that several processes share, by fork and by SCM_RIGHTS.
static void send_fd(int socket, int fd)
{
	union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control = { 0 };
	struct iovec data = { "x", 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
					   .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	must("sendmsg", sendmsg(socket, &message, 0));
}

static void receive_fd(int socket)
{
	union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control;
	char c;
	struct iovec data = { &c, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	try("recvmsg", recvmsg(socket, &message, 0));
}

static void shared_descriptions(void)
{
	int pair[2], fd = make_file(HOME "shared", 5000, 0x320);
	dup2(fd, 20);
	must("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	if (child("zoo-shared-fork") == 0) {
		lseek(fd, 777, SEEK_SET); // moves the parent's too
		receive_fd(pair[1]);
		sleep_forever();
	}
	usleep(100000);
	int passed = open("/etc/os-release", O_RDONLY);
	lseek(passed, 11, SEEK_SET);
	send_fd(pair[0], passed);
	usleep(100000);
	int flying = open("/etc/debian_version", O_RDONLY); // in flight: its only holder is a message
	send_fd(pair[0], flying);
	close(flying);
	ready();
}

static void many_fds(void)
{
	for (int i = 0; i < 100; i++)
		must("open", open(i % 2 ? "/dev/null" : "/etc/os-release", O_RDONLY));
	dup2(4, 200);
	for (int i = 30; i < 60; i += 2)
		close(i);
	ready();
}

static void huge_table(void)
{
	for (int i = 0; i < 1500; i++)
		must("open", open("/dev/null", O_RDWR));
	must("dup2", dup2(5, 5000));
	ready();
}

// Waits for a lock that somebody has, for ever.
static void wait_for(const char *name, const char *path, off_t start, off_t length)
{
	if (child(name) == 0) {
		int fd = open(path, O_RDWR);
		struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
		if (length)
			fcntl(fd, F_SETLKW, &range);
		else
			flock(fd, LOCK_SH);
		sleep_forever();
	}
	usleep(100000); // so that they wait in this order
}

static void locks(void)
{
	int fd = make_file(HOME "locked", 1000, 0x330), other = open(HOME "locked", O_RDWR);
	struct flock posix = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 20 };
	struct flock ofd = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 0 };
	must("posix", fcntl(fd, F_SETLK, &posix));
	try("ofd", fcntl(other, F_OFD_SETLK, &ofd));
	int flocked = open(HOME "regular", O_RDWR);
	try("flock", flock(flocked, LOCK_EX));
	try("lease", fcntl(open(HOME "cached clean", O_RDONLY), F_SETLEASE, F_RDLCK));
	fcntl(flocked, F_SETOWN, getpid());
	fcntl(flocked, F_SETSIG, SIGIO);
	wait_for("zoo-lock-first", HOME "locked", 10, 5);
	wait_for("zoo-lock-behind", HOME "locked", 12, 1); // for the first one too
	wait_for("zoo-lock-aside", HOME "locked", 20, 5);
	wait_for("zoo-lock-flock", HOME "regular", 0, 0);
	ready();
}

// A descriptor table that two processes share, and closed standard descriptors.
static void no_stdio(void)
{
	ready();
	for (int i = 0; i < 3; i++)
		close(i);
	sleep_forever();
}

const struct specimen file_specimens[] = {
	{ "regular", regular }, { "special", special },	    { "pipes", pipes }, { "shared", shared_descriptions },
	{ "manyfds", many_fds }, { "hugefds", huge_table }, { "locks", locks }, { "nostdio", no_stdio },
	{ NULL, NULL },
};
