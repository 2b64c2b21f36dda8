/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel says of the objects that were made, one line each. */
#ifndef OBJECTS_FACTS_H
#define OBJECTS_FACTS_H

#include "../resurrect/objects.h"

void print_facts(void);

#endif
