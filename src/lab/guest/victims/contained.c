// What becomes of the others when one cannot be brought back. Its processes do well as they are, and say nothing of it;
// ow.fault=POINT@POINT,… on the crash kernel's command line is what makes them fail, each at the point that it is named
// after: then this one tells which it has lost.

#include "victims.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/time.h>

// Fails always: who is in a namespace of its own is not brought back yet.
#define NAMESPACE "make_namespace"

// Of kernel/resurrect: what is passed for each process.
static const char *const points[] = {
	"make_process", "set_groups", "install_files", "set_directories", "make_mm", "fill_mm", "make_threads",
	"set_handlers", "set_signals", "set_timers", "set_attributes", "set_lock", "set_credentials", "set_seccomp",
	"set_threads", "resume", NAMESPACE,
};
#define ALIVE 7

struct doomed {
	pid_t pid;
	struct word go, life, heir_go, heir; // life: its end to write to is its own alone, and ends with it
};

static void *idle(void *unused)
{
	while (pause())
		;
	return unused;
}

// Its child, which is to outlive it.
static void be_heir(const struct doomed *one)
{
	char c;
	for (int fd = 3; fd < 1024; fd++) {
		if (fd != one->heir_go.ends[0] && fd != one->heir.ends[1])
			close(fd);
	}
	if (read(one->heir_go.ends[0], &c, 1) == 1 && write(one->heir.ends[1], "h", 1) == 1)
		_exit(0);
	_exit(1);
}

// Has something of all that may fail.
static void be_doomed(const struct doomed *one, int number, int file)
{
	struct itimerval hour = { .it_value = { .tv_sec = 3600 } };
	struct flock mine = { .l_type = F_WRLCK, .l_start = number, .l_len = 1 };
	char c;
	need("setpgid", setpgid(0, 0));
	if (child() == 0)
		be_heir(one);
	prctl(PR_SET_NAME, points[number]); // its own alone: by it the crash kernel chooses who fails
	close(one->heir_go.ends[0]);
	close(one->heir.ends[1]);
	if (strcmp(points[number], NAMESPACE) == 0 && unshare(CLONE_NEWUTS) < 0 && errno != EPERM)
		fail("unshare: %s", strerror(errno));
	need("F_SETLK", fcntl(file, F_SETLK, &mine));
	need("setitimer", setitimer(ITIMER_REAL, &hour, NULL));
	need("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	thread(idle, NULL);
	if (write(one->life.ends[1], "r", 1) == 1 && read(one->go.ends[0], &c, 1) == 1)
		_exit(ALIVE);
	_exit(1);
}

static void begin_life(struct doomed *one, int number, int file)
{
	one->go = promise();
	one->life = promise();
	one->heir_go = promise();
	one->heir = promise();
	one->pid = child();
	if (one->pid == 0)
		be_doomed(one, number, file);
	close(one->go.ends[0]);
	close(one->life.ends[1]);
	close(one->heir_go.ends[0]);
	close(one->heir.ends[1]);
	check_reads(points[number], one->life.ends[0], "r");
}

static void check_end(const char *point, const char *what, int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };
	char c;
	check(poll(&end, 1, patience * 1000) == 1 && read(fd, &c, 1) == 0, "%s: %s has not ended", point, what);
}

static void check_doomed(const struct doomed *one, int number, int file)
{
	const char *point = points[number];
	struct flock its = { .l_type = F_WRLCK, .l_start = number, .l_len = 1 };
	int status = -1;
	if (write(one->go.ends[1], "x", 1) < 0 && errno != EPIPE)
		fail("%s: %s", point, strerror(errno));
	check_is("waitpid", waitpid(one->pid, &status, 0), one->pid);
	if (status == SIGKILL)
		remark("%s", point);
	else
		check(status == ALIVE << 8, "%s: ended with %#x", point, status);
	check_error("kill of one that is gone", kill(one->pid, 0), ESRCH);
	check_end(point, "its pipe", one->life.ends[0]);
	need("F_GETLK", fcntl(file, F_GETLK, &its));
	check(its.l_type == F_UNLCK, "%s: its lock is held by %d", point, its.l_pid);
	check(write(one->heir_go.ends[1], "x", 1) == 1, "%s: its child has ended", point);
	check_reads(point, one->heir.ends[0], "h");
	check_end(point, "the pipe of its child", one->heir.ends[0]);
}

static void contained(void)
{
	static struct doomed all[COUNT(points)];
	int file = work_file("data", 100, 1);
	on_signal(SIGPIPE, SIG_IGN, 0);
	for (unsigned i = 0; i < COUNT(points); i++)
		begin_life(&all[i], i, file);
	across();
	if (broken(1))
		kill(all[0].pid, SIGTERM);
	if (broken(2)) {
		close(all[0].heir_go.ends[1]);
		check_end(points[0], "the pipe of its child", all[0].heir.ends[0]);
	}
	for (unsigned i = 0; i < COUNT(points); i++)
		check_doomed(&all[i], i, file);
}

const struct victim contained_victims[] = {
	{ "contained", "who fails to come back costs nobody else: parent, child, pipes, locks (`ow.fault=`)", contained, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
