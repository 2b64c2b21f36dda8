/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IPC_H
#define IPC_H

#include <stdint.h>

/* The next object of its kind ("shm", "sem", "msg") gets this identifier, if that is free. */
int choose_ipc_id(const char *which, int32_t id);

#endif
