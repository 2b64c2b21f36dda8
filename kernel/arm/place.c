// SPDX-License-Identifier: GPL-2.0-only
/* Where the parts of a crash kernel go in the reservation. */
#include "direct.h"

static bool overlaps(struct range a, struct range b)
{
	return a.start < b.end && b.start < a.end;
}

bool keep_place(struct places *places, struct range range)
{
	if (places->count == MOST_TAKEN || range.start >= range.end)
		return false;
	if (range.start < places->whole.start || range.end > places->whole.end)
		return false;
	for (int i = 0; i < places->count; i++) {
		if (overlaps(places->taken[i], range))
			return false;
	}
	places->taken[places->count++] = range;
	return true;
}

bool place(struct places *places, uint64_t bytes, uint64_t alignment, uint64_t *at)
{
	uint64_t start = places->whole.start;

	/* Each round either finds a place or gets past one of the taken: no more rounds than those. */
	for (int round = 0; round <= places->count; round++) {
		struct range wanted;
		int i;

		start = (start + alignment - 1) & ~(alignment - 1);
		wanted = (struct range){ start, start + bytes };
		if (wanted.end < start || wanted.end > places->whole.end)
			return false;
		for (i = 0; i < places->count && !overlaps(places->taken[i], wanted); i++)
			;
		if (i == places->count) {
			*at = start;
			return keep_place(places, wanted);
		}
		start = places->taken[i].end;
	}
	return false;
}
