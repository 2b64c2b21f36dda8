// Reading /proc: whole files, links, directories.

#define _GNU_SOURCE
#include "record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *scratch;
static size_t scratch_size;

char *slurp(int dir, const char *path, size_t *size)
{
	// O_NONBLOCK: some files (kmsg, trace pipes) would wait for more.
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t n = 0;
	if (fd < 0)
		return NULL;
	for (;;) {
		if (scratch_size - n < 65536) {
			scratch_size = scratch_size ? scratch_size * 2 : 1 << 20;
			scratch = realloc(scratch, scratch_size + 1);
			if (!scratch)
				die("memory");
		}
		ssize_t got = read(fd, scratch + n, scratch_size - n < 65536 * 4 ? scratch_size - n : 65536 * 4);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && n == 0) {
			close(fd);
			return NULL;
		}
		if (got <= 0)
			break;
		n += got;
	}
	close(fd);
	scratch[n] = 0;
	*size = n;
	return scratch;
}

void copy_file(int dir, const char *path, const char *key)
{
	size_t size;
	char *text = slurp(dir, path, &size);
	if (text)
		out_record(KIND_FILE, key, text, size);
}

void copy_link(int dir, const char *path, const char *key)
{
	char target[8192];
	ssize_t n = readlinkat(dir, path, target, sizeof(target));
	if (n >= 0)
		out_record(KIND_LINK, key, target, n);
}

struct dirent64_raw {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

void each_entry(int dir, const char *path, entry_fn *fn, void *context)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char block[16384];
	long n;
	if (fd < 0)
		return;
	while ((n = syscall(SYS_getdents64, fd, block, sizeof(block))) > 0) {
		for (long at = 0; at < n;) {
			struct dirent64_raw *entry = (void *)(block + at);
			at += entry->reclen;
			if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
				fn(fd, entry->name, context);
		}
	}
	close(fd);
}

bool is_number(const char *name)
{
	return name[0] && strspn(name, "0123456789") == strlen(name);
}
