// SPDX-License-Identifier: GPL-2.0-only
/* tmpfs: what was in them was in memory alone. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "objects.h"

/* While one is filled: entries by inode number, so that a second name becomes a link; and which entries are ours to undo. */
struct filling {
	const struct owp_tmpfs_entry *entries;
	uint32_t count;
	int root_fd;
	uint32_t *by_inode; /* index + 1; open addressing */
	uint32_t slots;
	bool *made;
};

static const char *inside(struct owp_text path)
{
	const char *name = owp_string(&ex.plan, path);

	while (*name == '/')
		name++;
	return *name ? name : ".";
}

/* The entry that has the inode already; else this one has it from now on. OWP_NONE: it had none. */
static uint32_t first_name(struct filling *fs, uint32_t index)
{
	uint64_t inode = fs->entries[index].inode;
	uint32_t slot = (inode * 0x9e3779b97f4a7c15ULL >> 32) & (fs->slots - 1);

	for (; fs->by_inode[slot]; slot = (slot + 1) & (fs->slots - 1)) {
		if (fs->entries[fs->by_inode[slot] - 1].inode == inode)
			return fs->by_inode[slot] - 1;
	}
	fs->by_inode[slot] = index + 1;
	return OWP_NONE;
}

static int make_regular(int root_fd, const char *name, const struct owp_tmpfs_entry *entry)
{
	int fd = openat(root_fd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error = FAULT_POINT("fill_tmpfs.contents");

	if (fd < 0)
		return -errno;
	if (!error && entry->memory != OWP_NONE)
		error = fill_memory_file(fd, entry->memory);
	close(fd);
	if (error)
		unlinkat(root_fd, name, 0);
	return error;
}

static int make_node(int root_fd, const char *name, const struct owp_tmpfs_entry *entry)
{
	/* dev_t of the plan: major << 20 | minor. */
	dev_t device = makedev(entry->rdev >> 20, entry->rdev & 0xfffff);

	switch (entry->kind) {
	case OWP_ENTRY_KIND_DIRECTORY:
		return mkdirat(root_fd, name, 0700) < 0 ? -errno : 0;
	case OWP_ENTRY_KIND_SYMLINK:
		return symlinkat(owp_string(&ex.plan, entry->target), root_fd, name) < 0 ? -errno : 0;
	case OWP_ENTRY_KIND_FIFO:
		return mknodat(root_fd, name, S_IFIFO | 0600, 0) < 0 ? -errno : 0;
	case OWP_ENTRY_KIND_SOCKET:
		return mknodat(root_fd, name, S_IFSOCK | 0600, 0) < 0 ? -errno : 0;
	case OWP_ENTRY_KIND_CHAR:
		return mknodat(root_fd, name, S_IFCHR | 0600, device) < 0 ? -errno : 0;
	case OWP_ENTRY_KIND_BLOCK:
		return mknodat(root_fd, name, S_IFBLK | 0600, device) < 0 ? -errno : 0;
	default:
		return make_regular(root_fd, name, entry);
	}
}

static int settle_node(int root_fd, const char *name, const struct owp_tmpfs_entry *entry)
{
	if (fchownat(root_fd, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (entry->kind != OWP_ENTRY_KIND_SYMLINK && fchmodat(root_fd, name, entry->mode & 07777, 0) < 0)
		return -errno;
	return 0;
}

static int make_entry(struct filling *fs, uint32_t index)
{
	const struct owp_tmpfs_entry *entry = fs->entries + index;
	const char *name = inside(entry->path);
	uint32_t first = first_name(fs, index);
	int error = FAULT_POINT("fill_tmpfs.entry");
	struct stat there;

	if (error)
		return error;
	if (fstatat(fs->root_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0) {
		/* Made when the world came up: directories are filled, what else there is gives way. */
		if (S_ISDIR(there.st_mode) && entry->kind == OWP_ENTRY_KIND_DIRECTORY)
			return settle_node(fs->root_fd, name, entry);
		if (unlinkat(fs->root_fd, name, S_ISDIR(there.st_mode) ? AT_REMOVEDIR : 0) < 0)
			return -errno;
	}
	if (first != OWP_NONE)
		error = linkat(fs->root_fd, inside(fs->entries[first].path), fs->root_fd, name, 0) < 0 ? -errno : 0;
	else
		error = make_node(fs->root_fd, name, entry);
	fs->made[index] = !error;
	return error || first != OWP_NONE ? error : settle_node(fs->root_fd, name, entry);
}

/* When all is in its place: what is made in a directory changes its times. */
static int settle_times(const struct owp_mount *mount, int root_fd)
{
	const struct owp_tmpfs_entry *entries = RECORD(tmpfs_entry, TMPFS_ENTRY, mount->entries.first);

	for (uint32_t i = 0; i < mount->entries.count; i++) {
		struct timespec when[2];

		if (times_of(entries[i].times, when) &&
		    utimensat(root_fd, inside(entries[i].path), when, AT_SYMLINK_NOFOLLOW) < 0) {
			ex.child = i;
			return -errno;
		}
	}
	return 0;
}

static void undo(const struct filling *fs, uint32_t index)
{
	while (index--) {
		const struct owp_tmpfs_entry *entry = fs->entries + index;

		if (fs->made[index])
			unlinkat(fs->root_fd, inside(entry->path),
				 entry->kind == OWP_ENTRY_KIND_DIRECTORY ? AT_REMOVEDIR : 0);
	}
}

static int fill(const struct owp_mount *mount, int root_fd)
{
	struct filling fs = {
		.entries = RECORD(tmpfs_entry, TMPFS_ENTRY, mount->entries.first),
		.count = mount->entries.count,
		.root_fd = root_fd,
		.slots = 16,
	};
	int error = 0;

	while (fs.slots < 2 * fs.count)
		fs.slots *= 2;
	fs.by_inode = calloc(fs.slots, sizeof(*fs.by_inode));
	fs.made = calloc(fs.count + 1, sizeof(*fs.made));
	if (!fs.by_inode || !fs.made)
		error = -ENOMEM;
	for (uint32_t i = 0; !error && i < fs.count; i++) {
		error = make_entry(&fs, i);
		if (error) {
			ex.child = i;
			undo(&fs, i + 1);
		}
	}
	free(fs.by_inode);
	free(fs.made);
	return error ? error : settle_times(mount, root_fd);
}

/* Options of a superblock as mountinfo gives them; `ro` and `rw` are flags to mount(2). */
static bool split_options(const char *options, char *data, size_t room)
{
	bool read_only = false;

	*data = 0;
	for (const char *at = options; *at;) {
		size_t length = strcspn(at, ",");

		if (length == 2 && strncmp(at, "ro", 2) == 0)
			read_only = true;
		else if (length && !(length == 2 && strncmp(at, "rw", 2) == 0) && strlen(data) + length + 2 < room)
			snprintf(data + strlen(data), room - strlen(data), "%s%.*s", *data ? "," : "", (int)length, at);
		at += length + (at[length] == ',');
	}
	return read_only;
}

/* Whether a tmpfs is mounted there, not merely around it. */
static bool is_mounted(const char *path)
{
	char above[PATH_MAX];
	struct stat here, parent;
	struct statfs fs;

	snprintf(above, sizeof(above), "%s/..", path);
	return statfs(path, &fs) == 0 && fs.f_type == TMPFS_MAGIC && stat(path, &here) == 0 && stat(above, &parent) == 0 &&
	       here.st_dev != parent.st_dev;
}

/* `made`: the last one was not there. */
static int make_directories(const char *path, bool *made)
{
	char part[PATH_MAX];

	if (strlen(path) >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= strlen(path); i++) {
		if (path[i] && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		*made = mkdir(part, 0755) == 0;
		if (!*made && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int op_fill_tmpfs(uint32_t object)
{
	const struct owp_mount *fs = RECORD(mount, MOUNT, object);
	const char *path = owp_string(&ex.plan, fs->path);
	bool mounted = is_mounted(path), made = false;
	int error = FAULT_POINT("fill_tmpfs.mount");
	char data[1024];
	bool read_only = split_options(owp_string(&ex.plan, fs->options), data, sizeof(data));
	int root_fd;

	if (!error)
		error = path[0] == '/' ? make_directories(path, &made) : -ENOENT;
	if (error)
		return error;
	if (mount("tmpfs", path, "tmpfs", mounted ? MS_REMOUNT : 0, data) < 0) {
		if (!mounted)
			return -errno;
		complain("note: %s keeps its options: %s", path, strerror(errno));
	}
	root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	error = root_fd < 0 ? -errno : fill(fs, root_fd);
	if (root_fd >= 0)
		close(root_fd);
	if (error && !mounted)
		umount2(path, MNT_DETACH);
	if (error && made)
		rmdir(path);
	if (!error && read_only && mount("tmpfs", path, "tmpfs", MS_REMOUNT | MS_RDONLY, data) < 0)
		complain("note: %s stays writable: %s", path, strerror(errno));
	return error;
}

int settle_tmpfs_times(uint32_t object)
{
	const struct owp_mount *fs = RECORD(mount, MOUNT, object);
	int root_fd = open(owp_string(&ex.plan, fs->path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error = root_fd < 0 ? -errno : settle_times(fs, root_fd);

	if (root_fd >= 0)
		close(root_fd);
	/* Not filled, which its step told; or mounted to be read only, and nobody has made anything in it. */
	return error == -ENOENT || error == -EROFS ? 0 : error;
}

/* /var/run/x is /run/x, and //tmp//x is /tmp/x: what the directory is called by itself, and the name in it. */
static void resolve(const char *path, char resolved[PATH_MAX])
{
	char directory[PATH_MAX], found[PATH_MAX];
	const char *name = strrchr(path, '/');

	snprintf(directory, sizeof(directory), "%.*s/", name ? (int)(name - path) : 0, path);
	if (name && realpath(directory, found))
		snprintf(resolved, PATH_MAX, "%s%s", strcmp(found, "/") ? found : "", name);
	else
		snprintf(resolved, PATH_MAX, "%s", path);
}

int name_on_tmpfs(const char *name)
{
	char path[PATH_MAX];
	const struct owp_mount *mounts = RECORD(mount, MOUNT, 0);
	const struct owp_mount *best = NULL;
	size_t longest = 0;

	resolve(name, path);
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, MOUNT); i++) {
		const char *at = owp_string(&ex.plan, mounts[i].path);
		size_t length = strlen(at);

		if (length > longest && strncmp(path, at, length) == 0 && path[length] == '/') {
			longest = length;
			best = mounts + i;
		}
	}
	if (!best)
		return -1;
	for (uint32_t i = 0; i < best->entries.count; i++) {
		const struct owp_tmpfs_entry *entry = RECORD(tmpfs_entry, TMPFS_ENTRY, best->entries.first + i);

		if (strcmp(owp_string(&ex.plan, entry->path), path + longest) == 0)
			return 1;
	}
	return 0;
}
