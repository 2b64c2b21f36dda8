// Starts every specimen, one after the other, and what they all use.

#include "zoo.h"

#include <poll.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define DIRECTORY "/run/otherworld"

static const struct specimen *const families[] = {
	task_specimens, thread_specimens, identity_specimens, memory_specimens, shared_specimens,
	file_specimens, socket_specimens, object_specimens, network_specimens, timer_specimens,
	ring_specimens,	 bpf_specimens,    confined_specimens,
	zram_specimens, // last: from then on what is swapped goes there
};

static void tell(char kind, const char *text)
{
	char message[256];
	int n = snprintf(message, sizeof(message), "%c%s", kind, text);
	if (write(READY_FD, message, n < (int)sizeof(message) ? n : (int)sizeof(message) - 1) < 0)
		_exit(3);
	close(READY_FD);
}

void ready(void)
{
	tell('R', "");
}

void skip(const char *format, ...)
{
	char text[200];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tell('S', text);
	_exit(0);
}

long try(const char *what, long result)
{
	char name[16] = "";
	if (result < 0) {
		int error = errno;
		prctl(PR_GET_NAME, name);
		printf("ow: note: %s: %s: %s\n", name, what, strerror(error));
		fflush(stdout);
	}
	return result;
}

long must(const char *what, long result)
{
	if (result < 0)
		skip("%s: %s", what, strerror(errno));
	return result;
}

void sleep_forever(void)
{
	for (;;)
		pause();
}

pid_t child(const char *name)
{
	pid_t pid = must("fork", fork());
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		close(READY_FD);
	}
	return pid;
}

void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		try(path, -1);
	if (fd >= 0)
		close(fd);
}

void fill(void *at, size_t size, uint32_t tag)
{
	uint64_t *words = at;
	for (size_t i = 0; i < size / 8; i++)
		words[i] = ((uint64_t)tag << 48) ^ ((uint64_t)(i * 8 / PAGE) << 24) ^ (i * 0x9e3779b1u);
}

void *map(size_t size, int protection, int flags, int fd, off_t offset)
{
	void *p = mmap(NULL, size, protection, flags, fd, offset);
	if (p == MAP_FAILED)
		skip("mmap: %s", strerror(errno));
	return p;
}

int make_file(const char *path, size_t size, uint32_t tag)
{
	char page[PAGE];
	int fd = must(path, open(path, O_RDWR | O_CREAT | O_TRUNC, 0644));
	for (size_t at = 0; at < size; at += PAGE) {
		fill(page, PAGE, tag + at / PAGE);
		must(path, write(fd, page, size - at < PAGE ? size - at : PAGE));
	}
	must(path, lseek(fd, 0, SEEK_SET));
	return fd;
}

void remember_cached(const char *path)
{
	int fd = open(DIRECTORY "/cached-files", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, "%s\n", path) < 0)
		try("cached-files", -1);
	close(fd);
}

static void be(const char *name)
{
	for (size_t f = 0; f < sizeof(families) / sizeof(*families); f++) {
		for (const struct specimen *s = families[f]; s->name; s++) {
			if (strcmp(s->name, name) == 0) {
				s->hold();
				sleep_forever();
			}
		}
	}
	skip("no such specimen");
}

static pid_t start(const char *name, int pipe_end)
{
	char title[32];
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	snprintf(title, sizeof(title), "zoo-%s", name);
	dup2(pipe_end, READY_FD);
	for (int fd = READY_FD + 1; fd < 16; fd++)
		close(fd);
	execl("/proc/self/exe", title, NULL);
	_exit(4);
}

// Starts one and waits until it has said something; the line says what.
static void keep(const char *name, FILE *list)
{
	int ends[2];
	char said[256] = "";
	if (pipe(ends) < 0)
		return;
	pid_t pid = start(name, ends[1]);
	close(ends[1]);
	struct pollfd wait = { .fd = ends[0], .events = POLLIN };
	ssize_t n = poll(&wait, 1, 30000) > 0 ? read(ends[0], said, sizeof(said) - 1) : -1;
	close(ends[0]);
	const char *outcome = n > 0 && said[0] == 'R' ? "ready" : n > 0 ? said + 1 : n == 0 ? "died" : "never got ready";
	fprintf(list, "zoo-%s %d %s\n", name, pid, outcome);
	if (strcmp(outcome, "ready") != 0) {
		printf("ow: note: zoo-%s skipped: %s\n", name, outcome);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	(void)argc;
	if (strncmp(argv[0], "zoo-", 4) == 0) {
		prctl(PR_SET_NAME, argv[0]);
		be(argv[0] + 4);
	}
	setrlimit(RLIMIT_NOFILE, &files);
	mkdir("/otherworld/zoo", 0755);
	FILE *list = fopen(DIRECTORY "/zoo", "we");
	if (!list)
		return 1;
	for (size_t f = 0; f < sizeof(families) / sizeof(*families); f++) {
		for (const struct specimen *s = families[f]; s->name; s++)
			keep(s->name, list);
	}
	return fclose(list) ? 1 : 0;
}
