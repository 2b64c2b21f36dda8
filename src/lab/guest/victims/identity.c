// Who a process is: IDs, sessions, credentials.

#include "victims.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

static pid_t thread_id;

static void *own_tid(void *unused)
{
	(void)unused;
	thread_id = syscall(SYS_gettid);
	until_after();
	check_is("gettid of a thread", syscall(SYS_gettid), thread_id);
	check_is("getpid in a thread", syscall(SYS_getpid), getpid());
	return NULL;
}

static void pid(void)
{
	pid_t me = getpid(), parent = getppid();
	pthread_t other = thread(own_tid, NULL);
	across();
	if (broken(1) && fork() != 0)
		_exit(0); // goes on as another process
	check_is("getpid", syscall(SYS_getpid), me);
	check_is("gettid", syscall(SYS_gettid), me);
	if (broken(2))
		parent++;
	check_is("getppid", syscall(SYS_getppid), parent);
	if (getpid() == me)
		join_thread("thread", other);
}

// Its parent is `me`, all in the session of the victim.
static void grandchild(pid_t me, pid_t victim)
{
	until_after();
	pid_t instead = broken(1) ? child() : 0;
	if (instead > 0) {
		waitpid(instead, NULL, 0);
		_exit(0);
	}
	check_is("parent of a grandchild", getppid(), me);
	check_is("session of a grandchild", getsid(0), victim);
	end_child();
}

static void parent(void)
{
	pid_t victim = getpid();
	pid_t one = child();
	if (one == 0) {
		pid_t me = getpid(), two = child();
		if (two == 0)
			grandchild(me, victim);
		until_after();
		check_is("parent of a child", getppid(), victim);
		join(two);
		end_child();
	}
	across();
	join(one);
	check_error("wait for another child", waitpid(-1, NULL, 0), ECHILD);
}

static int heard;

static void count(int number)
{
	(void)number;
	heard++;
}

// A group of two children beside our own: all in one session.
static pid_t member(pid_t group)
{
	struct word set = promise();
	pid_t pid = child();
	if (pid == 0) {
		on_signal(SIGUSR1, count, 0);
		need("setpgid", setpgid(0, group));
		tell(set);
		until_after();
		for (int i = 0; i < 200 && !heard; i++)
			nap(0.01);
		check_is("signals to the group", heard, 1);
		end_child();
	}
	hear(set);
	return pid;
}

static void groups(void)
{
	pid_t leader = member(0), other = member(leader);
	across();
	if (broken(1))
		need("setpgid", setpgid(other, other));
	check_is("group of the leader", getpgid(leader), leader);
	check_is("group of the other", getpgid(other), leader);
	check_is("session of the other", getsid(other), getpid());
	check_is("our session", getsid(0), getpid());
	check_is("our group", getpgrp(), getpid());
	need("kill", kill(-leader, SIGUSR1));
	join(leader);
	join(other);
}

static void session(void)
{
	struct word set = promise();
	pid_t leader = child();
	if (leader == 0) {
		need("setsid", setsid());
		tell(set);
		until_after();
		if (broken(1)) {
			pid_t again = fork();
			if (again == 0) {
				setsid();
				check_is("session", getsid(0), getppid());
				end_child();
			}
			join(again);
		}
		check_is("session of a leader", getsid(0), getpid());
		check_error("setsid of a leader", setsid(), EPERM);
		end_child();
	}
	hear(set);
	across();
	check_is("session of the child", getsid(leader), leader);
	join(leader);
}

// All of Uid, Gid (real, effective, saved, of file systems), Groups.
static void ids(void)
{
	static gid_t many[40];
	char before[2048], now_text[2048];
	for (int i = 0; i < 40; i++)
		many[i] = 100000 + 3 * i;
	need("setgroups", setgroups(40, many));
	need("setresgid", setresgid(1001, 1002, 1003));
	need("setresuid", setresuid(1001, 0, 1003));
	setfsgid(2001);
	setfsuid(2000);
	status_lines("Uid,Gid,Groups", before, sizeof(before));
	across();
	if (broken(1))
		need("setfsuid", setfsuid(0));
	if (broken(2))
		need("setresgid", setresgid(-1, -1, 1001));
	if (broken(3))
		need("setgroups", setgroups(39, many));
	status_lines("Uid,Gid,Groups", now_text, sizeof(now_text));
	check_text("ids", now_text, before);
}

// An ordinary user's: what it may not open it may not open afterwards either.
static void user(void)
{
	char path[512];
	strcpy(path, work_path("secret"));
	int secret = need("secret", open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	to_disk(secret);
	close(secret);
	need("setgroups", setgroups(0, NULL));
	need("setresgid", setresgid(65534, 65534, 65534));
	need("setresuid", setresuid(65534, 65534, broken(1) ? 0 : 65534));
	across();
	if (broken(1))
		need("setuid", setresuid(-1, 0, -1));
	check_error("open what is not ours", open(path, O_RDONLY), EACCES);
	check_error("setuid(0)", setuid(0), EPERM);
}

#define CAPS "Cap"

static void set_capabilities(uint32_t effective, uint32_t permitted, uint32_t inheritable)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { effective, permitted, inheritable }, { 0, 0, 0 } };
	need("capset", syscall(SYS_capset, &header, data));
}

static void capabilities(void)
{
	uint32_t raw = 1 << CAP_NET_RAW, trace = 1 << CAP_SYS_PTRACE, own = 1 << CAP_CHOWN;
	char before[1024], now_text[1024];
	need("drop", prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE));
	need("drop", prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT));
	set_capabilities(raw | trace | 1 << CAP_SETPCAP, raw | trace | own | 1 << CAP_SETPCAP, raw | trace);
	need("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0));
	status_lines(CAPS, before, sizeof(before));
	across();
	if (broken(1))
		set_capabilities(raw, raw | trace | own, raw);
	if (broken(2))
		need("drop", prctl(PR_CAPBSET_DROP, CAP_SYS_TIME));
	if (broken(3))
		need("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
	status_lines(CAPS, now_text, sizeof(now_text));
	check_text("capabilities", now_text, before);
}

static void securebits(void)
{
	int bits = SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE;
	need("securebits", prctl(PR_SET_SECUREBITS, bits));
	across();
	if (broken(1))
		need("securebits", prctl(PR_SET_SECUREBITS, bits & ~SECBIT_KEEP_CAPS));
	check_is("securebits", prctl(PR_GET_SECUREBITS), bits);
}

static void *privileged(void *unused)
{
	(void)unused;
	until_after();
	if (broken(1))
		need("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	check_is("no_new_privs of the other thread", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	return NULL;
}

// Of one thread and not of the other.
static void new_privileges(void)
{
	pthread_t other = thread(privileged, NULL);
	need("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	across();
	check_is("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	join_thread("thread", other);
}

const struct victim identity_victims[] = {
	{ "pid", "getpid, gettid and getppid are what they were", pid, 0, NULL },
	{ "parent", "children, grandchildren and their parents", parent, 0, NULL },
	{ "groups", "process groups of a session, and signals to one of them", groups, 0, NULL },
	{ "session", "a child's session of its own", session, 0, NULL },
	{ "ids", "uids, gids, fsuid, fsgid, 40 supplementary groups", ids, NEEDS_ROOT | EARLY, NULL },
	{ "user", "an ordinary user's process has no right more than before", user, NEEDS_ROOT | EARLY, NULL },
	{ "capabilities", "effective, permitted, inheritable, bounding and ambient sets", capabilities, NEEDS_ROOT | EARLY,
	  NULL },
	{ "securebits", "securebits, with locks", securebits, NEEDS_ROOT, NULL },
	{ "no-new-privs", "no_new_privs of one thread and not of another", new_privileges, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
