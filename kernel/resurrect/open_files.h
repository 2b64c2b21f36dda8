/* SPDX-License-Identifier: GPL-2.0-only */
/* Between open_files.c and open_terminal.c. */
#ifndef OPEN_FILES_H
#define OPEN_FILES_H

#include "objects.h"

/* A description of a terminal; moved up; -errno. */
int open_terminal(const struct owp_file *file);

#endif
