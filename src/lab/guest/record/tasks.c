// Every process and thread, as /proc/PID tells it.

#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *const process_files[] = {
	"maps", "smaps", "cmdline", "environ", "auxv", "mountinfo", "limits", "cgroup", "io", "timers", "oom_score_adj",
	"loginuid", "sessionid", "timerslack_ns", "uid_map", "gid_map", "coredump_filter", "statm", "autogroup",
	"timens_offsets", NULL,
};
// Of every thread; the leader's stand in the process itself.
static const char *const task_files[] = {
	"comm", "personality", "attr/current", "cpuset", "children", "wchan", "stack", "syscall", "sched", "schedstat",
	"status", "stat", NULL,
};
static const char *const task_links[] = {
	"cwd", "root", "exe", "ns/cgroup", "ns/ipc", "ns/mnt", "ns/net", "ns/pid", "ns/pid_for_children", "ns/time",
	"ns/time_for_children", "ns/user", "ns/uts", NULL,
};

// Of a process in a network namespace other than ours: what /proc/net is for the rest.
static const char *const net_files[] = {
	"net/dev", "net/tcp", "net/tcp6", "net/udp", "net/udp6", "net/unix", "net/raw", "net/packet", "net/netlink",
	"net/route", "net/if_inet6", "net/sockstat", "net/sockstat6", "net/fib_trie", "net/ipv6_route", "net/arp",
	"net/igmp", "net/igmp6", "net/dev_mcast", NULL,
};

static void fd_stat(int dir, const char *name, const char *prefix)
{
	char key[128];
	struct stat st;
	if (fstatat(dir, name, &st, 0) < 0)
		return;
	snprintf(key, sizeof(key), "%sfdstat/%s", prefix, name);
	out_text(key, "%u:%u %lu %o %lu %u:%u %lu %u %u", major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino,
		 st.st_mode, (unsigned long)st.st_nlink, major(st.st_rdev), minor(st.st_rdev), (unsigned long)st.st_size,
		 st.st_uid, st.st_gid);
}

static void one_fd(int dir, const char *name, void *prefix)
{
	char key[128];
	snprintf(key, sizeof(key), "%sfd/%s", (const char *)prefix, name);
	copy_link(dir, name, key);
	fd_stat(dir, name, prefix);
}

static void one_fdinfo(int dir, const char *name, void *prefix)
{
	char key[128];
	snprintf(key, sizeof(key), "%sfdinfo/%s", (const char *)prefix, name);
	copy_file(dir, name, key);
}

static void files_of(int dir, const char *const *names, const char *prefix)
{
	char key[128];
	for (; *names; names++) {
		snprintf(key, sizeof(key), "%sfiles/%s", prefix, *names);
		copy_file(dir, *names, key);
	}
}

static void links_of(int dir, const char *prefix)
{
	char key[128];
	for (const char *const *name = task_links; *name; name++) {
		snprintf(key, sizeof(key), "%slinks/%s", prefix, *name);
		copy_link(dir, *name, key);
	}
}

// sched_getattr(2): what /proc does not tell of SCHED_DEADLINE.
static void scheduling(const char *tid, const char *prefix)
{
	struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t time[3]; } a = { 0 };
	char key[128];
	if (syscall(SYS_sched_getattr, atoi(tid), &a, 48, 0) < 0)
		return;
	snprintf(key, sizeof(key), "%sfiles/sched_attr", prefix);
	out_text(key, "policy=%u flags=%llx nice=%d priority=%u runtime=%llu deadline=%llu period=%llu", a.policy,
		 (unsigned long long)a.flags, a.nice, a.priority, (unsigned long long)a.time[0],
		 (unsigned long long)a.time[1], (unsigned long long)a.time[2]);
}

static bool in_our_network(int dir)
{
	struct stat own, its;
	return stat("/proc/self/ns/net", &own) < 0 || fstatat(dir, "ns/net", &its, 0) < 0 || own.st_ino == its.st_ino;
}

static void thread(int tasks, const char *tid, void *context)
{
	const char *pid = context;
	char prefix[64];
	int dir = openat(tasks, tid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	snprintf(prefix, sizeof(prefix), "p/%s/t/%s/", pid, tid);
	links_of(dir, prefix);
	if (strcmp(pid, tid) != 0) {
		each_entry(dir, "fd", one_fd, prefix);
		each_entry(dir, "fdinfo", one_fdinfo, prefix);
	}
	files_of(dir, task_files, prefix);
	scheduling(tid, prefix);
	close(dir);
}

static void process(int proc, const char *pid, void *unused)
{
	char prefix[64];
	(void)unused;
	if (!is_number(pid))
		return;
	int dir = openat(proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	snprintf(prefix, sizeof(prefix), "p/%s/", pid);
	files_of(dir, process_files, prefix);
	if (!in_our_network(dir))
		files_of(dir, net_files, prefix);
	links_of(dir, prefix);
	each_entry(dir, "fd", one_fd, prefix);
	each_entry(dir, "fdinfo", one_fdinfo, prefix);
	each_entry(dir, "task", thread, (void *)pid);
	files_of(dir, task_files, prefix);
	scheduling(pid, prefix);
	close(dir);
}

void record_tasks(void)
{
	each_entry(AT_FDCWD, "/proc", process, NULL);
}

static void called(int tasks, const char *tid, void *context)
{
	char key[64];
	(void)tasks;
	snprintf(key, sizeof(key), "roll/%s/%s", (const char *)context, tid);
	out_record(KIND_FILE, key, "", 0);
}

static void roll_of(int proc, const char *pid, void *unused)
{
	(void)unused;
	if (!is_number(pid))
		return;
	int dir = openat(proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	each_entry(dir, "task", called, (void *)pid);
	close(dir);
}

void record_roll(void)
{
	each_entry(AT_FDCWD, "/proc", roll_of, NULL);
}
