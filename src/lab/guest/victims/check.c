// Checks: what is not as expected is noted, so that one verdict tells all that is wrong.

#include "victims.h"

#include <poll.h>
#include <stdarg.h>

char reasons[2000];

void check(int good, const char *format, ...)
{
	size_t used = strlen(reasons);
	va_list args;
	if (good)
		return;
	if (used > 0 && used + 3 < sizeof(reasons))
		used += sprintf(reasons + used, "; ");
	va_start(args, format);
	vsnprintf(reasons + used, sizeof(reasons) - used, format, args);
	va_end(args);
	for (char *at = reasons + used; *at; at++) {
		if (*at < ' ')
			*at = ' ';
	}
}

void check_is(const char *what, long long found, long long expected)
{
	check(found == expected, "%s: %lld, not %lld", what, found, expected);
}

void check_bytes(const char *what, const void *found, const void *expected, size_t size)
{
	const unsigned char *f = found, *e = expected;
	for (size_t i = 0; i < size; i++) {
		if (f[i] != e[i]) {
			check(0, "%s: byte %zu is %#x, not %#x", what, i, f[i], e[i]);
			return;
		}
	}
}

void check_text(const char *what, const char *found, const char *expected)
{
	while (*found || *expected) {
		int f = strcspn(found, "\n"), e = strcspn(expected, "\n");
		if (f != e || memcmp(found, expected, f) != 0) {
			check(0, "%s: '%.*s', not '%.*s'", what, f, found, e, expected);
			return;
		}
		found += f + (found[f] == '\n');
		expected += e + (expected[e] == '\n');
	}
}

void check_error(const char *what, long result, int expected)
{
	int error = errno;
	if (result >= 0)
		check(0, "%s: %ld, not %s", what, result, strerrorname_np(expected));
	else
		check(error == expected, "%s: %s, not %s", what, strerrorname_np(error), strerrorname_np(expected));
}

void check_reads(const char *what, int fd, const char *expected)
{
	char found[4096];
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	size_t length = strlen(expected), n = 0;
	while (n < length && poll(&readable, 1, patience * 1000) > 0) {
		ssize_t got = read(fd, found + n, sizeof(found) - 1 - n);
		if (got <= 0)
			break;
		n += got;
	}
	found[n] = 0;
	check(strcmp(found, expected) == 0, "%s: read '%s', not '%s'", what, found, expected);
	check(poll(&readable, 1, 0) <= 0 || !(readable.revents & POLLIN), "%s: there is more to read", what);
}
