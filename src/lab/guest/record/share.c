// What tasks and descriptors share, by kcmp(2): its answers order the objects, so sorting finds the equal ones.

#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct item {
	int pid; // for tasks: the thread's id
	int fd;
	dev_t dev;
	ino_t ino;
};

static struct item *items;
static size_t item_count, item_room;
static int kcmp_type;

static void add(struct item item)
{
	if (item_count == item_room) {
		item_room = item_room ? item_room * 2 : 4096;
		items = realloc(items, item_room * sizeof(*items));
		if (!items)
			die("memory");
	}
	items[item_count++] = item;
}

static int compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (kcmp_type == 0 && x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (kcmp_type == 0 && x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	long order = syscall(SYS_kcmp, x->pid, y->pid, kcmp_type, x->fd, y->fd);
	return order == 1 ? -1 : order == 2 ? 1 : 0;
}

// One line for each set of two or more that are the same object.
static void write_groups(const char *key)
{
	size_t room = item_count * 24 + 16, n = 0;
	char *text = malloc(room);
	qsort(items, item_count, sizeof(*items), compare);
	for (size_t i = 0; i < item_count;) {
		size_t end = i + 1;
		while (end < item_count && compare(&items[i], &items[end]) == 0)
			end++;
		for (size_t j = i; end - i > 1 && j < end; j++) {
			n += kcmp_type == 0 ? sprintf(text + n, "%d:%d", items[j].pid, items[j].fd) :
					      sprintf(text + n, "%d", items[j].pid);
			text[n++] = j + 1 < end ? ' ' : '\n';
		}
		i = end;
	}
	out_record(KIND_FILE, key, text, n);
	free(text);
}

static void fd_item(int dir, const char *name, void *pid)
{
	struct stat st;
	if (fstatat(dir, name, &st, 0) == 0)
		add((struct item){ .pid = atoi(pid), .fd = atoi(name), .dev = st.st_dev, .ino = st.st_ino });
}

static void process_fds(int proc, const char *pid, void *unused)
{
	char path[64];
	(void)unused;
	snprintf(path, sizeof(path), "%s/fd", pid);
	if (is_number(pid) && atoi(pid) != getpid())
		each_entry(proc, path, fd_item, (void *)pid);
}

static void thread_item(int dir, const char *tid, void *unused)
{
	(void)dir;
	(void)unused;
	add((struct item){ .pid = atoi(tid) });
}

static void process_threads(int proc, const char *pid, void *unused)
{
	char path[64], exe[4];
	(void)unused;
	snprintf(path, sizeof(path), "%s/exe", pid);
	if (!is_number(pid) || readlinkat(proc, path, exe, sizeof(exe)) < 0)
		return; // kernel threads share everything with each other
	snprintf(path, sizeof(path), "%s/task", pid);
	each_entry(proc, path, thread_item, NULL);
}

void record_shared(void)
{
	static const char *const names[] = { "files", "vm", "fdtable", "fs", "sighand", "io", "sysvsem" };
	kcmp_type = 0;
	item_count = 0;
	each_entry(AT_FDCWD, "/proc", process_fds, NULL);
	if (syscall(SYS_kcmp, getpid(), getpid(), 1, 0, 0) < 0)
		return note("no kcmp in this kernel: what is shared is not recorded");
	write_groups("shared/files");
	item_count = 0;
	each_entry(AT_FDCWD, "/proc", process_threads, NULL);
	for (kcmp_type = 1; kcmp_type < 7; kcmp_type++) {
		char key[64];
		snprintf(key, sizeof(key), "shared/%s", names[kcmp_type]);
		write_groups(key);
	}
}
