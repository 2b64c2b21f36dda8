// Sleeps with a time-out, in progress at the death: they end when they would have ended, neither early nor anew.

#include "victims.h"

#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>

static struct timespec timespec_of(double s)
{
	struct timespec t = { s, (s - (long)s) * 1e9 };
	return t;
}

static void by_nanosleep(double seconds)
{
	struct timespec t = timespec_of(seconds);
	check_is("nanosleep", nanosleep(&t, NULL), 0);
}

static void in_nanosleep(void)
{
	sleep_across("nanosleep", by_nanosleep);
}

static void by_clock(double seconds)
{
	struct timespec t = timespec_of(now() + seconds);
	check_is("clock_nanosleep", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
}

static void in_clock_nanosleep(void)
{
	sleep_across("clock_nanosleep", by_clock);
}

static void by_boot_clock(double seconds)
{
	struct timespec t = timespec_of(seconds);
	check_is("clock_nanosleep", clock_nanosleep(CLOCK_BOOTTIME, 0, &t, NULL), 0);
}

static void in_boot_nanosleep(void)
{
	sleep_across("clock_nanosleep", by_boot_clock);
}

static int never[2];

// 0 as the result of poll() and its like: time is over.
static void by_poll(double seconds)
{
	struct pollfd readable = { .fd = never[0], .events = POLLIN };
	check_is("poll", poll(&readable, 1, seconds * 1000), 0);
	check_is("revents", readable.revents, 0);
}

static void in_poll(void)
{
	need("pipe", pipe(never));
	sleep_across("poll", by_poll);
}

static void by_ppoll(double seconds)
{
	struct pollfd readable = { .fd = never[0], .events = POLLIN };
	struct timespec t = timespec_of(seconds);
	check_is("ppoll", ppoll(&readable, 1, &t, NULL), 0);
}

static void in_ppoll(void)
{
	need("pipe", pipe(never));
	sleep_across("ppoll", by_ppoll);
}

// The system call itself: the C library's select() is pselect6().
static void by_select(double seconds)
{
	struct timeval t = { seconds, (seconds - (long)seconds) * 1e6 };
	fd_set readable;
	FD_ZERO(&readable);
	FD_SET(never[0], &readable);
	check_is("select", syscall(SYS_select, never[0] + 1, &readable, NULL, NULL, &t), 0);
	check_is("set", FD_ISSET(never[0], &readable), 0);
}

static void in_select(void)
{
	need("pipe", pipe(never));
	sleep_across("select", by_select);
}

static int epoll;

// A signal ends epoll_wait() whether it has a handler or not, so EINTR is right: then what is left is waited for.
static void by_epoll(double seconds)
{
	struct epoll_event event;
	double end = now() + seconds;
	int got;
	do {
		double left = end > now() ? end - now() : 0;
		got = epoll_wait(epoll, &event, 1, left * 1000 + 1);
	} while (got < 0 && errno == EINTR);
	check_is("epoll_wait", got, 0);
}

static void in_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	need("pipe", pipe(never));
	epoll = need("epoll", epoll_create1(EPOLL_CLOEXEC));
	need("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, never[0], &event));
	sleep_across("epoll_wait", by_epoll);
}

static uint32_t word;

static void by_futex(double seconds)
{
	struct timespec t = timespec_of(seconds);
	check_error("futex", syscall(SYS_futex, &word, FUTEX_WAIT, 0, &t, NULL, 0), ETIMEDOUT);
}

static void in_futex(void)
{
	sleep_across("futex", by_futex);
}

const struct victim sleep_victims[] = {
	{ "sleep", "nanosleep in progress ends in time", in_nanosleep, 0, NULL },
	{ "sleep-until", "clock_nanosleep until a moment", in_clock_nanosleep, 0, NULL },
	{ "sleep-boot", "clock_nanosleep by the boot clock", in_boot_nanosleep, 0, NULL },
	{ "sleep-poll", "poll with a time-out", in_poll, 0, NULL },
	{ "sleep-ppoll", "ppoll with a time-out", in_ppoll, 0, NULL },
	{ "sleep-select", "select with a time-out", in_select, 0, NULL },
	{ "sleep-epoll", "epoll_wait with a time-out", in_epoll, 0, NULL },
	{ "sleep-futex", "a futex with a time-out", in_futex, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
