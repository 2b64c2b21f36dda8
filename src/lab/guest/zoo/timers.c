// Timers of every clock, and filters: what zoo-signals and zoo-seccomp have no room for.

#include "zoo.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>

static void arm(clockid_t clock, int notify, int value, long seconds, long interval, int flags)
{
	struct sigevent event = { .sigev_notify = notify, .sigev_signo = SIGRTMIN + 5, .sigev_value.sival_int = value };
	struct itimerspec time = { .it_value.tv_sec = seconds, .it_interval.tv_sec = interval };
	int timer;
	event._sigev_un._tid = getpid();
	if (try("timer_create", syscall(SYS_timer_create, clock, &event, &timer)) < 0)
		return;
	if (seconds)
		try("timer_settime", syscall(SYS_timer_settime, timer, flags, &time, NULL));
}

// Timers of CPU time, far beyond what it will ever use.
static void cpu_timers(void)
{
	struct itimerval virtual = { .it_value.tv_sec = 1000, .it_interval.tv_sec = 7 };
	struct itimerval prof = { .it_value.tv_sec = 2000 };
	must("setitimer", setitimer(ITIMER_VIRTUAL, &virtual, NULL));
	must("setitimer", setitimer(ITIMER_PROF, &prof, NULL));
	arm(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, 0x11, 3000, 30, 0);
	arm(CLOCK_THREAD_CPUTIME_ID, SIGEV_THREAD_ID, 0x22, 4000, 0, 0);
	arm(CLOCK_PROCESS_CPUTIME_ID, SIGEV_NONE, 0x33, 0, 0, 0);
	ready();
}

// Timers of wall clocks; the last one has expired, and its signal is blocked.
static void clocks(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 5);
	sigprocmask(SIG_BLOCK, &set, NULL);
	arm(CLOCK_REALTIME, SIGEV_SIGNAL, 0x44, 4102444800, 0, TIMER_ABSTIME);
	arm(CLOCK_BOOTTIME, SIGEV_THREAD_ID, 0x55, 700000, 0, 0);
	arm(CLOCK_TAI, SIGEV_NONE, 0x66, 800000, 60, 0);
	arm(CLOCK_BOOTTIME_ALARM, SIGEV_SIGNAL, 0x77, 900000, 0, 0);
	arm(CLOCK_MONOTONIC, SIGEV_SIGNAL, 0x88, 1, 1, 0);
	sleep(2);
	ready();
}

// Three filters, one longer than the other, the second with a log flag.
static void filters(void)
{
	struct sock_filter filter[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
					BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	for (unsigned short length = 1; length <= 3; length++) {
		struct sock_fprog program = { length, filter + 3 - length };
		unsigned int flags = length == 2 ? SECCOMP_FILTER_FLAG_LOG : 0;
		must("seccomp", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
	}
	ready();
}

const struct specimen timer_specimens[] = {
	{ "cputimers", cpu_timers }, { "clocks", clocks }, { "filters", filters }, { NULL, NULL },
};
