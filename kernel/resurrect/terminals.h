/* SPDX-License-Identifier: GPL-2.0-only */
/* Between terminals.c and terminal_input.c. */
#ifndef TERMINALS_H
#define TERMINALS_H

#include <asm/termbits.h>

#include "objects.h"

#define NCCS_KERNEL 19

int get_termios(int fd, struct termios2 *termios);
/* Of a pty's master: sets those of its slave, whether that is open or not. */
int set_termios(int fd, const struct termios2 *termios);
struct termios2 termios_of(const struct owp_terminal *terminal);

/*
 * Puts unread input of a slave back into its line discipline, by way of its master. Afterwards the slave's settings are any;
 * nothing is left for the master to read.
 */
int type_input(int master, const struct owp_terminal *slave);
/* Holds the slave's output as a ^S typed by the user does; its settings must allow it. */
int type_stop(int master, int slave, const struct owp_terminal *terminal);
/* What the slave had written and the master has not read. */
int write_output(int master, int slave, const struct owp_terminal *terminal);

#endif
