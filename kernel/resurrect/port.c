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

/* A host that takes nothing for so long is gone. */
#define PATIENCE_MS 10000
/* The device says whether anybody is at the other end right behind the port's name. */
#define ANNOUNCED_MS 300

static int port = -1;
static bool greeted; /* what is said before the host is there goes to the console */

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
			fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
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

/* Nobody hears any more: from now on all is said on the console. A port without a host would block its writer for ever. */
static void lose_host(const char *why)
{
	close(port);
	port = -1;
	complain("the host is lost: %s", why);
}

static void write_all(const void *from, size_t bytes)
{
	while (bytes && port >= 0) {
		struct pollfd room = { .fd = port, .events = POLLOUT };
		ssize_t written = write(port, from, bytes);

		if (written > 0) {
			from = (const char *)from + written;
			bytes -= written;
		} else if (written < 0 && errno != EINTR && errno != EAGAIN) {
			lose_host(strerror(errno));
		} else if (poll(&room, 1, PATIENCE_MS) == 0) {
			lose_host("it takes nothing");
		} else if (room.revents & POLLHUP) {
			lose_host("it has closed the port");
		}
	}
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
	if (port < 0 || !greeted) {
		complain("%.*s", length, line);
		return;
	}
	line[length] = '\n';
	write_all(line, length + 1);
}

void port_send(const char *word, const void *bytes, size_t count)
{
	char size[32];

	if (port < 0 || !greeted)
		return;
	snprintf(size, sizeof(size), "%zu", count);
	port_say(word, size);
	write_all(bytes, count);
}

void stage(const char *name, int64_t since_boot)
{
	char text[128];

	snprintf(text, sizeof(text), "%s %lld", name, (long long)since_boot);
	port_say("stage", text);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static bool is_connected(void)
{
	struct pollfd host = { .fd = port, .events = POLLOUT };

	return poll(&host, 1, 0) >= 0 && !(host.revents & POLLHUP);
}

static void greet(void)
{
	struct utsname system;
	char text[128];

	uname(&system);
	snprintf(text, sizeof(text), "1 %s", system.release);
	greeted = true;
	port_say("hello", text);
}

bool port_wait(int milliseconds)
{
	int64_t deadline = now_ms() + milliseconds;

	while (port >= 0 && !greeted) {
		if (is_connected())
			greet();
		else if (now_ms() >= deadline)
			return false;
		else
			usleep(10000);
	}
	return port >= 0;
}

void port_open(void)
{
	port = find_port();
	if (port >= 0)
		port = move_up(port);
	port_wait(ANNOUNCED_MS);
}

bool port_is_there(void)
{
	return port >= 0;
}

void port_move_up(void)
{
	if (port >= 0)
		port = move_up(port);
}

/* All or nothing, within the time. */
int port_read(void *to, size_t bytes, int milliseconds)
{
	int64_t deadline = now_ms() + milliseconds;

	while (bytes) {
		struct pollfd wait = { .fd = port, .events = POLLIN };
		int64_t left = deadline - now_ms();
		ssize_t got;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&wait, 1, left) <= 0)
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

int port_read_line(char *line, size_t size, int milliseconds)
{
	int64_t deadline = now_ms() + milliseconds;

	for (size_t i = 0; i + 1 < size; i++) {
		int error = port_read(line + i, 1, deadline - now_ms());
		if (error)
			return error;
		if (line[i] == '\n') {
			line[i] = 0;
			return 0;
		}
	}
	return -EPROTO;
}
