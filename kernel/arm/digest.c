// SPDX-License-Identifier: GPL-2.0-only
/* The digest that trampoline.S compares with: the same steps, in C. */
#include <string.h>

#include "direct.h"

uint64_t quick_digest(const void *bytes, size_t size)
{
	uint64_t digest = 0, word;

	for (size_t at = 0; at + 8 <= size; at += 8) {
		memcpy(&word, (const char *)bytes + at, 8);
		digest = (digest ^ word) * 0x9e3779b97f4a7c15ULL;
		digest = digest >> 23 | digest << 41;
	}
	return digest;
}
