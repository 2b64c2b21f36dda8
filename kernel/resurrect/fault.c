// SPDX-License-Identifier: GPL-2.0-only
/* See fault.h. */
#include "fault.h"

#include <stdlib.h>
#include <string.h>

static struct fault *faults;
static unsigned fault_count;

static struct fault parse(const char *at, size_t length)
{
	const char *end = at + length, *process = memchr(at, '@', length);
	const char *times = memchr(at, ':', length), *name_end = process ? process : times ? times : end;
	struct fault fault = { .name = at, .length = name_end - at, .process = end, .wanted = 1 };

	if (process) {
		fault.process = process + 1;
		fault.process_length = (times ? times : end) - fault.process;
	}
	if (times)
		fault.wanted = strtoul(times + 1, NULL, 10);
	return fault;
}

void choose_faults(const char *list, struct fault *room)
{
	size_t length;

	faults = room;
	for (fault_count = 0; room && *list && fault_count < FAULTS_MAX; list += length + (list[length] == ',')) {
		length = strcspn(list, ",");
		faults[fault_count++] = parse(list, length);
	}
}

static bool is(const char *name, const char *part, size_t length)
{
	return strlen(name) == length && strncmp(name, part, length) == 0;
}

bool fault_in(const char *name, const char *process)
{
	bool fails = false;

	for (unsigned i = 0; i < fault_count; i++) {
		struct fault *fault = &faults[i];

		if (!is(name, fault->name, fault->length))
			continue;
		if (fault->process_length && !is(process, fault->process, fault->process_length))
			continue;
		fails |= __atomic_add_fetch(&fault->passed, 1, __ATOMIC_SEQ_CST) == fault->wanted;
	}
	return fails;
}
