/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree of processes, and the places where they wait for one another. All that is shared between the executor and the
 * processes that it forks lies in memory that they share.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where processes gather: who comes waits until all have come. */
enum gathering {
	GATHER_BORN,   /* every process has its ids: groups can be joined, and be in the foreground */
	GATHER_GROUPS, /* every process is in its group, and terminals have theirs: stand-ins can end */
	GATHER_FILES,  /* files that are of processes are open: the executor opens this one */
	GATHERINGS,
};

struct tree {
	uint32_t expected;  /* processes that are made, stand-ins too */
	volatile uint32_t come[GATHERINGS];
	volatile uint32_t gone; /* of expected: ended before their time, or failed */
	volatile uint32_t open[GATHERINGS];
	int32_t free_pid; /* for go-betweens: counted down from where no process is */
};

extern struct tree *tree;

int make_tree(void);
/* Waits until all that are left have come, or for so long. */
void gather(enum gathering where, uint32_t milliseconds);
/* Lets all pass who wait there. */
void let(enum gathering where);
/* Comes and waits. */
void come_and_wait(enum gathering where);

#endif
