// SPDX-License-Identifier: GPL-2.0-only
/*
 * mq_notify(3): a process asks again to be told of messages. It asks when only its own descriptors are left: closing another of
 * the same queue would take its asking back (mqueue_flush_file(), ipc/mqueue.c).
 */
#include <errno.h>
#include <signal.h>

#include "executor.h"
#include "process.h"
#include "sys.h"

/* A descriptor of the process's own that has the queue open. */
static int queue_fd(const struct self *self, uint32_t queue)
{
	const struct owp_file *file = OWP_RECORDS(&ex.plan, file, FILE);
	const struct owp_descriptor *descriptor;
	const struct owp_file_table *table;

	if (self->model->files == OWP_NONE)
		return -EBADF;
	table = OWP_RECORDS(&ex.plan, file_table, FILE_TABLE) + self->model->files;
	descriptor = OWP_RECORDS(&ex.plan, descriptor, DESCRIPTOR) + table->descriptors.first;
	for (uint32_t i = 0; i < table->descriptors.count; i++) {
		const struct owp_file *open = file + descriptor[i].file;

		if (open->kind == OWP_FILE_KIND_MESSAGE_QUEUE && open->target == queue)
			return descriptor[i].fd;
	}
	return -EBADF;
}

static int ask(const struct self *self, uint32_t queue, const struct owp_message_notification *asked)
{
	struct sigevent event = {
		.sigev_notify = asked->notify - 1,
		.sigev_signo = asked->signal,
		.sigev_value.sival_ptr = (void *)asked->value,
	};
	int fd = queue_fd(self, queue);

	ex.detail = queue;
	return fd < 0 ? fd : sys(mq_notify, fd, &event);
}

int ask_for_messages(struct self *self)
{
	const struct owp_message_queue *queue = OWP_RECORDS(&ex.plan, message_queue, MESSAGE_QUEUE);
	const struct owp_message_notification *asked =
		OWP_RECORDS(&ex.plan, message_notification, MESSAGE_NOTIFICATION);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, MESSAGE_QUEUE); i++) {
		uint32_t at = queue[i].notification.first;
		int error = 0;

		if (queue[i].notification.count && asked[at].process == self->index)
			error = ask(self, i, &asked[at]);
		if (error)
			return error;
	}
	return 0;
}
