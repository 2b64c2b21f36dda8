/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is done with objects behind their own steps, and what the files that make them share.
 *
 * The order, where it matters:
 *   1. op_* of the stages storage and objects, in the order of the plan's steps;
 *   2. after_objects(), before the first process is forked;
 *   3. the tree of processes; op_open_file of pidfds and of /proc;
 *   4. after_files(): what names processes, or passes files to them;
 *   5. op_watch; lock_of_file() in the executor; in each process, when only its own descriptors are left there:
 *      lock_in_process(), semaphore_undo_of();
 *   6. after_memory(), when all address spaces are laid out and filled;
 *   7. close_objects(), when every process has what it is to have: pipes and sockets see their other ends closed then.
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <time.h>

#include "executor.h"
#include "fault.h"

#define PAGE 4096UL
/* Of descriptions that open(2) made: what the C library leaves out on 64 bits. */
#define KERNEL_LARGEFILE 0100000
/* A record of the plan: RECORD(pipe, PIPE, 3). */
#define RECORD(kind, KIND, index) (OWP_RECORDS(&ex.plan, kind, KIND) + (index))

/* --- behind the steps */

void after_objects(void (*failed)(uint32_t op, uint32_t object, int error));
/* Each 0, or -errno of the first that failed, with its index in *object; goes on with the others. */
int after_files(void (*failed)(uint32_t op, uint32_t object, int error));
int after_memory(void (*failed)(uint32_t op, uint32_t object, int error));
void close_objects(void);

/* sockets_fill.c: what a socket has received, and its shutdown. */
int fill_socket_queue(uint32_t socket);
/* open_files.c: the files in /proc/PID that op_open_file had to put off; F_SETOWN, F_SETSIG, O_ASYNC. */
int open_late_file(uint32_t file);
/* Whether it is opened when the processes are there: they have to fetch it. */
bool is_late(uint32_t file);
int own_file(uint32_t file);
/* locks.c: flock and OFD locks, through ex.file_fd; POSIX locks and leases in the process that `lock.process` names. */
int lock_of_file(uint32_t lock);
int lock_in_process(uint32_t lock);
/* ipc.c: adjustments of `process`, to be called in it. */
int semaphore_undo_of(uint32_t process);
/* memory_objects.c, ipc.c, inotify.c, terminals.c */
/* tmpfs.c. Making a socket or a nameless file in a directory changed its times. */
int settle_tmpfs_times(uint32_t mount);
int seal_shared_memory(uint32_t memory);
int finish_shm_segment(uint32_t segment);
int tell_inotify_events(uint32_t inotify);
int finish_inotify(uint32_t inotify);
int finish_terminal(uint32_t terminal);

/* --- shared by the operations */

/* copy.c. Pages of the plan into a file: through a mapping (files in memory) or by writing. Nothing behind `bytes`. */
int fill_mapped(int fd, uint64_t bytes, struct owp_range pages);
int write_pages(int fd, struct owp_range pages, uint64_t bytes);

/* nameless.c. A file without a name where `path` was, O_RDWR, not moved up; `linkable`: by O_TMPFILE. -errno. */
int make_nameless(const char *path, bool linkable, uint32_t mode, uint32_t uid, uint32_t gid);
int set_owner(int fd, uint32_t mode, uint32_t uid, uint32_t gid);
/* When it was changed and read, once nothing more is written to it; where the plan does not know, it stays as it is. */
int set_times(int fd, struct owp_range times);
/* False: not known. As utimensat(2) takes them. */
bool times_of(struct owp_range times, struct timespec when[2]);

/* storage.c. Inode number that write_back gave to the file anew that had `inode`; 0 where it did not. */
uint64_t remade_inode(uint64_t inode);

/* tmpfs.c. 1: `path` is, or is to be, a name in a tmpfs of the plan; 0: it is in one, and no name there; -1: elsewhere. */
int name_on_tmpfs(const char *path);

/* ipc.c. System V memory that no segment of the plan has, as memory like any other; of a segment's nothing. */
int make_segment_memory(uint32_t memory);

/* memory_objects.c */
int fill_memory_file(int fd, uint32_t memory);
int make_anonymous_memory(uint32_t memory);

/* open_files.c. The first open file description at or behind `from` that leads there; OWP_NONE for none. */
uint32_t find_file(enum owp_file_kind kind, uint32_t target, uint32_t from);
/* A description of its own of what `fd` leads to; moved up; -errno. */
int reopen(int fd, int flags);

/* run_as.c. Who a child is that does something in place of a process that does not exist yet. */
struct as {
	int32_t pid;  /* 0: any */
	uint32_t uid; /* effective; its capabilities stay */
	uint32_t gid;
	int root_fd; /* root directory; -1: ours */
};
#define NOBODY_ELSE ((struct as){ .root_fd = -1 })
/* By its PID, where the plan has it, else `uid`. */
struct as as_process(int32_t pid, uint32_t uid);
/*
 * Runs fn(argument) in a child that shares our descriptors; what it writes to `argument` (`bytes`, at most a page) comes back.
 * 0 or -errno, of fn or of the fork. Where the PID is taken, the child has another.
 */
int run_as(struct as who, int (*fn)(void *), void *argument, size_t bytes);
/* Root directory of a tmpfs that nobody sees; -errno. */
int cellar(void);
void close_cellar(void);

/* Whether objects of this namespace are the executor's to make: the initial one of its kind, or unknown. */
bool is_initial(uint32_t namespace);

#endif
