// How far the monotonic clock jumped while we were dead: no sleep is to blame for ending that much late.

#include <signal.h>
#include "victims.h"

#define TICK 0.5
#define SLACK 3.0 // an emulated processor on a busy machine

static double longest;

static void *gauge(void *unused)
{
	double last = now();
	(void)unused;
	for (;;) {
		nap(TICK);
		double t = now();
		if (t - last - TICK > longest)
			longest = t - last - TICK;
		last = t;
	}
	return NULL;
}

void start_gauge(void)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); // signals are for the victim, not for its gauge
	thread(gauge, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

double jump(void)
{
	return longest;
}

void check_slept(const char *what, double start, double seconds)
{
	double slept = now() - start;
	check(slept > seconds - 0.02, "%s: ended after %.3f of %.3f s", what, slept, seconds);
	if (slept > seconds + SLACK)
		nap(2 * TICK); // let the gauge see the jump too
	check(slept < seconds + SLACK + jump(), "%s: ended after %.3f s instead of %.3f s, with a jump of %.3f s",
	      what, slept, seconds, jump());
}

void sleep_across(const char *what, void (*sleep_for)(double seconds))
{
	start_gauge();
	ready();
	do {
		double start = now();
		sleep_for(broken(1) ? span / 10 : span);
		check_slept(what, start, span);
	} while (!after() && !*reasons);
}
