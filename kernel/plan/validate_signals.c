// SPDX-License-Identifier: GPL-2.0-only
/* Handlers, signals that wait, timers: numbers that index tables, sizes that are copied. */
#include "validate.h"

#define LAST_SIGNAL 64
#define SIGINFO_BYTES 128
#define LATEST 0x7fffffffffffffffULL
#define EARLIEST (-0x7fffffffffffffffLL - 1)

static int is_signal(uint32_t signal)
{
	return signal >= 1 && signal <= LAST_SIGNAL;
}

static int check_handlers(struct owp_check *check)
{
	const struct owp_signal_action *actions =
		OWP_RECORDS(&check->view, signal_action, SIGNAL_ACTION);
	const struct owp_sighand *sighand;
	uint64_t i;

	OWP_EACH(check, sighand, SIGHAND, i, sighand) {
		uint64_t end = (uint64_t)sighand->actions.first + sighand->actions.count;
		uint32_t before = 0;

		for (uint64_t at = sighand->actions.first; at < end; at++) {
			uint32_t signal = actions[at].signal;

			if (!is_signal(signal))
				return owp_fail(check, OWV_SIGNAL_NUMBER, OWP_SECTION_SIGNAL_ACTION,
						at, "signal", signal);
			if (signal <= before)
				return owp_fail(check, OWV_HANDLERS_ORDER,
						OWP_SECTION_SIGNAL_ACTION, at, "signal", signal);
			before = signal;
		}
	}
	return 0;
}

static int check_pending(struct owp_check *check)
{
	const struct owp_pending_signal *pending;
	uint64_t i;

	OWP_EACH(check, pending_signal, PENDING_SIGNAL, i, pending) {
		if (!is_signal(pending->signal))
			return owp_fail(check, OWV_SIGNAL_NUMBER, OWP_SECTION_PENDING_SIGNAL, i,
					"signal", pending->signal);
		if (pending->info.bytes && pending->info.bytes != SIGINFO_BYTES)
			return owp_fail(check, OWV_SIGINFO, OWP_SECTION_PENDING_SIGNAL, i, "info",
					pending->info.bytes);
	}
	return 0;
}

/* A ktime_t has 63 bits. */
static int is_time(int64_t remaining, uint64_t interval)
{
	return remaining != EARLIEST && interval <= LATEST;
}

static int check_times(struct owp_check *check)
{
	const struct owp_interval_timer *interval;
	const struct owp_posix_timer *posix;
	const struct owp_timerfd *timerfd;
	uint64_t i;

	OWP_EACH(check, interval_timer, INTERVAL_TIMER, i, interval)
		if (!is_time(interval->remaining, interval->interval))
			return owp_fail(check, OWV_TIMER_RANGE, OWP_SECTION_INTERVAL_TIMER, i,
					"interval", interval->interval);
	OWP_EACH(check, posix_timer, POSIX_TIMER, i, posix)
		if (!is_time(posix->remaining, posix->interval))
			return owp_fail(check, OWV_TIMER_RANGE, OWP_SECTION_POSIX_TIMER, i,
					"interval", posix->interval);
	OWP_EACH(check, timerfd, TIMERFD, i, timerfd)
		if (!is_time(timerfd->remaining, timerfd->interval) || timerfd->expires > LATEST)
			return owp_fail(check, OWV_TIMER_RANGE, OWP_SECTION_TIMERFD, i, "interval",
					timerfd->interval);
	return 0;
}

static int before_by_id(const void *context, uint32_t a, uint32_t b)
{
	const struct owp_posix_timer *timers = context;

	return timers[a].id < timers[b].id;
}

static int check_posix_ids(struct owp_check *check, struct owp_range list, uint32_t *order)
{
	const struct owp_posix_timer *timers =
		OWP_RECORDS(&check->view, posix_timer, POSIX_TIMER) + list.first;

	for (uint32_t i = 0; i < list.count; i++)
		order[i] = i;
	owp_sort(order, list.count, before_by_id, timers);
	for (uint32_t i = 1; i < list.count; i++)
		if (timers[order[i - 1]].id == timers[order[i]].id)
			return owp_fail(check, OWV_TIMER_TWICE, OWP_SECTION_POSIX_TIMER,
					list.first + order[i], "id", timers[order[i]].id);
	return 0;
}

static int check_timers(struct owp_check *check)
{
	const struct owp_interval_timer *timers =
		OWP_RECORDS(&check->view, interval_timer, INTERVAL_TIMER);
	uint32_t *order = (uint32_t *)owp_work(check, 4 * OWP_COUNT(&check->view, POSIX_TIMER));
	const struct owp_process *process;
	uint64_t i;

	if (!order)
		return owp_fail(check, OWV_SCRATCH, OWP_SECTION_POSIX_TIMER, OWP_NO_RECORD, NULL,
				0);
	OWP_EACH(check, process, PROCESS, i, process) {
		struct owp_range list = process->interval_timers;
		uint32_t seen = 0;
		int rule;

		for (uint64_t at = list.first; at < (uint64_t)list.first + list.count; at++) {
			if (seen >> timers[at].which & 1)
				return owp_fail(check, OWV_TIMER_TWICE, OWP_SECTION_INTERVAL_TIMER,
						at, "which", timers[at].which);
			seen |= 1U << timers[at].which;
		}
		rule = check_posix_ids(check, process->posix_timers, order);
		if (rule)
			return rule;
	}
	return 0;
}

static int check_notifications(struct owp_check *check)
{
	const struct owp_message_notification *asked =
		OWP_RECORDS(&check->view, message_notification, MESSAGE_NOTIFICATION);
	const struct owp_message_queue *queue;
	uint64_t i;

	OWP_EACH(check, message_queue, MESSAGE_QUEUE, i, queue)
		if (queue->notification.count > (queue->posix ? 1 : 0))
			return owp_fail(check, OWV_MESSAGE_NOTIFY, OWP_SECTION_MESSAGE_QUEUE, i,
					"notification", queue->notification.count);
	OWP_EACH(check, message_notification, MESSAGE_NOTIFICATION, i, asked)
		if (asked->signal > LAST_SIGNAL) /* mq_notify(3) takes 0 */
			return owp_fail(check, OWV_SIGNAL_NUMBER, OWP_SECTION_MESSAGE_NOTIFICATION, i,
					"signal", asked->signal);
	return 0;
}

int owp_check_signals(struct owp_check *check)
{
	int rule = check_handlers(check);

	if (!rule)
		rule = check_pending(check);
	if (!rule)
		rule = check_times(check);
	if (!rule)
		rule = check_timers(check);
	return rule ? rule : check_notifications(check);
}
