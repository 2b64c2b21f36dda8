// eventfd, signalfd, inotify: the kernel's own counters and queues.

#include "victims.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>

static void counter(void)
{
	uint64_t value = 0;
	int fd = need("eventfd", eventfd(41, EFD_CLOEXEC | EFD_NONBLOCK));
	need("write", write(fd, &(uint64_t){ 1 }, 8));
	across();
	if (broken(1))
		need("write", write(fd, &(uint64_t){ 1 }, 8));
	need("read", read(fd, &value, 8));
	check_is("count", value, 42);
	check_error("read", read(fd, &value, 8), EAGAIN);
}

static void semaphore(void)
{
	uint64_t value = 0;
	int fd = need("eventfd", eventfd(3, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE));
	across();
	if (broken(1))
		need("read", read(fd, &value, 8));
	for (int i = 0; i < 3; i++) {
		check_is("read", read(fd, &value, 8), 8);
		check_is("value", value, 1);
	}
	check_error("read", read(fd, &value, 8), EAGAIN);
}

// Parent and child have the same one.
static void common(void)
{
	uint64_t value = 0;
	struct pollfd readable;
	int fd = need("eventfd", eventfd(0, EFD_CLOEXEC));
	pid_t pid = child();
	if (pid == 0) {
		until_after();
		value = broken(1) ? 8 : 7;
		need("write", write(fd, &value, 8));
		end_child();
	}
	across();
	join(pid);
	readable = (struct pollfd){ .fd = fd, .events = POLLIN };
	check_is("poll", poll(&readable, 1, 1000), 1);
	need("read", read(fd, &value, 8));
	check_is("value", value, 7);
}

static void by_signalfd(void)
{
	struct signalfd_siginfo info = { .ssi_signo = 0 };
	union sigval value = { .sival_int = 1234 };
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	need("sigprocmask", sigprocmask(SIG_BLOCK, &set, NULL));
	sigdelset(&set, SIGUSR2);
	int fd = need("signalfd", signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	need("sigqueue", sigqueue(getpid(), SIGRTMIN + 1, value));
	across();
	kill(getpid(), SIGUSR2); // not this one's
	if (broken(1))
		need("sigqueue", sigqueue(getpid(), SIGUSR1, value));
	if (broken(2)) {
		sigaddset(&set, SIGUSR2);
		need("signalfd", signalfd(fd, &set, 0));
	}
	check_is("read", read(fd, &info, sizeof(info)), sizeof(info));
	check_is("signal", info.ssi_signo, SIGRTMIN + 1);
	check_is("value", info.ssi_int, 1234);
	check_error("read", read(fd, &info, sizeof(info)), EAGAIN);
	kill(getpid(), SIGUSR1);
	check_is("read", read(fd, &info, sizeof(info)), sizeof(info));
	check_is("signal afterwards", info.ssi_signo, SIGUSR1);
	check_is("its sender", info.ssi_pid, getpid());
}

static char folder[300];

static void make(const char *name)
{
	char path[320];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	close(need(path, open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)));
}

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "%s/work/%s-folder", directory, self->name);
	need("mkdir", mkdir(folder, 0755));
	make("watched");
	int fd = need("folder", open(folder, O_RDONLY | O_DIRECTORY));
	to_disk(fd);
	close(fd);
}

static void expect(int fd, int watch, uint32_t mask, const char *name)
{
	static char found[4096] __attribute__((aligned(8)));
	static size_t at, size;
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	if (at == size) {
		at = size = 0;
		check_is("an event", poll(&readable, 1, patience * 1000), 1);
		if (*reasons)
			return;
		size = need("read", read(fd, found, sizeof(found)));
	}
	struct inotify_event *event = (struct inotify_event *)(found + at);
	check_is("watch", event->wd, watch);
	check_is("event", event->mask, mask);
	check_text("name", event->len ? event->name : "", name);
	at += sizeof(*event) + event->len;
}

// What is watched afterwards, with the numbers that it had.
static void watches(void)
{
	char path[320];
	make_folder();
	snprintf(path, sizeof(path), "%s/watched", folder);
	int fd = need("inotify", inotify_init1(IN_CLOEXEC));
	int gone = need("watch", inotify_add_watch(fd, path, IN_OPEN));
	need("watch", inotify_rm_watch(fd, gone));
	uint64_t removed[64];
	need("read", read(fd, removed, sizeof(removed))); // IN_IGNORED
	int of_folder = need("watch", inotify_add_watch(fd, folder, IN_CREATE | IN_DELETE));
	int of_file = need("watch", inotify_add_watch(fd, path, IN_ATTRIB));
	across();
	if (broken(1))
		need("watch", inotify_rm_watch(fd, of_file));
	if (broken(2))
		need("watch", inotify_add_watch(fd, folder, IN_DELETE));
	make("new");
	expect(fd, of_folder, IN_CREATE, "new");
	need("chmod", chmod(path, 0644));
	expect(fd, of_file, IN_ATTRIB, "");
	check(inotify_add_watch(fd, "/", IN_CREATE) > of_file, "the next watch has a number that was given before");
}

// What had happened and was not read.
static void unread(void)
{
	make_folder();
	int fd = need("inotify", inotify_init1(IN_CLOEXEC));
	int watch = need("watch", inotify_add_watch(fd, folder, IN_CREATE));
	make("before");
	across();
	if (broken(1)) {
		char found[100];
		need("read", read(fd, found, sizeof(found)));
	}
	make("afterwards");
	expect(fd, watch, IN_CREATE, "before");
	expect(fd, watch, IN_CREATE, "afterwards");
}

const struct victim event_victims[] = {
	{ "eventfd", "an eventfd's count", counter, 0, NULL },
	{ "eventfd-sem", "an eventfd that is a semaphore", semaphore, 0, NULL },
	{ "eventfd-common", "an eventfd that parent and child have", common, 0, NULL },
	{ "signalfd", "a signalfd, with a signal pending", by_signalfd, 0, NULL },
	{ "inotify", "inotify watches tell what happens afterwards", watches, 0, NULL },
	{ "inotify-unread", "inotify events that were not read", unread, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
