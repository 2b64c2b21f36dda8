// SPDX-License-Identifier: GPL-2.0-only
/* eventfd, timerfd, signalfd, epoll (fs/{eventfd,timerfd,signalfd,eventpoll}.c). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "objects.h"

/* Of the kernel's uapi: with CONFIG_CHECKPOINT_RESTORE. */
#ifndef TFD_IOC_SET_TICKS
#define TFD_IOC_SET_TICKS _IOW('T', 0, uint64_t)
#endif
#define SECOND 1000000000LL
#define KERNEL_SIGSET_BYTES 8
/* What is left of the events of a one-shot watch that has fired (EP_PRIVATE_BITS), and with what it is made to fire. */
#define ALWAYS_THERE (EPOLLERR | EPOLLHUP)
#define ANYTHING (EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP)

static int keep(enum object_kind kind, uint32_t object, int fd, int error)
{
	if (error) {
		close(fd);
		return error;
	}
	fd = move_up(fd);
	if (fd < 0)
		return fd;
	ex.object_fd[kind][object] = fd;
	return 0;
}

int op_make_eventfd(uint32_t object)
{
	const struct owp_eventfd *event = RECORD(eventfd, EVENTFD, object);
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | (event->semaphore ? EFD_SEMAPHORE : 0));
	int error = FAULT_POINT("make_eventfd.count");

	if (fd < 0)
		return -errno;
	if (!error && event->count && write(fd, &event->count, sizeof(event->count)) < 0)
		error = -errno;
	return keep(OBJECT_EVENTFD, object, fd, error);
}

/* --- timers */

static struct timespec timespec_of(int64_t nanoseconds)
{
	return (struct timespec){ nanoseconds / SECOND, nanoseconds % SECOND };
}

static int64_t now_in(uint32_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		return 0;
	return now.tv_sec * SECOND + now.tv_nsec;
}

/* `missed`: expirations between the death and now that the kernel will not count by itself. */
static int arm(int fd, const struct owp_timerfd *timer, uint64_t *missed)
{
	struct itimerspec when = { .it_interval = timespec_of(timer->interval) };
	int64_t at = timer->expires;

	*missed = 0;
	if (!timer->remaining && !timer->interval)
		return 0;
	if (!(timer->flags & TFD_TIMER_ABSTIME))
		/* One that has expired, and whose tick nobody has read, does not run until then, and counts from its expiry. */
		at = timer->remaining ? timer->remaining - since_death() : (int64_t)timer->expires - now_in(timer->clock);
	if (at < 0 && !(timer->flags & TFD_TIMER_ABSTIME) && timer->interval) {
		/* As if it had run all the time; of one that has expired and was not read the last expiry is in `ticks`. */
		*missed = -at / timer->interval + (timer->ticks ? 0 : 1);
		at += (-at / timer->interval + 1) * timer->interval;
	}
	/* 0 would disarm it; what is overdue fires at once. */
	when.it_value = timespec_of(at > 0 ? at : 1);
	return timerfd_settime(fd, timer->flags, &when, NULL) < 0 ? -errno : 0;
}

/* Where the kernel does not take a number: it expires once, which is a tick too. */
static int set_ticks(int fd, const struct owp_timerfd *timer, uint64_t ticks)
{
	const struct itimerspec at_once = { .it_value = { 0, 1 } };

	if (ioctl(fd, TFD_IOC_SET_TICKS, &ticks) == 0)
		return 0;
	if (errno != ENOTTY || timer->remaining || timer->interval)
		return -errno;
	return timerfd_settime(fd, timer->flags, &at_once, NULL) < 0 ? -errno : 0;
}

int op_make_timerfd(uint32_t object)
{
	const struct owp_timerfd *timer = RECORD(timerfd, TIMERFD, object);
	int fd = timerfd_create(timer->clock, TFD_CLOEXEC | TFD_NONBLOCK);
	int error = FAULT_POINT("make_timerfd.arm");
	uint64_t missed = 0;

	if (fd < 0)
		return -errno;
	if (!error)
		error = arm(fd, timer, &missed);
	if (!error && timer->ticks + missed)
		error = set_ticks(fd, timer, timer->ticks + missed);
	return keep(OBJECT_TIMERFD, object, fd, error);
}

int op_make_signalfd(uint32_t object)
{
	const struct owp_signalfd *signals = RECORD(signalfd, SIGNALFD, object);
	/* The library's sigset_t is larger than the kernel's, which is what the plan has. */
	int fd = syscall(SYS_signalfd4, -1, &signals->mask, KERNEL_SIGSET_BYTES, O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : keep(OBJECT_SIGNALFD, object, fd, FAULT_POINT("make_signalfd.make"));
}

/* --- epoll */

int op_make_epoll(uint32_t object)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? -errno : keep(OBJECT_EPOLL, object, fd, FAULT_POINT("make_epoll.make"));
}

static bool has_fired(const struct owp_epoll_watch *watch)
{
	return (watch->events & EPOLLONESHOT) && !(watch->events & (ALWAYS_THERE | ANYTHING));
}

/* It fires when something is ready; there is no other way to have one that waits for EPOLL_CTL_MOD. */
static void let_fire(int epoll, const struct owp_epoll_watch *watch)
{
	struct epoll_event event = { watch->events | ANYTHING, { .u64 = watch->data } }, fired;

	epoll_ctl(epoll, EPOLL_CTL_MOD, watch->fd, &event);
	if (epoll_wait(epoll, &fired, 1, 0) == 1)
		return;
	event.events = watch->events;
	epoll_ctl(epoll, EPOLL_CTL_MOD, watch->fd, &event);
	complain("note: a one-shot watch of descriptor %u that had fired tells of errors and hang-ups again", watch->fd);
}

/* Whatever has that number now is put aside meanwhile: nothing of ours is in use twice. */
static int add_under(int epoll, int file, const struct owp_epoll_watch *watch)
{
	struct epoll_event event = { watch->events, { .u64 = watch->data } };

	if (file != watch->fd && dup3(file, watch->fd, O_CLOEXEC) < 0)
		return -errno;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, watch->fd, &event) < 0)
		return -errno;
	if (has_fired(watch))
		let_fire(epoll, watch);
	return 0;
}

/* Under the number that it was added by: the pair of number and description is what epoll_ctl finds it by. */
static int add(int epoll, const struct owp_epoll_watch *watch)
{
	int file = ex.file_fd[watch->file], aside = -1, error;

	if (file < 0)
		return -EBADF;
	if (fcntl(watch->fd, F_GETFD) >= 0) {
		aside = fcntl(watch->fd, F_DUPFD_CLOEXEC, ex.fd_base);
		if (aside < 0)
			return -errno;
	}
	error = add_under(epoll == watch->fd ? aside : epoll, file, watch);
	if (aside < 0) {
		close(watch->fd);
	} else {
		dup3(aside, watch->fd, watch->fd > STDERR_FILENO ? O_CLOEXEC : 0);
		close(aside);
	}
	return error;
}

/* Those that have fired first: while nothing else is watched, what is ready can be told. */
static int add_all(int epoll, const struct owp_epoll *instance, bool fired)
{
	int error = 0;

	for (uint32_t i = 0; !error && i < instance->watches.count; i++) {
		const struct owp_epoll_watch *watch = RECORD(epoll_watch, EPOLL_WATCH, instance->watches.first + i);

		if (watch->file == OWP_NONE || has_fired(watch) != fired)
			continue;
		error = FAULT_POINT("watch.add");
		if (!error)
			error = add(epoll, watch);
		if (error) {
			ex.child = i;
			ex.detail = watch->fd;
		}
	}
	return error;
}

int op_watch(uint32_t object)
{
	const struct owp_epoll *instance = RECORD(epoll, EPOLL, object);
	int epoll = ex.object_fd[OBJECT_EPOLL][object];
	int error;

	if (epoll < 0)
		return -EBADF;
	error = add_all(epoll, instance, true);
	return error ? error : add_all(epoll, instance, false);
}
