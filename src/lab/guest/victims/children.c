// Children that have ended, and whoever has not been told.

#include "victims.h"

#include <sys/wait.h>

static void until_zombie(pid_t pid)
{
	siginfo_t info;
	need("waitid", waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
}

static pid_t ended_with(int status, int signal_number)
{
	pid_t pid = child();
	if (pid == 0) {
		if (signal_number)
			raise(signal_number);
		_exit(status);
	}
	until_zombie(pid);
	return pid;
}

static void zombie(void)
{
	int status;
	pid_t exited = ended_with(42, 0), killed = ended_with(0, SIGKILL), ended = ended_with(0, SIGTERM);
	across();
	if (broken(1))
		waitpid(exited, &status, 0);
	if (broken(2))
		waitpid(ended, &status, 0);
	char path[64], name[64];
	snprintf(path, sizeof(path), "/proc/%d/comm", killed);
	slurp(path, name, sizeof(name));
	check_text("name of a zombie", name, "zombie\n");
	check_is("waitpid", waitpid(exited, &status, 0), exited);
	check_is("status of one that exited", status, 42 << 8);
	check_is("waitpid", waitpid(killed, &status, 0), killed);
	check_is("status of one killed", status, SIGKILL);
	check_is("waitpid", waitpid(ended, &status, 0), ended);
	check_is("status of one terminated", status, SIGTERM);
	check_error("wait for more", waitpid(-1, NULL, 0), ECHILD);
}

static void zombie_info(void)
{
	siginfo_t info = { .si_pid = 0 };
	pid_t pid = ended_with(17, 0);
	across();
	if (broken(1))
		waitpid(pid, NULL, 0);
	check_is("waitid", waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0);
	check_is("si_pid", info.si_pid, pid);
	check_is("si_code", info.si_code, CLD_EXITED);
	check_is("si_status", info.si_status, 17);
	check_is("si_uid", info.si_uid, getuid());
}

static volatile int children_ended;

static void note(int number)
{
	(void)number;
	children_ended++;
}

// A living child's end is told, with the signal and the status.
static void told(void)
{
	int status = 0;
	sigset_t go;
	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	need("sigprocmask", sigprocmask(SIG_BLOCK, &go, NULL));
	on_signal(SIGCHLD, note, SA_RESTART);
	pid_t pid = child();
	if (pid == 0) {
		while (sigwaitinfo(&go, NULL) < 0 && errno == EINTR)
			;
		_exit(9);
	}
	across();
	if (broken(1))
		on_signal(SIGCHLD, SIG_IGN, 0);
	kill(pid, SIGUSR1);
	need("waitpid", waitpid(pid, &status, 0));
	check_is("status", status, 9 << 8);
	check_is("SIGCHLD caught", children_ended, 1);
}

// The leader has ended, its thread goes on.
static pid_t leader;

static void *survivor(void *unused)
{
	(void)unused;
	across();
	if (broken(1) && fork() != 0)
		_exit(0); // goes on as a leader
	check_is("getpid", getpid(), leader);
	check(syscall(SYS_gettid) != leader, "gettid is that of the leader");
	char state[8192];
	slurp("/proc/self/stat", state, sizeof(state));
	char *end = strrchr(state, ')');
	check(end && end[2] == 'Z', "state of the leader: %c", end ? end[2] : '?');
	check(strstr(state, "(dead-leader)") != NULL, "name of the leader: %.32s", state);
	verdict();
}

static void dead_leader(void)
{
	leader = getpid();
	thread(survivor, NULL);
	pthread_exit(NULL);
}

// A child of another: an orphan's parent is init, or who has taken its place.
static void orphan(void)
{
	struct word set = promise();
	int *adopter = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t between = child();
	if (between == 0) {
		pid_t parent = getpid();
		pid_t pid = child();
		if (pid != 0)
			_exit(0);
		while (getppid() == parent)
			nap(0.01);
		*adopter = getppid();
		tell(set);
		until_after();
		if (broken(1))
			*adopter = getpid();
		check_is("parent of an orphan", getppid(), *adopter);
		check_is("session of an orphan", getsid(0), getpgrp());
		if (!*reasons)
			*adopter = 0;
		end_child();
	}
	hear(set);
	join(between);
	across();
	for (int i = 0; i < patience * 20 && *(volatile int *)adopter; i++)
		nap(0.05);
	check_is("the orphan has checked", *adopter, 0);
}

const struct victim child_victims[] = {
	{ "zombie", "zombies are waited for, with their statuses", zombie, 0, NULL },
	{ "zombie-info", "what waitid tells of a zombie", zombie_info, 0, NULL },
	{ "told", "a child's end afterwards is told with SIGCHLD", told, 0, NULL },
	{ "dead-leader", "a thread whose leader has ended", dead_leader, 0, NULL },
	{ "orphan", "an orphan's parent", orphan, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
