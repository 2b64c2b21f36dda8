// SPDX-License-Identifier: GPL-2.0-only
/* Handlers, signals that wait, and timers of a process. All signals are blocked until its threads go. */
#include <errno.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "bringup.h"
#include "process.h"
#include "sys.h"

#ifndef PR_TIMER_CREATE_RESTORE_IDS
#define PR_TIMER_CREATE_RESTORE_IDS 77
#define PR_TIMER_CREATE_RESTORE_IDS_OFF 0
#define PR_TIMER_CREATE_RESTORE_IDS_ON 1
#endif

#define SECOND 1000000000LL

/* struct sigaction as the kernel has it. */
struct kernel_action {
	uint64_t handler, flags, restorer, mask;
};

/*
 * Whoever ignores SIGCHLD has no zombies. Children that failed before it did again are one; those that fail later the kernel
 * reaps.
 */
static void reap_lost(const struct self *self)
{
	const struct owp_process *process = OWP_RECORDS(&ex.plan, process, PROCESS);
	struct kernel_action now = { 0 };

	sys(rt_sigaction, SIGCHLD, 0, &now, 8);
	if (now.handler != (uintptr_t)SIG_IGN && !(now.flags & SA_NOCLDWAIT))
		return;
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, PROCESS); i++)
		if (process[i].parent == self->index && process[i].state != OWP_PROCESS_STATE_ZOMBIE)
			sys(wait4, process[i].pid, 0, WNOHANG | __WALL, 0);
}

int set_handlers(struct self *self)
{
	const struct owp_sighand *sighand;
	const struct owp_signal_action *action;

	if (self->process->sighand == OWP_NONE)
		return 0;
	sighand = OWP_RECORDS(&ex.plan, sighand, SIGHAND) + self->process->sighand;
	action = OWP_RECORDS(&ex.plan, signal_action, SIGNAL_ACTION) + sighand->actions.first;
	for (uint32_t i = 0; i < sighand->actions.count; i++) {
		struct kernel_action set = { action[i].handler, action[i].flags, action[i].restorer, action[i].mask };
		long error = sys(rt_sigaction, action[i].signal, &set, 0, 8);

		if (error) {
			ex.child = i;
			ex.detail = action[i].signal;
			return error;
		}
	}
	reap_lost(self);
	return 0;
}

/* To a thread, or with tid 0 to the process. Those of timers are sent anew by their timers. */
int pend_signals(struct owp_range signals, int32_t pid, int32_t tid)
{
	const struct owp_pending_signal *pending = OWP_RECORDS(&ex.plan, pending_signal, PENDING_SIGNAL) + signals.first;

	for (uint32_t i = 0; i < signals.count; i++) {
		const void *info = pending[i].info.bytes ? owp_bytes(&ex.plan, pending[i].info) : NULL;
		int signal = pending[i].signal;
		long error;

		if (pending[i].of_timer)
			continue;
		if (tid)
			error = info ? sys(rt_tgsigqueueinfo, pid, tid, signal, info) : sys(tgkill, pid, tid, signal);
		else
			error = info ? sys(rt_sigqueueinfo, pid, signal, info) : sys(kill, pid, signal);
		if (error) {
			ex.child = i;
			ex.detail = signal;
			return error;
		}
	}
	return 0;
}

bool was_told_of(const struct owp_process *process)
{
	return process->state == OWP_PROCESS_STATE_STOPPED && process->exit_code == 0;
}

/* Children that were stopped stop again, and the kernel tells it again: that is taken here, as the parent had taken it. */
static void hear_of_stopped(uint32_t index)
{
	const struct owp_process *process = OWP_RECORDS(&ex.plan, process, PROCESS);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, PROCESS); i++) {
		siginfo_t told;

		if (process[i].parent != index || process[i].verdict == OWP_VERDICT_LOST || !was_told_of(&process[i]))
			continue;
		if (sys(waitid, P_PID, process[i].pid, &told, WSTOPPED | WEXITED | WNOWAIT, 0) == 0)
			sys(waitid, P_PID, process[i].pid, &told, WSTOPPED | WNOHANG, 0);
	}
}

/* What children did while they were made and while they ended again is no news to their parent. */
static void forget_children(void)
{
	struct timespec now = { 0, 0 };
	uint64_t child = 1ULL << (SIGCHLD - 1);

	while (sys(rt_sigtimedwait, &child, 0, &now, 8) > 0)
		;
}

int set_signals(struct self *self)
{
	hear_of_stopped(self->index);
	forget_children();
	return pend_signals(self->process->pending, self->process->pid, 0);
}

static struct timespec to_timespec(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / SECOND, .tv_nsec = ns % SECOND };
}

/* CPU clocks stood still meanwhile. */
static int64_t elapsed(int32_t clock)
{
	bool of_cpu = clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;

	return of_cpu ? 0 : since_death();
}

static int set_interval_timers(const struct owp_process *process)
{
	const struct owp_interval_timer *timer =
		OWP_RECORDS(&ex.plan, interval_timer, INTERVAL_TIMER) + process->interval_timers.first;

	for (uint32_t i = 0; i < process->interval_timers.count; i++) {
		/* One that had expired untold is told at once: the least that runs is a microsecond. */
		int64_t left = timer[i].remaining - (timer[i].which == OWP_INTERVAL_KIND_REAL ? elapsed(0) : 0);
		if (left < 1000)
			left = 1000;
		struct itimerval set = {
			.it_value = { left / SECOND, left % SECOND / 1000 },
			.it_interval = { timer[i].interval / SECOND, timer[i].interval % SECOND / 1000 },
		};
		long error = sys(setitimer, timer[i].which - 1, &set, 0);

		if (error) {
			ex.child = i;
			return error;
		}
	}
	return 0;
}

/* Ids are given in order: the ones before the wanted one are taken, and given back. */
static int create_timer(const struct owp_posix_timer *timer, bool by_id)
{
	struct sigevent event = {
		.sigev_notify = timer->notify - 1,
		.sigev_signo = timer->signal,
		.sigev_value.sival_ptr = (void *)timer->value,
	};
	int32_t id = timer->id;
	long error;

	event._sigev_un._tid = timer->target;
	if (by_id)
		return sys(timer_create, timer->clock, &event, &id);
	for (int tries = 0; tries <= timer->id; tries++) {
		error = sys(timer_create, timer->clock, &event, &id);
		if (error || id == timer->id)
			return error;
		sys(timer_delete, id);
		if (id > timer->id)
			return -EEXIST;
	}
	return -EEXIST;
}

/* By their ids, lowest first: where they cannot be asked for they are given in order. */
static const struct owp_posix_timer *next_timer(const struct owp_process *process, int64_t behind)
{
	const struct owp_posix_timer *timer = OWP_RECORDS(&ex.plan, posix_timer, POSIX_TIMER) + process->posix_timers.first;
	const struct owp_posix_timer *next = NULL;

	for (uint32_t i = 0; i < process->posix_timers.count; i++)
		if (timer[i].id > behind && (!next || timer[i].id < next->id))
			next = &timer[i];
	return next;
}

static int set_posix_timers(const struct owp_process *process)
{
	/* 6.15 and later take the id. */
	bool by_id = sys(prctl, PR_TIMER_CREATE_RESTORE_IDS, PR_TIMER_CREATE_RESTORE_IDS_ON, 0, 0, 0) == 0;
	const struct owp_posix_timer *timer;
	long error = 0;
	int64_t last = -1;

	while (!error && (timer = next_timer(process, last))) {
		int64_t left = timer->remaining - elapsed(timer->clock);
		struct itimerspec set = { .it_value = to_timespec(left > 0 ? left : 1), .it_interval = to_timespec(timer->interval) };

		ex.detail = last = timer->id;
		error = create_timer(timer, by_id);
		if (!error && timer->flags & (OWP_TIMER_FLAG_ARMED | OWP_TIMER_FLAG_SIGNAL_PENDING))
			error = sys(timer_settime, timer->id, 0, &set, 0);
	}
	if (by_id)
		sys(prctl, PR_TIMER_CREATE_RESTORE_IDS, PR_TIMER_CREATE_RESTORE_IDS_OFF, 0, 0, 0);
	return error;
}

/* Threads are made before: a timer may be for one of them. */
int set_timers(struct self *self)
{
	int error = set_interval_timers(self->process);

	return error ? error : set_posix_timers(self->process);
}
