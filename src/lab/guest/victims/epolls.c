// epoll: what is watched, in which way, and what it carries.

#include "victims.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static int epoll;

static void create(void)
{
	epoll = need("epoll_create1", epoll_create1(EPOLL_CLOEXEC));
}

static void watch(int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };
	need("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
}

// The next event, within a second; 0 for none.
static uint64_t next(uint32_t *events)
{
	struct epoll_event event = { .events = 0 };
	int n;
	while ((n = epoll_wait(epoll, &event, 1, 300)) < 0 && errno == EINTR)
		;
	if (events)
		*events = event.events;
	return n == 1 ? event.data.u64 : 0;
}

static void kinds(void)
{
	int ends[2], pair[2];
	uint32_t events;
	create();
	need("pipe", pipe2(ends, O_CLOEXEC));
	need("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	int counter = need("eventfd", eventfd(0, EFD_CLOEXEC));
	int timer = need("timerfd", timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
	watch(ends[0], EPOLLIN, 0x1111111111111111);
	watch(pair[0], EPOLLIN | EPOLLRDHUP, 0x2222222222222222);
	watch(counter, EPOLLIN, 0x3333333333333333);
	watch(timer, EPOLLIN, 0x4444444444444444);
	across();
	if (broken(1))
		need("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_DEL, counter, NULL));
	if (broken(2))
		need("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_MOD, pair[0], &(struct epoll_event){ .events = EPOLLIN }));
	if (broken(3))
		need("write", write(ends[1], "x", 1));
	char c;
	uint64_t count;
	check_is("events at first", next(NULL), 0);
	need("write", write(ends[1], "x", 1));
	check_is("pipe", next(NULL), 0x1111111111111111);
	need("read", read(ends[0], &c, 1));
	need("write", write(counter, &(uint64_t){ 1 }, 8));
	check_is("eventfd", next(NULL), 0x3333333333333333);
	need("read", read(counter, &count, 8));
	need("shutdown", shutdown(pair[1], SHUT_WR));
	check_is("socket", next(&events), 0x2222222222222222);
	check_is("its events", events, EPOLLIN | EPOLLRDHUP);
	need("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_DEL, pair[0], NULL));
	struct itimerspec soon = { .it_value.tv_nsec = 1000 };
	need("timerfd_settime", timerfd_settime(timer, 0, &soon, NULL));
	check_is("timerfd", next(NULL), 0x4444444444444444);
}

// Edge-triggered: told once for each write.
static void edge(void)
{
	int ends[2];
	create();
	need("pipe", pipe2(ends, O_CLOEXEC));
	watch(ends[0], EPOLLIN | EPOLLET, 5);
	across();
	if (broken(1)) {
		struct epoll_event level = { .events = EPOLLIN, .data.u64 = 5 };
		need("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &level));
	}
	next(NULL); // a new watch may tell once more what it sees
	need("write", write(ends[1], "x", 1));
	check_is("event", next(NULL), 5);
	check_is("the same event again", next(NULL), 0);
	need("write", write(ends[1], "x", 1));
	check_is("another event", next(NULL), 5);
}

// One is disarmed, since it has told; the other is not yet.
static void oneshot(void)
{
	int ends[2], others[2];
	create();
	need("pipe", pipe2(ends, O_CLOEXEC));
	need("pipe", pipe2(others, O_CLOEXEC));
	watch(ends[0], EPOLLIN | EPOLLONESHOT, 6);
	watch(others[0], EPOLLIN | EPOLLONESHOT, 7);
	need("write", write(ends[1], "x", 1));
	check_is("event before", next(NULL), 6);
	across();
	struct epoll_event again = { .events = EPOLLIN | EPOLLONESHOT, .data.u64 = 8 };
	if (broken(1))
		need("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &again));
	check_is("event of what is disarmed", next(NULL), 0);
	need("write", write(others[1], "x", 1));
	check_is("event of what is armed", next(NULL), 7);
	check_is("twice", next(NULL), 0);
	need("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &again));
	check_is("event of what was armed again", next(NULL), 8);
}

static void nested(void)
{
	int ends[2];
	need("pipe", pipe2(ends, O_CLOEXEC));
	create();
	int inner = epoll;
	watch(ends[0], EPOLLIN, 9);
	create();
	watch(inner, EPOLLIN, 10);
	across();
	if (broken(1))
		need("epoll_ctl", epoll_ctl(inner, EPOLL_CTL_DEL, ends[0], NULL));
	check_is("events at first", next(NULL), 0);
	need("write", write(ends[1], "x", 1));
	check_is("event of the outer", next(NULL), 10);
	epoll = inner;
	check_is("event of the inner", next(NULL), 9);
}

// A watch outlives its descriptor where the description has another.
static void renumbered(void)
{
	int ends[2];
	create();
	need("pipe", pipe2(ends, O_CLOEXEC));
	watch(ends[0], EPOLLIN, 11);
	int moved = need("dup", fcntl(ends[0], F_DUPFD_CLOEXEC, 50));
	close(ends[0]);
	across();
	if (broken(1))
		close(moved);
	signal(SIGPIPE, SIG_IGN);
	ssize_t n = write(ends[1], "x", 1);
	check_is("write", n, 1);
	check_is("event", next(NULL), 11);
}

static int pipe_ends[2];

static void write_byte(void)
{
	need("write", write(pipe_ends[1], broken(1) ? "y" : "x", 1));
}

// Asleep in epoll_wait() without a time-out: EINTR is what any signal would give it.
static void waiting(void)
{
	struct epoll_event event = { .events = 0 };
	char c = 0;
	create();
	need("pipe", pipe2(pipe_ends, O_CLOEXEC));
	watch(pipe_ends[0], EPOLLIN, 12);
	pid_t pid = waker(write_byte);
	int n;
	while ((n = epoll_wait(epoll, &event, 1, -1)) < 0 && errno == EINTR)
		;
	check_is("epoll_wait", n, 1);
	check_is("event", event.data.u64, 12);
	need("read", read(pipe_ends[0], &c, 1));
	check_is("byte", c, 'x');
	join(pid);
}

const struct victim epoll_victims[] = {
	{ "epoll", "watches of a pipe, a socket, an eventfd and a timerfd", kinds, 0, NULL },
	{ "epoll-edge", "an edge-triggered watch", edge, 0, NULL },
	{ "epoll-oneshot", "watches that tell once, one of them disarmed", oneshot, 0, NULL },
	{ "epoll-nested", "an epoll in an epoll", nested, 0, NULL },
	{ "epoll-moved", "a watch whose descriptor was closed after dup", renumbered, 0, NULL },
	{ "epoll-wait", "asleep in epoll_wait", waiting, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
