/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The executor: a static program, PID 1 of the world that the resurrected live in. It carries out the steps of a validated
 * plan by ordinary system calls, in itself (objects) and in the processes that it forks (everything else), and asks the
 * module for what system calls cannot do. See docs/resurrection.md.
 */
#ifndef EXECUTOR_H
#define EXECUTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../plan/plan_view.h"
#include "../uapi/otherworld.h"
#include "../uapi/restore_plan.h"

struct executor {
	struct owp_view plan;
	int device;      /* /dev/otherworld */
	int fd_base;     /* descriptors of the executor's own: from it to before fd_limit no process has any */
	int fd_limit;
	bool planned_here; /* no host has the plan */
	/* By index of the object: a descriptor of the executor, or -1 where it is not made (yet). Forked processes inherit them. */
	int *file_fd;          /* owp_file: THE open file description: every descriptor of the plan is a dup of it */
	int *inode_fd;         /* owp_inode: of deleted files O_RDWR on the file made anew; else -1 */
	int *shared_memory_fd; /* owp_shared_memory: O_RDWR; of System V segments -1: they are attached by id */
	int *shm_id;           /* owp_shared_memory of kind system_v: id of its segment */
	int (*pipe_fd)[2];     /* owp_pipe: read end, write end */
	int *terminal_fd;      /* owp_terminal */
	int *socket_fd;        /* owp_socket */
	int *object_fd[8];     /* eventfd, epoll, timerfd, signalfd, inotify, message_queue: see enum object_kind */
	/* Where the step that is being carried out stands: for its journal entry. */
	int32_t child;
	uint64_t detail;
};

enum object_kind { OBJECT_EVENTFD, OBJECT_EPOLL, OBJECT_TIMERFD, OBJECT_SIGNALFD, OBJECT_INOTIFY, OBJECT_MESSAGE_QUEUE };

extern struct executor ex;

/* An operation: 0, or -errno. `object` is the index that the step names. Runs with all rights in the executor. */
typedef int operation(uint32_t object);

/* operations.c */
/* NULL: the executor does not do it itself. */
operation *operation_of(uint32_t op);

/* storage.c */
operation op_write_back, op_fill_tmpfs;
/* memory_objects.c */
operation op_make_shared_memory, op_make_shm_segment, op_make_semaphores, op_make_message_queue;
/* terminals.c */
operation op_make_terminal;
/* pipes.c, sockets.c, events.c */
operation op_make_pipe, op_make_socket, op_make_eventfd, op_make_timerfd, op_make_signalfd, op_make_inotify, op_make_epoll, op_watch;
/* open_files.c */
operation op_open_inode, op_open_file;

/* device.c */
void open_swap_areas(void);
void close_swap_areas(void);
/* Copies pages of the dead kernel to `to + run.address - origin`: 0 or -errno. */
int copy_runs(struct owp_range runs, void *to, uint64_t origin);
/* clock.c */
/* Nanoseconds since the kernel died, as the world's clock goes on; in any process. */
int64_t since_death(void);
/* own_descriptors.c */
/* Opens a file among the executor's descriptors, in any process; -errno. */
int open_up(const char *path, int flags);
/* Moves a descriptor out of the way of the plan's, close-on-exec; -errno stays what it is. */
int move_up(int fd);
/* bringup.c */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
