// SPDX-License-Identifier: GPL-2.0-only
/* See fault.h. */
#include "fault.h"

#include <stdlib.h>
#include <string.h>

static const char *chosen = "";
static unsigned long passed;

void choose_fault(const char *name)
{
	chosen = name;
	passed = 0;
}

bool fault_at(const char *name)
{
	size_t length = strlen(name);
	unsigned long wanted = 1;

	if (strncmp(chosen, name, length) != 0)
		return false;
	if (chosen[length] == ':')
		wanted = strtoul(chosen + length + 1, NULL, 10);
	else if (chosen[length])
		return false;
	return ++passed == wanted;
}
