// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors, open files, pipes, file handles. */
#include "validate.h"

/* sysctl fs.nr_open, unless somebody raises it. */
#define FD_LIMIT (1U << 20)
#define ACCESS_PATH 010000000U
/* F_SETPIPE_SZ: 2^31 bytes. */
#define MOST_BUFFERS (1U << 19)
/* MAX_HANDLE_SZ (include/uapi/linux/fcntl.h). */
#define LONGEST_HANDLE 128

static int fail(struct owp_check *check, enum owp_rule rule, uint64_t index, const char *field,
		uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_FILE, index, field, value);
}

static int check_descriptors(struct owp_check *check)
{
	const struct owp_descriptor *descriptors =
		OWP_RECORDS(&check->view, descriptor, DESCRIPTOR);
	const struct owp_file_table *table;
	uint64_t i;

	OWP_EACH(check, file_table, FILE_TABLE, i, table) {
		uint64_t end = (uint64_t)table->descriptors.first + table->descriptors.count;
		uint64_t least = 0;

		for (uint64_t at = table->descriptors.first; at < end; at++) {
			uint32_t fd = descriptors[at].fd;

			if (fd < least || fd >= FD_LIMIT)
				return owp_fail(check, OWV_DESCRIPTOR, OWP_SECTION_DESCRIPTOR, at,
						"fd", fd);
			least = (uint64_t)fd + 1;
		}
	}
	return 0;
}

/* A bit for each file that a refusal names. */
static unsigned char *refused_files(struct owp_check *check)
{
	unsigned char *named = owp_work(check, (OWP_COUNT(&check->view, FILE) + 7) / 8);
	const struct owp_refusal *refusal;
	uint64_t i;

	if (!named)
		return NULL;
	OWP_EACH(check, refusal, REFUSAL, i, refusal)
		if (refusal->kind == OWP_REFUSED_KIND_FILE && refusal->object != OWP_NONE)
			owp_set_bit(named, refusal->object);
	return named;
}

static int check_open_files(struct owp_check *check)
{
	const unsigned char *refused = refused_files(check);
	const struct owp_file *file;
	uint64_t i;

	if (!refused)
		return fail(check, OWV_SCRATCH, OWP_NO_RECORD, NULL, 0);
	OWP_EACH(check, file, FILE, i, file) {
		int is_refused = file->kind == OWP_FILE_KIND_REFUSED;
		int by_path = file->kind == OWP_FILE_KIND_PATH;

		if (file->target == OWP_NONE && !is_refused && file->kind != OWP_FILE_KIND_PIDFD)
			return fail(check, OWV_FILE_TARGET, i, "target", file->kind);
		if (is_refused && !owp_test_bit(refused, i))
			return fail(check, OWV_FILE_REFUSED, i, "kind", file->kind);
		if (!is_refused && by_path != ((file->flags & ACCESS_PATH) != 0))
			return fail(check, OWV_FILE_PATH, i, "flags", file->flags);
	}
	return 0;
}

static int check_pipes(struct owp_check *check)
{
	const struct owp_pipe_buffer *buffer;
	const struct owp_pipe *pipe;
	uint64_t i;

	OWP_EACH(check, pipe, PIPE, i, pipe) {
		if (!pipe->capacity || pipe->capacity > MOST_BUFFERS)
			return owp_fail(check, OWV_PIPE, OWP_SECTION_PIPE, i, "capacity",
					pipe->capacity);
		if (pipe->buffers.count > pipe->capacity)
			return owp_fail(check, OWV_PIPE, OWP_SECTION_PIPE, i, "buffers",
					pipe->buffers.count);
	}
	OWP_EACH(check, pipe_buffer, PIPE_BUFFER, i, buffer)
		if (!buffer->contents.bytes)
			return owp_fail(check, OWV_PIPE, OWP_SECTION_PIPE_BUFFER, i, "contents", 0);
	return 0;
}

static int check_handles(struct owp_check *check)
{
	const struct owp_inotify_watch *watch;
	uint64_t i;

	OWP_EACH(check, inotify_watch, INOTIFY_WATCH, i, watch)
		if (watch->handle.bytes > LONGEST_HANDLE)
			return owp_fail(check, OWV_FILE_HANDLE, OWP_SECTION_INOTIFY_WATCH, i,
					"handle", watch->handle.bytes);
	return 0;
}

int owp_check_files(struct owp_check *check)
{
	int rule = check_descriptors(check);

	if (!rule)
		rule = check_open_files(check);
	if (!rule)
		rule = check_pipes(check);
	return rule ? rule : check_handles(check);
}
