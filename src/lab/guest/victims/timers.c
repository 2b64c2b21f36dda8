// Timers: those that still have time to go, those that expire across the death, those that tick.

#include "victims.h"

#include <poll.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#define FAR 100000.0 // seconds

static volatile int ticks, value_seen;
static sigset_t timer_signal;

static double seconds(struct timeval t)
{
	return t.tv_sec + t.tv_usec / 1e6;
}

static double seconds_ns(struct timespec t)
{
	return t.tv_sec + t.tv_nsec / 1e9;
}

static struct timespec duration(double s)
{
	struct timespec t = { s, (s - (long)s) * 1e9 };
	return t;
}

// What is left of `total` that began at `start`, by its own clock.
static void check_left(const char *what, double left, double total, double start)
{
	double expected = total - (now() - start);
	check(left > expected - 2 && left < expected + 2 + jump(), "%s: %.1f s left, not %.1f", what, left, expected);
}

static void set_interval(int which, double value, double interval)
{
	struct itimerval timer = { { interval, 0 }, { value, 0 } };
	need("setitimer", setitimer(which, &timer, NULL));
}

static void interval_real(void)
{
	struct itimerval found;
	double start = now();
	start_gauge();
	set_interval(ITIMER_REAL, FAR, 77);
	across();
	if (broken(1))
		set_interval(ITIMER_REAL, FAR / 2, 77);
	if (broken(2))
		set_interval(ITIMER_REAL, seconds((getitimer(ITIMER_REAL, &found), found.it_value)), 78);
	need("getitimer", getitimer(ITIMER_REAL, &found));
	check_left("real timer", seconds(found.it_value), FAR, start);
	check_is("its interval", found.it_interval.tv_sec, 77);
}

static double processor_time(void)
{
	struct timespec t;
	need("clock", clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t));
	return seconds_ns(t);
}

static void interval_processor(int which)
{
	struct itimerval found;
	set_interval(which, 1000, 55);
	across();
	if (broken(1))
		set_interval(which, 500, 55);
	need("getitimer", getitimer(which, &found));
	double left = seconds(found.it_value);
	check(left > 990 - processor_time() && left <= 1000.1, "%.3f s left, not 1000", left);
	check_is("interval", found.it_interval.tv_sec, 55);
}

static void interval_virtual(void)
{
	interval_processor(ITIMER_VIRTUAL);
}

static void interval_profile(void)
{
	interval_processor(ITIMER_PROF);
}

static timer_t make_timer(clockid_t clock, double value, double interval, int absolute)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2,
				  .sigev_value.sival_int = 0x5a5a };
	struct itimerspec times = { duration(interval), duration(value) };
	timer_t timer;
	sigemptyset(&timer_signal);
	sigaddset(&timer_signal, SIGRTMIN + 2);
	need("sigprocmask", sigprocmask(SIG_BLOCK, &timer_signal, NULL));
	need("timer_create", timer_create(clock, &event, &timer));
	need("timer_settime", timer_settime(timer, absolute ? TIMER_ABSTIME : 0, &times, NULL));
	return timer;
}

static void timer_left(void)
{
	struct itimerspec found, half = { { 9, 0 }, duration(FAR / 2) };
	double start = now();
	timer_t first = make_timer(CLOCK_MONOTONIC, FAR / 3, 0, 0);
	timer_t second = make_timer(CLOCK_BOOTTIME, FAR, 9, 0);
	start_gauge();
	across();
	if (broken(1))
		need("timer_settime", timer_settime(second, 0, &half, NULL));
	if (broken(2))
		need("timer_delete", timer_delete(first));
	need("timer_gettime", timer_gettime(first, &found));
	check_left("monotonic timer", seconds_ns(found.it_value), FAR / 3, start);
	need("timer_gettime", timer_gettime(second, &found));
	check_left("boot-time timer", seconds_ns(found.it_value), FAR, start);
	check_is("its interval", found.it_interval.tv_sec, 9);
	check_is("the next timer is a new one", (long)make_timer(CLOCK_MONOTONIC, 5, 0, 0) != (long)second, 1);
}

// Ticks on: its signal comes again and again, with its value.
static void timer_ticks(void)
{
	struct timespec limit = { patience, 0 }, none = { 0, 0 };
	siginfo_t info;
	timer_t timer = make_timer(CLOCK_MONOTONIC, 0.3, 0.3, 0);
	across();
	if (broken(1))
		need("timer_delete", timer_delete(timer));
	while (sigtimedwait(&timer_signal, &info, &none) > 0)
		; // what had come before
	for (int i = 0; i < 3; i++) {
		info.si_code = 0;
		int got = sigtimedwait(&timer_signal, &info, &limit);
		if (got < 0 && errno == EINTR)
			continue;
		check_is("signal of the timer", got, SIGRTMIN + 2);
		check_is("its code", info.si_code, SI_TIMER);
		check_is("its value", info.si_value.sival_int, 0x5a5a);
		if (got < 0)
			break;
	}
}

// Expires at a moment of the monotonic clock, neither early nor late.
static void timer_absolute(void)
{
	siginfo_t info;
	start_gauge();
	ready();
	do {
		double start = now();
		timer_t timer = make_timer(CLOCK_MONOTONIC, start + (broken(1) ? span / 10 : span), 0, 1);
		while (sigwaitinfo(&timer_signal, &info) < 0 && errno == EINTR)
			;
		check_slept("timer", start, span);
		need("timer_delete", timer_delete(timer));
	} while (!after() && !*reasons);
}

static void ticked(union sigval value)
{
	value_seen = value.sival_int;
	ticks++;
}

// The C library's own thread waits for the timer's signal.
static void timer_thread(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = ticked,
				  .sigev_value.sival_int = 88 };
	struct itimerspec times = { duration(0.5), duration(0.5) };
	timer_t timer;
	need("timer_create", timer_create(CLOCK_MONOTONIC, &event, &timer));
	need("timer_settime", timer_settime(timer, 0, &times, NULL));
	across();
	if (broken(1)) {
		need("timer_delete", timer_delete(timer));
		nap(0.3);
	}
	int before = ticks;
	value_seen = 0;
	for (int i = 0; i < patience * 20 && ticks < before + 2; i++)
		nap(0.05);
	check(ticks >= before + 2, "the thread of the timer saw %d ticks", ticks - before);
	check_is("its value", value_seen, 88);
}

static void timerfd_left(void)
{
	struct itimerspec times = { duration(33), duration(FAR) }, found, half = { duration(33), duration(FAR / 2) };
	double start = now();
	int fd = need("timerfd", timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	need("timerfd_settime", timerfd_settime(fd, 0, &times, NULL));
	start_gauge();
	across();
	uint64_t count;
	if (broken(1))
		need("timerfd_settime", timerfd_settime(fd, 0, &half, NULL));
	check_error("read", read(fd, &count, 8), EAGAIN);
	need("timerfd_gettime", timerfd_gettime(fd, &found));
	check_left("timerfd", seconds_ns(found.it_value), FAR, start);
	check_is("its interval", found.it_interval.tv_sec, 33);
}

static void timerfd_ticks(void)
{
	struct itimerspec times = { duration(0.25), duration(0.25) };
	int fd = need("timerfd", timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC));
	uint64_t count = 0, more = 0;
	need("timerfd_settime", timerfd_settime(fd, 0, &times, NULL));
	double start = now();
	start_gauge();
	across();
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	if (broken(1))
		need("timerfd_settime", timerfd_settime(fd, 0, &(struct itimerspec){ { 0, 0 }, { 0, 0 } }, NULL));
	if (broken(2))
		read(fd, &count, 8);
	// What it counted before is not lost, and it goes on.
	nap(0.3);
	check_is("readable", poll(&readable, 1, patience * 1000), 1);
	if (*reasons)
		return;
	need("read", read(fd, &count, 8));
	double expected = (now() - start) / 0.25;
	check(count + 4 + jump() * 4 >= expected - 12 && count <= expected + 12, "%lu ticks, not %.0f", count, expected);
	check(count >= (broken(2) ? 3 : 2), "%lu ticks", count);
	need("read", read(fd, &more, 8));
	check(more >= 1, "no tick more");
}

const struct victim timer_victims[] = {
	{ "itimer-real", "time left of a real interval timer", interval_real, 0, NULL },
	{ "itimer-virtual", "time left of a virtual interval timer", interval_virtual, 0, NULL },
	{ "itimer-prof", "time left of a profiling interval timer", interval_profile, 0, NULL },
	{ "timer-left", "time left of POSIX timers of two clocks", timer_left, 0, NULL },
	{ "timer-ticks", "a periodic POSIX timer ticks on", timer_ticks, 0, NULL },
	{ "timer-absolute", "a timer for a moment of the monotonic clock", timer_absolute, 0, NULL },
	{ "timer-thread", "a timer that starts threads", timer_thread, 0, NULL },
	{ "timerfd-left", "time left of a timerfd", timerfd_left, 0, NULL },
	{ "timerfd-ticks", "a timerfd keeps what it counted, and ticks on", timerfd_ticks, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
