// The record stream. O_DIRECT, so that the record itself leaves no trace in the page cache.

#define _GNU_SOURCE
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK (1u << 20)
#define FIRST 4096u // the header's block; written last, so that its magic means "complete"

struct header {
	uint32_t magic;
	uint16_t kind;
	uint16_t pass;
	uint32_t key_size;
	uint32_t reserved;
	uint64_t data_size;
};

unsigned current_pass;

static int disk = -1;
static char *buffer;
static size_t filled;
static uint64_t written;

void die(const char *what)
{
	printf("ow: FATAL recorder, %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

void note(const char *format, ...)
{
	va_list args;
	printf("ow: note: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

static void *pages(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p == MAP_FAILED)
		die("memory");
	return p;
}

void out_open(const char *path)
{
	disk = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	if (disk < 0)
		die(path);
	buffer = pages(CHUNK);
}

static void flush(size_t size)
{
	if (pwrite(disk, buffer, size, FIRST + written) != (ssize_t)size)
		die("writing the truth disk (is it full?)");
	written += size;
	filled = 0;
}

static void push(const void *data, size_t size)
{
	const char *from = data;
	while (size > 0) {
		size_t n = CHUNK - filled < size ? CHUNK - filled : size;
		memcpy(buffer + filled, from, n);
		filled += n;
		from += n;
		size -= n;
		if (filled == CHUNK)
			flush(CHUNK);
	}
}

void out_record(enum kind kind, const char *key, const void *data, size_t size)
{
	static const char zero[8];
	struct header header = {
		.magic = 0x3152574f, // "OWR1"
		.kind = kind,
		.pass = current_pass,
		.key_size = strlen(key),
		.data_size = size,
	};
	push(&header, sizeof(header));
	push(key, header.key_size);
	push(data, size);
	push(zero, -(header.key_size + size) & 7);
}

void out_text(const char *key, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	out_record(KIND_FILE, key, text, n < (int)sizeof(text) ? n : (int)sizeof(text) - 1);
}

void out_close(void)
{
	out_record(KIND_END, "", "", 0);
	uint64_t total = written + filled;
	flush((filled + FIRST - 1) / FIRST * FIRST);
	memset(buffer, 0, FIRST);
	memcpy(buffer, "OWTRUTH1", 8);
	memcpy(buffer + 8, &total, 8);
	if (pwrite(disk, buffer, FIRST, 0) != FIRST || fsync(disk) < 0)
		die("closing the truth disk");
}
