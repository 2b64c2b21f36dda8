// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unread input in a line discipline (drivers/tty/n_tty.c). It can only be typed again. While it is typed, the slave has settings
 * of our own: nothing is changed on the way, line ends are where they were, and every character is echoed. The line
 * discipline works behind our back; that a character has come back to the master tells that it has been taken in.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "terminals.h"

#define DISABLED 0
#define CHUNK 64
#define PATIENCE 5000 /* ms; the work is done in some microseconds */

/* Characters that do something while input is typed; where the input has one, it is typed behind `literal`. */
struct keys {
	unsigned char eof, literal, erase, eol[2];
	bool is_special[256];
};

static const struct owp_line_end *line_ends(const struct owp_terminal *terminal)
{
	return RECORD(line_end, LINE_END, terminal->line_ends.first);
}

static unsigned char next_key(struct keys *keys)
{
	unsigned char c = 1;

	while (keys->is_special[c])
		c++;
	keys->is_special[c] = true;
	return c;
}

static void choose_keys(const struct owp_terminal *terminal, struct keys *keys)
{
	const unsigned char *input = owp_bytes(&ex.plan, terminal->input);
	int ends = 0;

	memset(keys, 0, sizeof(*keys));
	keys->is_special['\n'] = true;
	for (uint32_t i = 0; i < terminal->line_ends.count; i++) {
		unsigned char c = input[line_ends(terminal)[i].offset];

		if (c == DISABLED || keys->is_special[c] || ends == 2)
			continue;
		keys->eol[ends++] = c;
		keys->is_special[c] = true;
	}
	keys->eof = next_key(keys);
	keys->literal = next_key(keys);
	keys->erase = next_key(keys);
}

static struct termios2 typing_settings(const struct owp_terminal *terminal, const struct keys *keys)
{
	struct termios2 settings = termios_of(terminal);

	/* ICANON and EXTPROC stay: where they change, the line discipline forgets where lines end. */
	settings.c_lflag = (terminal->lflag & (ICANON | EXTPROC)) | ECHO | ECHOE | IEXTEN;
	settings.c_iflag = 0;
	settings.c_oflag = 0;
	memset(settings.c_cc, DISABLED, sizeof(settings.c_cc));
	settings.c_cc[VMIN] = 1;
	settings.c_cc[VEOF] = keys->eof;
	settings.c_cc[VLNEXT] = keys->literal;
	settings.c_cc[VERASE] = keys->erase;
	settings.c_cc[VEOL] = keys->eol[0];
	settings.c_cc[VEOL2] = keys->eol[1];
	return settings;
}

/* Writes to the master, and takes back what is echoed. */
static int type(int master, const unsigned char *keys, int count, int echoes)
{
	char echoed[CHUNK * 4];

	if (write(master, keys, count) != count)
		return errno ? -errno : -EIO;
	while (echoes > 0) {
		struct pollfd ready = { master, POLLIN, 0 };
		int got = poll(&ready, 1, PATIENCE);

		if (got <= 0)
			return got ? -errno : -ETIMEDOUT;
		got = read(master, echoed, echoes < sizeof(echoed) ? echoes : sizeof(echoed));
		if (got <= 0)
			return -EIO;
		echoes -= got;
	}
	return 0;
}

/* One character of the input, as the keys that give it; how many. */
static int keys_for(const struct keys *keys, unsigned char c, bool ends_line, bool canonical, unsigned char *typed)
{
	if (ends_line && c == DISABLED) {
		typed[0] = keys->eof;
		return 1;
	}
	if (canonical && !ends_line && keys->is_special[c]) {
		typed[0] = keys->literal;
		typed[1] = c;
		return 2;
	}
	typed[0] = c;
	return 1;
}

static int type_all(int master, const struct owp_terminal *terminal, const struct keys *keys)
{
	const unsigned char *input = owp_bytes(&ex.plan, terminal->input);
	bool canonical = terminal->lflag & ICANON;
	unsigned char typed[CHUNK + 2];
	uint32_t end = 0;
	int count = 0, echoes = 0, error = FAULT_POINT("make_terminal.input");

	for (uint64_t i = 0; !error && i < terminal->input.bytes; i++) {
		bool ends = end < terminal->line_ends.count && line_ends(terminal)[end].offset == i;

		end += ends;
		count += keys_for(keys, input[i], ends, canonical, typed + count);
		echoes += !(ends && input[i] == DISABLED);
		if (count < CHUNK && i + 1 < terminal->input.bytes)
			continue;
		error = type(master, typed, count, echoes);
		count = echoes = 0;
		ex.detail = error ? i : ex.detail;
	}
	/* An end of file has no echo: what is typed behind it has, and is rubbed out again. */
	if (!error && end && line_ends(terminal)[end - 1].offset + 1 == terminal->input.bytes &&
	    input[terminal->input.bytes - 1] == DISABLED)
		error = type(master, (unsigned char[]){ 'x', keys->erase }, 2, 1 + strlen("\b \b"));
	return error;
}

int type_input(int master, const struct owp_terminal *slave)
{
	struct termios2 settings;
	struct keys keys;
	int error;

	if (!slave->input.bytes && !(slave->flags & OWP_TERMINAL_FLAG_LITERAL_NEXT))
		return 0;
	choose_keys(slave, &keys);
	settings = typing_settings(slave, &keys);
	error = set_termios(master, &settings);
	if (!error)
		error = type_all(master, slave, &keys);
	if (error || !(slave->flags & OWP_TERMINAL_FLAG_LITERAL_NEXT))
		return error;
	/* This one shows itself as ^ and a step back. */
	settings.c_lflag |= ECHOCTL;
	error = set_termios(master, &settings);
	return error ? error : type(master, &keys.literal, 1, strlen("^\b"));
}

static bool takes_output(int slave)
{
	struct pollfd ready = { slave, POLLOUT, 0 };

	return poll(&ready, 1, 0) > 0 && (ready.revents & POLLOUT);
}

int type_stop(int master, int slave, const struct owp_terminal *terminal)
{
	struct termios2 settings = termios_of(terminal);
	unsigned char stop = terminal->cc[VSTOP];
	int error;

	/* Who starts output again is another matter: after TCOOFF not the user, but the program. */
	if (!(terminal->iflag & IXON) || stop == DISABLED || (terminal->lflag & EXTPROC))
		return ioctl(slave, TCXONC, TCOOFF) < 0 ? -errno : 0;
	error = set_termios(master, &settings);
	if (!error && write(master, &stop, 1) != 1)
		error = -EIO;
	for (int waited = 0; !error && takes_output(slave); waited++) {
		if (waited == PATIENCE)
			error = -ETIMEDOUT;
		usleep(1000);
	}
	return error;
}

/* Not waiting for room: nobody reads now. */
static int write_unread(int slave, struct owp_blob bytes)
{
	int flags = fcntl(slave, F_GETFL), error = 0;

	fcntl(slave, F_SETFL, flags | O_NONBLOCK);
	if (bytes.bytes && write(slave, owp_bytes(&ex.plan, bytes), bytes.bytes) != bytes.bytes)
		error = -EIO;
	fcntl(slave, F_SETFL, flags);
	return error;
}

int write_output(int master, int slave, const struct owp_terminal *terminal)
{
	struct termios2 settings;
	int error = 0, waiting = 0;

	if (!terminal->input.bytes && !terminal->received.bytes)
		return 0;
	error = get_termios(master, &settings);
	settings.c_oflag = 0;
	if (!error)
		error = set_termios(master, &settings);
	if (!error)
		error = FAULT_POINT("make_terminal.output");
	if (!error)
		error = write_unread(slave, terminal->input);
	if (!error)
		error = write_unread(slave, terminal->received);
	for (int waited = 0; !error && ioctl(master, FIONREAD, &waiting) == 0 && waiting < terminal->input.bytes; waited++) {
		if (waited == PATIENCE)
			error = -ETIMEDOUT;
		usleep(1000);
	}
	return error;
}
