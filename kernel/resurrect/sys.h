/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls as they are: -errno, no errno variable, no cancellation, nothing of the C library. What runs in the processes
 * that are brought back uses these alone, for there the library's thread-local storage is shared, or gone.
 */
#ifndef SYS_H
#define SYS_H

#include <sys/syscall.h>

static inline long sys6(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 asm("r10") = d;
	register long r8 asm("r8") = e;
	register long r9 asm("r9") = f;
	long result;

	asm volatile("syscall"
		     : "=a"(result)
		     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	return result;
}

#define SYS_(number, a, b, c, d, e, f, ...) \
	sys6(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* sys(NAME, arguments…): SYS_NAME with up to six. */
#define sys(name, ...) SYS_(SYS_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)

#endif
