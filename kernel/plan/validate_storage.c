// SPDX-License-Identifier: GPL-2.0-only
/* Files that are written back, trees of tmpfs, semaphores. */
#include "validate.h"

static int before_by_inode(const void *context, uint32_t a, uint32_t b)
{
	const struct owp_writeback *files = context;

	if (files[a].inode != files[b].inode)
		return files[a].inode < files[b].inode;
	return files[a].device < files[b].device;
}

/* The order of two would decide what the file holds. */
static int check_writeback(struct owp_check *check)
{
	const struct owp_writeback *files = OWP_RECORDS(&check->view, writeback, WRITEBACK);
	uint64_t count = OWP_COUNT(&check->view, WRITEBACK);
	uint32_t *order = (uint32_t *)owp_work(check, 4 * count);

	if (!order)
		return owp_fail(check, OWV_SCRATCH, OWP_SECTION_WRITEBACK, OWP_NO_RECORD, NULL, 0);
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	owp_sort(order, count, before_by_inode, files);
	for (uint32_t i = 1; i < count; i++)
		if (!before_by_inode(files, order[i - 1], order[i]))
			return owp_fail(check, OWV_WRITTEN_TWICE, OWP_SECTION_WRITEBACK, order[i],
					"inode", files[order[i]].inode);
	return 0;
}

static int fail_path(struct owp_check *check, uint64_t index)
{
	return owp_fail(check, OWV_TMPFS_PATH, OWP_SECTION_TMPFS_ENTRY, index, "path", 0);
}

/* From the root, without `.`, `..` and empty names: it leads to nowhere but below the root. */
static int is_plain_path(const unsigned char *path, uint64_t bytes)
{
	uint64_t begin = 1;

	if (!bytes || path[0] != '/')
		return 0;
	if (bytes == 1)
		return 1;
	for (uint64_t at = 1; at <= bytes; at++) {
		if (at < bytes && path[at] != '/')
			continue;
		if (at == begin || (at == begin + 1 && path[begin] == '.') ||
		    (at == begin + 2 && path[begin] == '.' && path[begin + 1] == '.'))
			return 0;
		begin = at + 1;
	}
	return 1;
}

/* Bytes of the path of the directory that a path is in; 1 of what is in the root. */
static uint64_t parent_bytes(const unsigned char *path, uint64_t bytes)
{
	while (bytes > 1 && path[bytes - 1] != '/')
		bytes--;
	return bytes > 1 ? bytes - 1 : 1;
}

/*
 * Each entry is in a directory that stands before it, so that no entry leads through a symbolic
 * link. `directories` has a bit for each string that is the path of a directory of this mount.
 */
static int check_entries(struct owp_check *check, struct owp_range list, unsigned char *directories)
{
	const struct owp_tmpfs_entry *entries = OWP_RECORDS(&check->view, tmpfs_entry, TMPFS_ENTRY);
	uint64_t end = (uint64_t)list.first + list.count;

	for (uint64_t i = list.first; i < end; i++) {
		const unsigned char *path = (const void *)owp_string(&check->view, entries[i].path);
		uint64_t bytes = entries[i].path.bytes;
		uint64_t parent = bytes ? parent_bytes(path, bytes) : 0;
		uint32_t known = check->string_count;

		if (!is_plain_path(path, bytes))
			return fail_path(check, i);
		if (parent > 1)
			known = owp_find_string(check, path, parent);
		if (parent > 1 &&
		    (known == check->string_count || !owp_test_bit(directories, known)))
			return fail_path(check, i);
		if (entries[i].kind == OWP_ENTRY_KIND_DIRECTORY)
			owp_set_bit(directories, owp_find_string(check, path, bytes));
		owp_relax(i);
	}
	/* For the next mount. */
	for (uint64_t i = list.first; i < end; i++) {
		const unsigned char *path = (const void *)owp_string(&check->view, entries[i].path);

		directories[owp_find_string(check, path, entries[i].path.bytes) / 8] = 0;
	}
	return 0;
}

static int check_mounts(struct owp_check *check)
{
	unsigned char *directories = owp_work(check, check->string_count / 8 + 1);
	const struct owp_mount *mount;
	uint64_t i;

	if (!directories)
		return owp_fail(check, OWV_SCRATCH, OWP_SECTION_MOUNT, OWP_NO_RECORD, NULL, 0);
	OWP_EACH(check, mount, MOUNT, i, mount) {
		int rule = check_entries(check, mount->entries, directories);

		if (rule)
			return rule;
	}
	return 0;
}

static int check_semaphores(struct owp_check *check)
{
	const struct owp_semaphore_undo *undo =
		OWP_RECORDS(&check->view, semaphore_undo, SEMAPHORE_UNDO);
	const struct owp_semaphore_set *set;
	uint64_t i;

	OWP_EACH(check, semaphore_set, SEMAPHORE_SET, i, set) {
		uint64_t end = (uint64_t)set->undo.first + set->undo.count;

		for (uint64_t at = set->undo.first; at < end; at++)
			if (undo[at].adjustments.bytes != 2ULL * set->semaphores.count)
				return owp_fail(check, OWV_SEMAPHORE_UNDO,
						OWP_SECTION_SEMAPHORE_UNDO, at, "adjustments",
						undo[at].adjustments.bytes);
	}
	return 0;
}

static int is_whole_time(const struct owp_file_times *times)
{
	return times->mtime_nanoseconds < OWP_SECOND && times->atime_nanoseconds < OWP_SECOND;
}

static int fail_times(struct owp_check *check, uint32_t section, uint64_t index, uint32_t count)
{
	return owp_fail(check, OWV_FILE_TIMES, section, index, "times", count);
}

/* utimensat(2) has values of its own beyond a second. */
static int check_times(struct owp_check *check)
{
	const struct owp_file_times *times;
	const struct owp_inode *inode;
	const struct owp_shared_memory *memory;
	const struct owp_writeback *file;
	const struct owp_tmpfs_entry *entry;
	uint64_t i;

	OWP_EACH(check, file_times, FILE_TIMES, i, times)
		if (!is_whole_time(times))
			return fail_times(check, OWP_SECTION_FILE_TIMES, i,
					  times->mtime_nanoseconds);
	OWP_EACH(check, inode, INODE, i, inode)
		if (inode->times.count > 1)
			return fail_times(check, OWP_SECTION_INODE, i, inode->times.count);
	OWP_EACH(check, shared_memory, SHARED_MEMORY, i, memory)
		if (memory->times.count > 1)
			return fail_times(check, OWP_SECTION_SHARED_MEMORY, i, memory->times.count);
	OWP_EACH(check, writeback, WRITEBACK, i, file)
		if (file->times.count > 1)
			return fail_times(check, OWP_SECTION_WRITEBACK, i, file->times.count);
	OWP_EACH(check, tmpfs_entry, TMPFS_ENTRY, i, entry)
		if (entry->times.count > 1)
			return fail_times(check, OWP_SECTION_TMPFS_ENTRY, i, entry->times.count);
	return 0;
}

int owp_check_storage(struct owp_check *check)
{
	int rule = check_times(check);

	if (!rule)
		rule = check_writeback(check);

	if (!rule)
		rule = check_mounts(check);
	return rule ? rule : check_semaphores(check);
}
