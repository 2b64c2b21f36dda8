// Pipes and FIFOs with what is in them, and who waits at them.

#include "victims.h"

#include <poll.h>

static int ends[2];

static void contents(void)
{
	char many[3 * PAGE];
	need("pipe", pipe2(ends, O_CLOEXEC));
	memset(many, 'm', sizeof(many));
	need("write", write(ends[1], "first", 5));
	need("write", write(ends[1], many, sizeof(many)));
	need("write", write(ends[1], "last", 4));
	char found[8] = "";
	need("read", read(ends[0], found, 2)); // a page half read
	across();
	if (broken(1))
		need("read", read(ends[0], found, 1));
	if (broken(2))
		need("write", write(ends[1], "!", 1));
	memset(found, 0, sizeof(found));
	need("read", read(ends[0], found, 3));
	check_text("begin", found, "rst");
	for (size_t i = 0; i < sizeof(many);) {
		ssize_t n = need("read", read(ends[0], many, sizeof(many) - i));
		check(n > 0 && many[0] == 'm' && many[n - 1] == 'm', "middle at %zu", i);
		i += n;
	}
	check_reads("end", ends[0], "last");
	close(ends[1]);
	check_is("end of file", read(ends[0], found, 1), 0);
}

// O_DIRECT: each write stays a packet.
static void packets(void)
{
	char found[100];
	need("pipe", pipe2(ends, O_DIRECT | O_CLOEXEC | O_NONBLOCK));
	for (int i = 1; i <= 5; i++)
		need("write", write(ends[1], "abcdefgh", i));
	across();
	if (broken(1))
		need("read", read(ends[0], found, 100));
	if (broken(2))
		need("fcntl", fcntl(ends[1], F_SETFL, O_NONBLOCK));
	for (int i = 1; i <= 5; i++)
		check_is("packet", read(ends[0], found, 100), i);
	check_error("no packet more", read(ends[0], found, 100), EAGAIN);
	need("write", write(ends[1], "xyz", 3));
	need("write", write(ends[1], "xy", 2));
	check_is("packet written afterwards", read(ends[0], found, 100), 3);
}

static void size_of_pipe(void)
{
	need("pipe", pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	need("F_SETPIPE_SZ", fcntl(ends[1], F_SETPIPE_SZ, 128 * KIB));
	need("write", write(ends[1], "x", 1));
	across();
	if (broken(1))
		need("F_SETPIPE_SZ", fcntl(ends[1], F_SETPIPE_SZ, 64 * KIB));
	check_is("size", fcntl(ends[0], F_GETPIPE_SZ), 128 * KIB);
	check_is("flags", fcntl(ends[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	check_reads("contents", ends[0], "x");
}

static char block[1000];

// Reads all that the writer had written and what it could not: the writer is asleep in write().
static void drain(void)
{
	char found[1000];
	int total = 0, bad = 0;
	close(ends[1]);
	if (broken(1))
		need("read", read(ends[0], found, 1));
	for (ssize_t n; (n = read(ends[0], found, 1000)) > 0; total += n) {
		for (ssize_t i = 0; i < n; i++)
			bad += found[i] != (char)('a' + (total + i) / 1000 % 26);
	}
	check_is("bytes", total, 100000);
	check_is("bytes that are wrong", bad, 0);
}

static void full(void)
{
	need("pipe", pipe(ends));
	signal(SIGPIPE, SIG_IGN);
	pid_t pid = waker(drain);
	for (int i = 0; i < 100; i++) {
		memset(block, 'a' + i % 26, sizeof(block));
		for (size_t done = 0; done < sizeof(block);) {
			ssize_t n = write(ends[1], block + done, sizeof(block) - done);
			if (n < 0 && errno == EPIPE)
				break;
			if (n < 0 && errno != EINTR)
				fail("write: %s", strerror(errno));
			done += n > 0 ? n : 0;
		}
	}
	close(ends[0]);
	close(ends[1]);
	join(pid);
}

static void fifo(void)
{
	char found[100] = "";
	need("mkfifo", mkfifo(work_path("fifo"), 0600));
	int fd = need("open", open(work_path("fifo"), O_RDWR | O_CLOEXEC | O_NONBLOCK));
	to_disk(fd);
	int reader = need("open", open(work_path("fifo"), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	need("write", write(fd, "through a name", 14));
	across();
	if (broken(1))
		need("read", read(reader, found, 3));
	int writer = need("open afterwards", open(work_path("fifo"), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
	need("write", write(writer, broken(2) ? "?" : "!", 1));
	check_reads("FIFO", reader, "through a name!");
}

static void open_writer(void)
{
	int fd = need("open", open(work_path("fifo"), O_WRONLY | O_CLOEXEC));
	need("write", write(fd, broken(1) ? "hallo" : "hello", 5));
}

// Asleep in open(), until there is a writer.
static void opening(void)
{
	char found[6] = "";
	need("mkfifo", mkfifo(work_path("fifo"), 0600));
	int folder = need("open", open(work_path("fifo"), O_RDWR | O_CLOEXEC));
	to_disk(folder);
	close(folder);
	pid_t pid = waker(open_writer);
	int fd;
	while ((fd = open(work_path("fifo"), O_RDONLY | O_CLOEXEC)) < 0 && errno == EINTR)
		;
	need("open", fd);
	check_is("read", read(fd, found, 5), 5);
	check_text("FIFO", found, "hello");
	join(pid);
}

// The other end is in a child, and closed by its end.
static void hang_up(void)
{
	char c;
	struct pollfd reader;
	need("pipe", pipe(ends));
	pid_t pid = child();
	if (pid == 0) {
		close(ends[0]);
		until_after();
		end_child();
	}
	if (!broken(1))
		close(ends[1]);
	across();
	join(pid);
	reader = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	check_is("poll", poll(&reader, 1, 1000), 1);
	check_is("POLLHUP", reader.revents, POLLHUP);
	nonblocking(ends[0]);
	check_is("end of file", read(ends[0], &c, 1), 0);
}

const struct victim pipe_victims[] = {
	{ "pipe", "a pipe with contents, half a page of it read", contents, 0, NULL },
	{ "pipe-packets", "an O_DIRECT pipe with packets", packets, 0, NULL },
	{ "pipe-size", "a pipe's size and flags", size_of_pipe, 0, NULL },
	{ "pipe-full", "asleep in write to a full pipe", full, 0, NULL },
	{ "pipe-hangup", "a pipe ends when the last writer does", hang_up, 0, NULL },
	{ "fifo", "a FIFO with contents, opened again by name", fifo, 0, NULL },
	{ "fifo-open", "asleep in open of a FIFO", opening, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
