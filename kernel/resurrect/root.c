// SPDX-License-Identifier: GPL-2.0-only
/* The dead system's disks: its root, which becomes ours, and those that ow.mount= names. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bringup.h"

static bool wait_for_device(const char *device)
{
	for (int tries = 0; tries < 2000; tries++) {
		if (access(device, F_OK) == 0)
			return true;
		usleep(5000);
	}
	return false;
}

static void make_directories(const char *path)
{
	char part[512];

	for (size_t i = 1; i < sizeof(part) && path[i - 1]; i++) {
		if (path[i] && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		mkdir(part, 0755);
	}
}

/* DEVICE:PATH or DEVICE:PATH:TYPE, ext4 by default. The system can do without it. */
static void mount_other(const char *what)
{
	char text[512], *path, *type;

	snprintf(text, sizeof(text), "%s", what);
	path = strchr(text, ':');
	if (!path || path[1] != '/') {
		complain("note: ow.mount=%s: not of the form DEVICE:PATH or DEVICE:PATH:TYPE", what);
		return;
	}
	*path++ = 0;
	type = strchr(path, ':');
	if (type)
		*type++ = 0;
	make_directories(path);
	if (!wait_for_device(text) || mount(text, path, type ? type : "ext4", 0, NULL) < 0)
		complain("note: %s on %s: %s", text, path, strerror(errno));
}

void enter_root(void)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys" };
	char device[256], flags[256];

	snprintf(device, sizeof(device), "%s", option("ow.root", "/dev/vda"));
	snprintf(flags, sizeof(flags), "%s", option("ow.rootflags", ""));
	if (!wait_for_device(device))
		give_up(device);
	mkdir("/root", 0755);
	if (mount(device, "/root", option("ow.rootfstype", "ext4"), 0, flags) < 0)
		give_up("mounting the root disk");
	for (unsigned i = 0; i < sizeof(moved) / sizeof(*moved); i++) {
		char to[32];
		snprintf(to, sizeof(to), "/root%s", moved[i]);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL) < 0)
			give_up("moving a mount");
	}
	if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		give_up("entering the root disk");
	each_option("ow.mount", mount_other);
}
