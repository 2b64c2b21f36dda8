// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio-serial port through which a host hands over a plan and hears what comes of it; docs/resurrection.md has the
 * protocol. Without a port, what is said goes to the console alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "bringup.h"

#define PORT_NAME "otherworld.0"
#define PORT_CLASS "/sys/class/virtio-ports"

static int port = -1;

static bool is_ours(const char *device)
{
	char path[320], name[64] = "";
	int fd;

	snprintf(path, sizeof(path), PORT_CLASS "/%s/name", device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, name, sizeof(name) - 1) < 0)
		name[0] = 0;
	close(fd);
	name[strcspn(name, "\n")] = 0;
	return strcmp(name, PORT_NAME) == 0;
}

/* Ports are announced by the device some time after its driver is there. */
static int find_port(void)
{
	int fd = -1;

	for (int tries = 0; tries < 100 && fd < 0; tries++) {
		DIR *class = opendir(PORT_CLASS);
		struct dirent *entry;

		while (class && fd < 0 && (entry = readdir(class))) {
			char path[320];
			if (entry->d_name[0] == '.' || !is_ours(entry->d_name))
				continue;
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			fd = open(path, O_RDWR | O_CLOEXEC);
		}
		if (class)
			closedir(class);
		if (fd < 0) {
			if (tries == 0 && access("/sys/bus/virtio", F_OK) < 0)
				return -1;
			usleep(10000);
		}
	}
	return fd;
}

static int write_all(const void *from, size_t bytes)
{
	while (bytes) {
		ssize_t written = write(port, from, bytes);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (written > 0) {
			from = (const char *)from + written;
			bytes -= written;
		}
	}
	return 0;
}

void port_say(const char *word, const char *text)
{
	char line[512];
	int length = snprintf(line, sizeof(line), "%s %s", word, text);

	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	for (int i = 0; i < length; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	line[length] = '\n';
	if (port >= 0)
		write_all(line, length + 1);
	else
		complain("%.*s", length, line);
}

void port_send(const char *word, const void *bytes, size_t count)
{
	char size[32];

	snprintf(size, sizeof(size), "%zu", count);
	port_say(word, size);
	if (port >= 0)
		write_all(bytes, count);
}

void stage(const char *name, int64_t since_boot)
{
	char text[128];

	snprintf(text, sizeof(text), "%s %lld", name, (long long)since_boot);
	port_say("stage", text);
}

void port_open(void)
{
	struct utsname system;
	char text[128];

	port = find_port();
	if (port >= 0)
		port = move_up(port);
	uname(&system);
	snprintf(text, sizeof(text), "1 %s", system.release);
	port_say("hello", text);
}

void port_move_up(void)
{
	if (port >= 0)
		port = move_up(port);
}

/* All or nothing, within the time. */
static int read_all(void *to, size_t bytes, time_t deadline)
{
	while (bytes) {
		struct pollfd wait = { .fd = port, .events = POLLIN };
		time_t left = deadline - time(NULL);
		ssize_t got;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&wait, 1, left * 1000) <= 0)
			continue;
		got = read(port, to, bytes);
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (got == 0)
			usleep(10000); /* nobody at the other end, yet */
		if (got > 0) {
			to = (char *)to + got;
			bytes -= got;
		}
	}
	return 0;
}

static int read_line(char *line, size_t size, time_t deadline)
{
	for (size_t i = 0; i + 1 < size; i++) {
		int error = read_all(line + i, 1, deadline);
		if (error)
			return error;
		if (line[i] == '\n') {
			line[i] = 0;
			return 0;
		}
	}
	return -EPROTO;
}

static const char *submit(void *plan, size_t bytes)
{
	static char why[192];
	struct ow_submit submit = { .plan = (uintptr_t)plan, .bytes = bytes };

	ex.device = move_up(open(OW_DEVICE, O_RDWR | O_CLOEXEC));
	if (ex.device < 0)
		return "no " OW_DEVICE ": is otherworld.ko in the initramfs, and made for this kernel?";
	if (ioctl(ex.device, OW_SUBMIT, &submit) == 0)
		return NULL;
	if (submit.fault.rule)
		snprintf(why, sizeof(why), "the plan is refused, rule %u: %s (section %u, record %lld, value %#llx)",
			 submit.fault.rule, submit.fault.reason, submit.fault.section,
			 (long long)submit.fault.record, (unsigned long long)submit.fault.value);
	else
		snprintf(why, sizeof(why), "the plan is not taken: %s", strerror(errno));
	port_say("refused", why);
	return why;
}

const char *take_plan(int seconds)
{
	static char line[256];
	time_t deadline = time(NULL) + seconds;
	size_t bytes;
	void *plan;
	const char *why;

	if (port < 0)
		return "no port to a host";
	if (read_line(line, sizeof(line), deadline) < 0)
		return "no plan came in time";
	if (strncmp(line, "none ", 5) == 0)
		return line + 5;
	if (sscanf(line, "plan %zu", &bytes) != 1)
		return "the host said something that is no plan";
	plan = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (plan == MAP_FAILED)
		return "no memory for the plan";
	why = read_all(plan, bytes, deadline) < 0 ? "the plan did not come whole" : submit(plan, bytes);
	munmap(plan, bytes);
	return why;
}
