/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RESTART_H
#define RESTART_H

#include "executor.h"

/*
 * For a thread that was in a system call which goes on with what time is left (ERESTART_RESTARTBLOCK): makes the call, in this
 * thread, and has it interrupted; then the kernel holds what it needs to go on, and restart_syscall(2) does.
 */
int prepare_restart(const struct owp_thread *thread);
/* What came of it, as bits for the departure (OW_RESTART_READY, OW_CALL_ENDED); 0: the call is made anew, from its beginning. */
uint64_t restart_bits(const struct owp_thread *thread);

#endif
