// SPDX-License-Identifier: GPL-2.0-only
/* Whose plan it is: the kernel and the death that it is for. */
#include "validate.h"

static int fail(struct owp_check *check, enum owp_rule rule, const char *field, uint64_t value)
{
	return owp_fail(check, rule, 0, OWP_NO_RECORD, field, value);
}

static int is_zero(const unsigned char *bytes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (bytes[i])
			return 0;
	return 1;
}

static int check_release(struct owp_check *check, const struct owp_header *header)
{
	const char *died = check->machine->release;
	uint32_t size = sizeof(header->release);

	if (!header->release[0] || header->release[size - 1])
		return fail(check, OWV_RELEASE_NAMED, "release", 0);
	if (died && (strlen(died) >= size || memcmp(died, header->release, strlen(died) + 1)))
		return fail(check, OWV_RELEASE_OTHER, "release", 0);
	return 0;
}

int owp_check_header(struct owp_check *check)
{
	const struct owp_header *header = owp_header_of(&check->view);
	const struct owp_machine *machine = check->machine;
	uint32_t levels = header->paging_levels;
	int rule = check_release(check, header);

	if (rule)
		return rule;
	if (is_zero(header->identity, sizeof(header->identity)))
		return fail(check, OWV_IDENTITY_KNOWN, "identity", 0);
	if (machine->identity &&
	    memcmp(machine->identity, header->identity, sizeof(header->identity)))
		return fail(check, OWV_IDENTITY_OTHER, "identity", 0);
	if ((levels != 4 && levels != 5) ||
	    (machine->paging_levels && machine->paging_levels != levels))
		return fail(check, OWV_PAGING_LEVELS, "paging_levels", levels);
	return 0;
}
