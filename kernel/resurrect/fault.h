/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named places at which a step can be made to fail, to see that what follows is contained: `ow.fault=NAME` on the crash
 * kernel's command line, `ow.fault=NAME:N` for the Nth time that the place is passed, `ow.fault=NAME@PROCESS` where it is
 * passed for a process of that name; several with commas between them. A name begins with that of the operation.
 */
#ifndef FAULT_H
#define FAULT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#define FAULTS_MAX 64

struct fault {
	const char *name; /* not terminated: `length` bytes */
	const char *process; /* likewise; of no bytes: any */
	size_t length, process_length;
	unsigned long wanted, passed;
};

/* `list`: what ow.fault= says; empty for none; kept by reference. `room`: that of FAULTS_MAX, shared by all who pass. */
void choose_faults(const char *list, struct fault *room);
/* Whether the place is to fail for a process of this name. */
bool fault_in(const char *name, const char *process);

/* -EIO where the fault is chosen, else 0. The names are literals, so that a test finds them all. */
#define FAULT_POINT(name) (fault_in(name, "") ? -EIO : 0)

#endif
