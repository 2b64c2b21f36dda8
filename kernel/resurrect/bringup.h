/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the parts of the executor that are no operations. */
#ifndef BRINGUP_H
#define BRINGUP_H

#include <sys/types.h>
#include <time.h>

#include "executor.h"

/* bringup.c */
/* The value of NAME= on the kernel's command line; the last one counts. Static, until the next call. */
const char *option(const char *name, const char *otherwise);
void each_option(const char *name, void (*use)(const char *value));
int64_t clock_ns(clockid_t clock);
/* Nothing can be done: the machine is left as a panicking kernel would leave it. Does not return. */
void give_up(const char *what) __attribute__((noreturn));
/* In a forked process, before it becomes a program of the system's: signals, environment, addresses as after a reboot. */
void prepare_program(void);
void mount_at(const char *type, const char *where, unsigned long flags, const char *data);
void move_console_up(void);

/* port.c: the line to the host, and lines on the console where there is none */
void port_open(void);
bool port_is_there(void);
/* Waits for a host at the other end, and greets it; whether there is one. */
bool port_wait(int milliseconds);
void port_move_up(void);
void port_say(const char *word, const char *text);
/* Nothing where there is no host. */
void port_send(const char *word, const void *bytes, size_t count);
/* All or nothing, within the time: 0 or -errno. */
int port_read(void *to, size_t bytes, int milliseconds);
int port_read_line(char *line, size_t size, int milliseconds);
void stage(const char *name, int64_t since_boot);

/* root.c */
void enter_root(void);

/* own_vdso.c */
/* GNU build id of the vDSO that this kernel gave us; left as it is where there is none. */
void own_vdso(unsigned char build_id[20]);

/* take_plan.c */
/* NULL, and the module has a plan; else why there is none. */
const char *take_plan(void);

/* planner.c */
/* `PROGRAM VMCORE PLAN` on the root disk: NULL, and it has left a plan; else why not. */
const char *run_planner(const char *program, const char *vmcore, const char *plan);

/* journal.c */
/* Index of the step that does `op` with `object`; OWP_NONE where the plan has none. */
uint32_t step_of(uint32_t op, uint32_t object);
/* 0 is done, -errno failed; ex.child and ex.detail say where. No step: nothing is written. */
void journal(uint32_t step, int error);
void journal_skipped(uint32_t step);
/* In the end every step has an entry: those that nobody came to, for it or its process had failed, are skipped. */
void skip_unreached(void);
/* As far as it is written, in memory of its own that has room for `limit` bytes: to be unmapped; NULL. */
char *journal_so_far(size_t *bytes, size_t *limit);

/* plan.c */
int load_plan(void);
/* Cleared memory that the executor and all its processes share, in a window that they keep to the end; NULL for none. */
void *shared_room(size_t bytes);

/* world.c */
int world(void);

/* live.c */
/* What PID 1 of the world does from then on; does not return. */
void live_on(void) __attribute__((noreturn));

/* system.c */
/* What a system's programs expect to be there: file systems of the kernel's, loopback, a name. */
void bring_up(void);

/* login.c */
/* Which consoles get one. */
void choose_logins(void);
/* Begins again what has ended; how many milliseconds there is nothing to do then, -1: until a process ends. */
int keep_logins(void);
void login_ended(pid_t pid);

#endif
