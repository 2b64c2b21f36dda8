/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the parts of the executor that are no operations. */
#ifndef BRINGUP_H
#define BRINGUP_H

#include <sys/types.h>

#include "executor.h"

/* bringup.c */
const char *option(const char *name, const char *otherwise);
void mount_at(const char *type, const char *where, unsigned long flags, const char *data);
void move_console_up(void);

/* port.c: the line to the host, and lines on the console where there is none */
void port_open(void);
void port_move_up(void);
void port_say(const char *word, const char *text);
void port_send(const char *word, const void *bytes, size_t count);
void stage(const char *name, int64_t since_boot);
/* NULL, and the module has a plan; else why there is none. */
const char *take_plan(int seconds);

/* journal.c */
/* Index of the step that does `op` with `object`; OWP_NONE where the plan has none. */
uint32_t step_of(uint32_t op, uint32_t object);
/* 0 is done, -errno failed; ex.child and ex.detail say where. No step: nothing is written. */
void journal(uint32_t step, int error);
void journal_skipped(uint32_t step);

/* plan.c */
int load_plan(void);
/* Cleared memory that the executor and all its processes share, in a window that they keep to the end; NULL for none. */
void *shared_room(size_t bytes);

/* world.c */
int world(void);

#endif
