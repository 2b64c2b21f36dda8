// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../plan/crc32.h"
#include "input.h"

static void *allocate(size_t bytes)
{
	void *memory = malloc(bytes ? bytes : 1);

	if (!memory) {
		perror("malloc");
		exit(2);
	}
	return memory;
}

/*
 * Memory that ends where it is said to; it is not clear, so that whoever takes it for clear is
 * found out.
 */
static void *scratch(size_t bytes)
{
	static unsigned char *memory;
	static size_t most;

	if (bytes > most) {
		free(memory);
		most = bytes;
		memory = allocate(most);
		memset(memory, 0xa5, most);
	}
	return memory + most - bytes;
}

size_t test_skew, test_lack;

static struct owp_view view;
static unsigned char *copy;
static size_t skewed;

const struct owp_view *validated(void)
{
	return &view;
}

int validate_copy(const unsigned char *bytes, size_t count, const struct owp_machine *machine,
		  int format, struct ow_fault *fault)
{
	struct owp_machine with_scratch = *machine;
	int rule;

	free(copy ? copy - skewed : NULL);
	skewed = test_skew;
	copy = (unsigned char *)allocate(count + skewed) + skewed;
	memcpy(copy, bytes, count);
	memset(&view, 0, sizeof(view));
	with_scratch.scratch_bytes = owp_scratch_bytes(copy, count);
	with_scratch.scratch = scratch(with_scratch.scratch_bytes);
	with_scratch.scratch_bytes -= test_lack;
	rule = (format ? owp_validate_format : owp_validate)(copy, count, &with_scratch, &view,
							     fault);
	if ((rule == 0) != (view.base == copy) ||
	    (rule && (fault->rule != (unsigned int)rule || !fault->reason[0]))) {
		fprintf(stderr, "the view is filled where the plan is refused, or the fault does "
				"not tell why\n");
		abort();
	}
	return rule;
}

void seal(unsigned char *bytes, size_t count)
{
	struct owp_header *header = (struct owp_header *)bytes;
	struct owp_section_entry *entry = (struct owp_section_entry *)(header + 1);
	uint32_t room;

	if (count < sizeof(*header))
		return;
	room = (count - sizeof(*header)) / sizeof(*entry);
	if (header->sections < room)
		room = header->sections;
	for (uint32_t i = 0; i < room; i++, entry++) {
		if (!entry->record_bytes || entry->offset > count ||
		    entry->count > (count - entry->offset) / entry->record_bytes)
			continue;
		entry->checksum =
			owp_crc32(0, bytes + entry->offset, entry->count * entry->record_bytes);
	}
	header->checksum = 0;
	header->checksum = owp_crc32(0, bytes, sizeof(*header) + room * sizeof(*entry));
}
