// SPDX-License-Identifier: GPL-2.0-only
/* Lines of what a program prints, as they come. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"

static void say_whole(struct lines *lines, void (*say)(const char *line))
{
	char *from = lines->text, *end;

	lines->text[lines->have] = 0;
	while ((end = strchr(from, '\n'))) {
		*end = 0;
		say(from);
		from = end + 1;
	}
	lines->have -= from - lines->text;
	memmove(lines->text, from, lines->have + 1);
}

bool relay_lines(int fd, struct lines *lines, void (*say)(const char *line))
{
	size_t room = sizeof(lines->text) - 1;
	ssize_t got = read(fd, lines->text + lines->have, room - lines->have);

	if (got < 0 && errno == EINTR)
		return true;
	if (got > 0) {
		lines->have += got;
		say_whole(lines, say);
	}
	/* The rest of a last line, or of one that is too long. */
	if (lines->have && (got <= 0 || lines->have == room)) {
		say(lines->text);
		lines->have = 0;
	}
	return got > 0;
}
