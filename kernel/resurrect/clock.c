// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "executor.h"
#include "sys.h"

int64_t since_death(void)
{
	int64_t died = owp_header_of(&ex.plan)->panic_monotonic, then;
	struct timespec now = { 0, 0 };

	sys(clock_gettime, CLOCK_MONOTONIC, &now);
	then = now.tv_sec * 1000000000LL + now.tv_nsec - died;
	/* Outside of the time namespace of the dead time stands still. */
	return died && then > 0 ? then : 0;
}
