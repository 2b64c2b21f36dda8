/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named places at which a step can be made to fail, to see that what follows is contained: `ow.fault=NAME` on the crash
 * kernel's command line, or `ow.fault=NAME:N` for the Nth time that the place is passed.
 */
#ifndef FAULT_H
#define FAULT_H

#include <errno.h>
#include <stdbool.h>

/* `name`: what ow.fault= says; empty for none. Kept by reference. */
void choose_fault(const char *name);
bool fault_at(const char *name);

/* -EIO where the fault is chosen, else 0. The names are literals, so that a test finds them all. */
#define FAULT_POINT(name) (fault_at(name) ? -EIO : 0)

#endif
