// The zoo: small processes, each holding one kind of thing that a kernel can hold for a process, asleep. Each is
// this program under the name zoo-NAME; one that the kernel cannot hold is skipped with a note.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define MIB (1ul << 20)
#define READY_FD 3 // the pipe to the keeper

struct specimen {
	const char *name; // at most 11 characters, so that zoo-NAME fits in comm
	void (*hold)(void); // sets the thing up, says ready(), and sleeps
};

extern const struct specimen task_specimens[];
extern const struct specimen thread_specimens[];
extern const struct specimen identity_specimens[];
extern const struct specimen memory_specimens[];
extern const struct specimen shared_specimens[];
extern const struct specimen file_specimens[];
extern const struct specimen socket_specimens[];
extern const struct specimen object_specimens[];
extern const struct specimen ring_specimens[];
extern const struct specimen bpf_specimens[];
extern const struct specimen network_specimens[];
extern const struct specimen timer_specimens[];
extern const struct specimen confined_specimens[];
extern const struct specimen zram_specimens[];

// --- keeper.c

void ready(void);
void skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
// Something that is nice to have: says so where it failed, and goes on.
long try(const char *what, long result);
// Something that the specimen is about: skips it where it failed.
long must(const char *what, long result);
void sleep_forever(void) __attribute__((noreturn));
// fork() whose child has a name of its own and not the keeper's pipe.
pid_t child(const char *name);
void put(const char *path, const char *text);
// Fills whole pages with words that tell tag, page and place: no two pages are alike.
void fill(void *at, size_t size, uint32_t tag);
void *map(size_t size, int protection, int flags, int fd, off_t offset);
// A new file with patterned contents.
int make_file(const char *path, size_t size, uint32_t tag);
// The file's contents are worth recording, since nobody maps them.
void remember_cached(const char *path);
