// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a system's programs expect around them, as its init would have made it: the kernel's own file systems, the loopback
 * device (listeners on 127.0.0.1 are to be bound), the links in /dev, the host's name.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bringup.h"
#include "objects.h"

static const struct {
	const char *type, *where;
	unsigned long flags;
	const char *data;
} file_systems[] = {
	{ "proc", "/proc", 0, NULL },
	{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "ptmxmode=666,gid=5,mode=620" },
	{ "tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, NULL },
	{ "mqueue", "/dev/mqueue", 0, NULL },
	{ "hugetlbfs", "/dev/hugepages", 0, NULL },
	{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755" },
	{ "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, NULL },
	{ "cgroup2", "/sys/fs/cgroup", 0, NULL },
};

/* As udev would. */
static const char *const links[][2] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		complain("note: lo: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Those of the dead kernel's first UTS namespace. */
static void name_host(void)
{
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, NAMESPACE); i++) {
		const struct owp_namespace *one = RECORD(namespace, NAMESPACE, i);
		const char *name = owp_string(&ex.plan, one->hostname), *domain = owp_string(&ex.plan, one->domainname);

		if (one->kind != OWP_NAMESPACE_KIND_UTS || !(one->flags & OWP_NAMESPACE_FLAG_INITIAL))
			continue;
		if (sethostname(name, strlen(name)) < 0 || setdomainname(domain, strlen(domain)) < 0)
			complain("note: the host's name: %s", strerror(errno));
	}
}

void bring_up(void)
{
	for (unsigned i = 0; i < sizeof(file_systems) / sizeof(*file_systems); i++)
		mount_at(file_systems[i].type, file_systems[i].where, file_systems[i].flags, file_systems[i].data);
	for (unsigned i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
			complain("note: %s: %s", links[i][1], strerror(errno));
	raise_loopback();
	name_host();
}
