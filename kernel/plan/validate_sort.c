// SPDX-License-Identifier: GPL-2.0-only
/* Heapsort: the one that needs neither memory nor recursion, and that no input makes slow. */
#include "validate.h"

static void swap_items(uint32_t *a, uint32_t *b)
{
	uint32_t kept = *a;

	*a = *b;
	*b = kept;
}

/* Lets the item at `at` sink to its place in a heap of `count`. */
static void sink(uint32_t *items, uint64_t at, uint64_t count,
		 int (*before)(const void *context, uint32_t a, uint32_t b), const void *context)
{
	for (;;) {
		uint64_t child = 2 * at + 1;

		if (child >= count)
			return;
		if (child + 1 < count && before(context, items[child], items[child + 1]))
			child++;
		if (!before(context, items[at], items[child]))
			return;
		swap_items(&items[at], &items[child]);
		at = child;
	}
}

void owp_sort(uint32_t *items, uint32_t count,
	      int (*before)(const void *context, uint32_t a, uint32_t b), const void *context)
{
	for (uint64_t at = count / 2; at > 0; at--)
		sink(items, at - 1, count, before, context);
	for (uint32_t end = count; end > 1; end--) {
		swap_items(&items[0], &items[end - 1]);
		sink(items, 0, end - 1, before, context);
		owp_relax(end);
	}
}
