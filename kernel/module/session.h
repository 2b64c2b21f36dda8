/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the module share. */
#ifndef OTHERWORLD_MODULE_H
#define OTHERWORLD_MODULE_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "../plan/dead_kernel.h"
#include "../plan/plan_view.h"
#include "../uapi/otherworld.h"

/* A process of the plan on its way: its threads gather in lseek(2). */
struct ow_departure {
	pid_t tgid; /* in the initial namespace; 0: not declared */
	u32 expected;
	u32 arrived;
	bool empty; /* what the executor occupied is unmapped */
	struct ow_go go;
};

/* One resurrection; there is one in the life of a crash kernel. */
struct ow_session {
	struct mutex lock; /* of all below but what the wait queue guards */
	void *plan;        /* vmalloc_user(): the validated bytes, that user space may map */
	u64 bytes;
	struct owp_view view;
	struct ow_departure *departures; /* by process */
	wait_queue_head_t wait;
	bool released;
};

extern struct ow_session ow_session;

/* core_header.c */
extern struct owp_dead_kernel ow_dead;
int ow_read_dead_kernel(void);
void ow_dead_kernel_exit(void);
const struct owp_memory *ow_dead_ram(u32 *count);
bool ow_was_ram(u64 start, u64 bytes);

/* machine.c */
/* What the plan is held to. `own` is to be freed with kfree(). */
int ow_describe_machine(struct owp_machine *machine);

/* old_memory.c */
/* The dead kernel's frame, readable until ow_old_memory_exit(); ERR_PTR where it is not old memory. */
const void *ow_old_frame(u64 pfn);
/* The same by its address; NULL. */
const void *ow_old_page(u64 address);
void ow_old_memory_exit(void);

/* copy.c */
long ow_copy_runs(struct ow_copy_runs __user *argument);

/* departure.c */
long ow_declare(const struct ow_go __user *argument);
long ow_wait(const struct ow_wait __user *argument);
long ow_release(void);
/* Does not come back but in the registers of the plan. Returns what ax is to be. */
loff_t ow_depart(u64 thread);

/* journal.c */
int ow_journal_begin(u64 plan_bytes);
long ow_journal_write(const struct ow_journal __user *argument);
ssize_t ow_journal_read(char __user *to, size_t bytes, loff_t *position);
void ow_journal_end(void);

#endif
