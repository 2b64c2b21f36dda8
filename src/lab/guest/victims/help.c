// What victims share: patterns, files, children, threads.

#include "victims.h"

double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

void nap(double seconds)
{
	struct timespec t = { seconds, (seconds - (long)seconds) * 1e9 };
	nanosleep(&t, NULL);
}

static uint64_t next(uint64_t *state) // splitmix64
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void fill(void *at, size_t size, uint64_t seed)
{
	uint64_t *words = at;
	for (size_t i = 0; i < size / 8; i++)
		words[i] = next(&seed);
}

void check_filled(const char *what, const void *at, size_t size, uint64_t seed)
{
	const uint64_t *words = at;
	for (size_t i = 0; i < size / 8; i++) {
		uint64_t expected = next(&seed);
		if (words[i] != expected) {
			check(0, "%s: at %#zx of %#zx: %#lx, not %#lx", what, i * 8, size, words[i], expected);
			return;
		}
	}
}

char *work_path(const char *suffix)
{
	static char paths[4][512];
	static unsigned which;
	char *path = paths[which++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/work/%s.%s", directory, self->name, suffix);
	return path;
}

void to_disk(int fd)
{
	char folder[300];
	if (getenv("VICTIMS_NO_SYNC"))
		return;
	snprintf(folder, sizeof(folder), "%s/work", directory);
	int parent = need(folder, open(folder, O_RDONLY | O_DIRECTORY));
	if (fsync(fd) < 0 && errno != EINVAL) // a FIFO has no data to sync
		need("fsync", -1);
	need("fsync of the folder", fsync(parent));
	close(parent);
}

void copy_self(const char *to)
{
	char block[65536];
	ssize_t n;
	int from = need("self", open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	int fd = need(to, open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
	while ((n = read(from, block, sizeof(block))) > 0)
		need(to, write(fd, block, n));
	to_disk(fd);
	close(fd);
	close(from);
}

int work_file(const char *suffix, size_t size, uint64_t seed)
{
	char *path = work_path(suffix);
	int fd = need(path, open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	char *contents = need_memory(malloc(size + 1));
	fill(contents, size, seed);
	need(path, write(fd, contents, size));
	free(contents);
	need(path, lseek(fd, 0, SEEK_SET));
	to_disk(fd);
	return fd;
}

void *map(size_t size, int protection, int flags, int fd, off_t offset)
{
	return need_memory(mmap(NULL, size, protection, flags, fd, offset));
}

size_t slurp(const char *path, char *text, size_t size)
{
	size_t n = 0;
	ssize_t got;
	int fd = need(path, open(path, O_RDONLY | O_CLOEXEC));
	while (n < size - 1 && (got = read(fd, text + n, size - 1 - n)) > 0)
		n += got;
	close(fd);
	text[n] = 0;
	return n;
}

void status_lines(const char *names, char *text, size_t size)
{
	char status[8192], *rest = status, *line;
	size_t n = 0;
	slurp("/proc/thread-self/status", status, sizeof(status));
	text[0] = 0;
	while ((line = strsep(&rest, "\n"))) {
		for (const char *name = names; *name; name += strcspn(name, ","), name += *name == ',') {
			if (strncmp(line, name, strcspn(name, ",")) == 0)
				n += snprintf(text + n, size - n, "%s\n", line);
		}
	}
}

void nonblocking(int fd)
{
	need("O_NONBLOCK", fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK));
}

pid_t child(void)
{
	return need("fork", fork());
}

void end_child(void)
{
	if (*reasons)
		verdict();
	_exit(0);
}

void join(pid_t pid)
{
	int status = -1;
	check_is("wait for a child", waitpid(pid, &status, 0), pid);
	check(status == 0, "a child ended with status %#x", status);
}

static char state_of(pid_t pid, pid_t tid)
{
	char path[64], text[512];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	slurp(path, text, sizeof(text));
	char *end = strrchr(text, ')');
	return end ? end[2] : '?';
}

void until_asleep(pid_t pid, pid_t tid)
{
	for (int i = 0, asleep = 0; asleep < 5; i++, nap(0.01)) {
		asleep = state_of(pid, tid) == 'S' ? asleep + 1 : 0;
		if (i == 3000)
			fail("%d never fell asleep", tid);
	}
}

pid_t waker(void (*wake)(void))
{
	pid_t target = getpid(), thread_id = syscall(SYS_gettid);
	pid_t pid = child();
	if (pid != 0)
		return pid;
	until_asleep(target, thread_id);
	across();
	wake();
	end_child();
}

pthread_t thread(void *(*body)(void *), void *argument)
{
	pthread_t thread;
	errno = pthread_create(&thread, NULL, body, argument);
	need("pthread_create", errno ? -1 : 0);
	return thread;
}

void join_thread(const char *what, pthread_t thread)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += patience;
	int error = pthread_timedjoin_np(thread, NULL, &until);
	check(error == 0, "%s: %s", what, strerror(error));
}

void on_signal(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	need("sigaction", sigaction(number, &action, NULL));
}

void nothing(int number)
{
	(void)number;
}

struct word promise(void)
{
	struct word word;
	need("pipe", pipe2(word.ends, O_CLOEXEC));
	return word;
}

void tell(struct word word)
{
	need("tell", write(word.ends[1], "x", 1));
	close(word.ends[0]);
	close(word.ends[1]);
}

void hear(struct word word)
{
	char c;
	close(word.ends[1]);
	if (read(word.ends[0], &c, 1) != 1)
		fail("a child died before it was set up");
	close(word.ends[0]);
}
