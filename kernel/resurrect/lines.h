/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
	char text[480];
	size_t have;
};

/* Reads once, says each line that is complete; longer ones in pieces. false: that was the end. */
bool relay_lines(int fd, struct lines *lines, void (*say)(const char *line));

#endif
