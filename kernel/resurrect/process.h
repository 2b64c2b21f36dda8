/* SPDX-License-Identifier: GPL-2.0-only */
/* What a new process does to become one of the plan. None of it uses the C library's state: see sys.h. */
#ifndef PROCESS_H
#define PROCESS_H

#include "executor.h"

/* What the parts of a process's restoration know of it. */
struct self {
	uint32_t index;
	const struct owp_process *process;
	const struct owp_thread *threads; /* the leader first */
	const struct owp_thread *model;   /* the first that is alive: what threads share, it has */
	const struct owp_mm *mm;          /* NULL: none */
	int exe_fd;
	int proc_fd; /* /proc, for what has no system call */
	/* Where a part fails that is of several operations: which it was; 0: the part's own. */
	uint32_t failed_op;
};

/* Does not return. */
void process_main(uint32_t index) __attribute__((noreturn));
/* Ends this process before it is itself, as if it had been killed; its steps are written by the caller. */
void fail_process(void) __attribute__((noreturn));
/* Of a process that is lost before it began: its steps, but for those of the tree, are not tried. */
void skip_process(uint32_t index);
/* Whether the place is to fail for this process (fault.h). */
bool fault_of(const struct self *self, const char *name);

/* 0 or -errno each; ex.child and ex.detail say where. */
typedef int part(struct self *self);

/* descriptors.c */
part install_files, set_directories, set_locks;
/* message_notify.c */
part ask_for_messages;
/* address_space.c */
part make_mm, fill_mm;
/* signals.c */
/* A stopped process whose parent knows it. */
bool was_told_of(const struct owp_process *process);
part set_handlers, set_signals, set_timers;
/* attributes.c */
part set_attributes;
int set_scheduling(const struct owp_thread *thread);
int set_credentials(const struct owp_thread *thread, const struct owp_mm *mm);
int set_confinement(const struct owp_thread *thread);
int pend_signals(struct owp_range signals, int32_t pid, int32_t tid);
/* threads.c */
/* The other threads; they wait for set_threads. */
part make_threads;
/* Sets up all threads, and goes: returns only with an error. */
part set_threads;

#endif
