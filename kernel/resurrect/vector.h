/* SPDX-License-Identifier: GPL-2.0-only */
/* Vector registers: FXSAVE and XSAVE images of the plan. */
#ifndef VECTOR_H
#define VECTOR_H

#include "executor.h"

#define VECTOR_STATE_BYTES 16384 /* AMX has 8 KiB of tiles */

/* An image that this CPU loads, in `room`, VECTOR_STATE_BYTES aligned to 64; NULL for none. */
void *vector_state_of(const struct owp_thread *thread, void *room);
void load_vector_state(const struct owp_thread *thread, const void *state);

#endif
