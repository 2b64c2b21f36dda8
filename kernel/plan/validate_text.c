// SPDX-License-Identifier: GPL-2.0-only
/* Strings: each once, in the order of first use, with a NUL behind it and none within. */
#include "validate.h"

static const unsigned char *strings(const struct owp_check *check)
{
	return check->view.section[OWP_SECTION_STRINGS].records;
}

/* Of the string that begins at `starts[index]`, without its NUL. */
static uint64_t length_of(const struct owp_check *check, uint32_t index)
{
	uint64_t next =
		index + 1 < check->string_count ? check->starts[index + 1] : check->strings_end;

	return next - check->starts[index] - 1;
}

/* The string that begins there, as an index in `starts`; string_count where none does. */
static uint32_t string_at(const struct owp_check *check, uint32_t offset)
{
	uint32_t low = 0, high = check->string_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (check->starts[middle] < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < check->string_count && check->starts[low] == offset ? low
									 : check->string_count;
}

int owp_check_text(struct owp_check *check, const struct owp_text *text, uint32_t section,
		   uint64_t record, const char *field)
{
	uint64_t size = check->view.section[OWP_SECTION_STRINGS].count;
	uint64_t end = (uint64_t)text->offset + text->bytes;
	uint32_t known;

	if (!text->bytes)
		return text->offset ? owp_fail(check, OWV_TEXT_PLACE, section, record, field,
					       text->offset)
				    : 0;
	known = string_at(check, text->offset);
	if (known < check->string_count)
		return length_of(check, known) == text->bytes
			       ? 0
			       : owp_fail(check, OWV_TEXT_PLACE, section, record, field,
					  text->offset);
	if (text->offset != check->strings_end)
		return owp_fail(check, OWV_TEXT_PLACE, section, record, field, text->offset);
	if (end >= size || strings(check)[end])
		return owp_fail(check, OWV_TEXT_END, section, record, field, end);
	/* There is a place for each NUL of the section. */
	if (check->string_count == check->string_room)
		return owp_fail(check, OWV_SCRATCH, section, record, field, check->string_room);
	check->starts[check->string_count++] = text->offset;
	check->strings_end = end + 1;
	return 0;
}

/* By length, then by contents. */
static int compare(const struct owp_check *check, uint32_t a, uint32_t b)
{
	uint64_t of_a = length_of(check, a), of_b = length_of(check, b);

	if (of_a != of_b)
		return of_a < of_b ? -1 : 1;
	return memcmp(strings(check) + check->starts[a], strings(check) + check->starts[b], of_a);
}

static int before(const void *context, uint32_t a, uint32_t b)
{
	return compare(context, a, b) < 0;
}

int owp_check_strings(struct owp_check *check)
{
	for (uint32_t i = 0; i < check->string_count; i++)
		check->sorted[i] = i;
	owp_sort(check->sorted, check->string_count, before, check);
	for (uint32_t i = 1; i < check->string_count; i++)
		if (compare(check, check->sorted[i - 1], check->sorted[i]) == 0)
			return owp_fail(check, OWV_TEXT_TWICE, OWP_SECTION_STRINGS,
					check->starts[check->sorted[i]], NULL,
					check->starts[check->sorted[i]]);
	return 0;
}

/* Whoever hands a string with a NUL in it to a system call hands over another. */
int owp_check_nuls(struct owp_check *check)
{
	for (uint32_t i = 0; i < check->string_count; i++) {
		const unsigned char *at = strings(check) + check->starts[i];
		uint64_t bytes = length_of(check, i);

		for (uint64_t byte = 0; byte < bytes; byte++)
			if (!at[byte])
				return owp_fail(check, OWV_TEXT_NUL, OWP_SECTION_STRINGS,
						check->starts[i], NULL, byte);
		owp_relax(i);
	}
	return 0;
}

uint32_t owp_find_string(const struct owp_check *check, const unsigned char *text, uint64_t bytes)
{
	uint32_t low = 0, high = check->string_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint32_t candidate = check->sorted[middle];
		uint64_t length = length_of(check, candidate);
		int order = length == bytes
				    ? memcmp(strings(check) + check->starts[candidate], text, bytes)
			    : length < bytes ? -1
					     : 1;

		if (order == 0)
			return candidate;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return check->string_count;
}
