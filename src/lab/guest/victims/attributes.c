// What a process may use and how it is run: limits, scheduling, names, and small settings.

#include "victims.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void limit(int which, rlim_t soft, rlim_t hard)
{
	struct rlimit value = { soft, hard };
	need("setrlimit", setrlimit(which, &value));
}

static void limits(void)
{
	char before[4096], now_text[4096];
	limit(RLIMIT_CORE, 111, 222);
	limit(RLIMIT_STACK, 3 * MIB, 4 * MIB);
	limit(RLIMIT_MEMLOCK, 33 * KIB, 44 * KIB);
	limit(RLIMIT_NOFILE, 100, 200);
	limit(RLIMIT_AS, 1ul << 36, 1ul << 37);
	limit(RLIMIT_CPU, 100000, RLIM_INFINITY);
	slurp("/proc/self/limits", before, sizeof(before));
	across();
	if (broken(1))
		limit(RLIMIT_CORE, 112, 222);
	if (broken(2))
		limit(RLIMIT_NOFILE, 100, 199);
	slurp("/proc/self/limits", now_text, sizeof(now_text));
	check_text("limits", now_text, before);
	limit(RLIMIT_NOFILE, 3, 200);
	check_error("dup beyond the limit", dup(0), EMFILE);
	limit(RLIMIT_NOFILE, 100, 200); // room for the verdict
}

static void *nicer(void *unused)
{
	(void)unused;
	need("nice", setpriority(PRIO_PROCESS, syscall(SYS_gettid), 11));
	until_after();
	check_is("nice of a thread", getpriority(PRIO_PROCESS, syscall(SYS_gettid)), 11);
	return NULL;
}

static void niceness(void)
{
	pthread_t other = thread(nicer, NULL);
	need("nice", setpriority(PRIO_PROCESS, getpid(), 7));
	across();
	if (broken(1))
		need("nice", setpriority(PRIO_PROCESS, getpid(), 8));
	check_is("nice", getpriority(PRIO_PROCESS, 0), 7);
	join_thread("thread", other);
}

static const struct { int policy, priority; } ways[] = {
	{ SCHED_FIFO, 10 },
	{ SCHED_RR | SCHED_RESET_ON_FORK, 20 },
	{ SCHED_BATCH, 0 },
	{ SCHED_IDLE, 0 },
};

static void set_policy(int way, int priority)
{
	struct sched_param parameter = { .sched_priority = priority };
	may("sched_setscheduler", sched_setscheduler(0, ways[way].policy, &parameter));
}

static void policy(void)
{
	struct sched_param parameter;
	pid_t pids[COUNT(ways)];
	set_policy(0, 10); // excused here where it may not
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct word set = promise();
		if ((pids[i] = child()) == 0) {
			set_policy(i, ways[i].priority);
			tell(set);
			until_after();
			if (i == 1 && broken(1))
				set_policy(1, 21);
			if (i == 2 && broken(2))
				set_policy(3, 0);
			check_is("policy", sched_getscheduler(0), ways[i].policy);
			need("sched_getparam", sched_getparam(0, &parameter));
			check_is("priority", parameter.sched_priority, ways[i].priority);
			end_child();
		}
		hear(set);
	}
	across();
	for (size_t i = 0; i < COUNT(ways); i++)
		join(pids[i]);
}

static void affinity(void)
{
	cpu_set_t one, found;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	need("sched_setaffinity", sched_setaffinity(0, sizeof(one), &one));
	across();
	if (broken(1)) {
		CPU_SET(1, &one);
		may("sched_setaffinity", sched_setaffinity(0, sizeof(one), &one));
		CPU_CLR(1, &one);
	}
	need("sched_getaffinity", sched_getaffinity(0, sizeof(found), &found));
	check_bytes("CPUs", &found, &one, sizeof(one));
}

static void *slacker(void *unused)
{
	(void)unused;
	need("slack", prctl(PR_SET_TIMERSLACK, 654321));
	until_after();
	check_is("slack of a thread", prctl(PR_GET_TIMERSLACK), 654321);
	return NULL;
}

static void slack(void)
{
	need("slack", prctl(PR_SET_TIMERSLACK, 123456));
	pthread_t other = thread(slacker, NULL);
	across();
	if (broken(1))
		need("slack", prctl(PR_SET_TIMERSLACK, 50000));
	check_is("slack", prctl(PR_GET_TIMERSLACK), 123456);
	join_thread("thread", other);
}

static void io_priority(void)
{
	int level = 2 << 13 | 6; // best effort, 6
	need("ioprio_set", syscall(SYS_ioprio_set, 1, 0, level));
	across();
	if (broken(1))
		need("ioprio_set", syscall(SYS_ioprio_set, 1, 0, level - 1));
	check_is("I/O priority", syscall(SYS_ioprio_get, 1, 0), level);
}

static void *named(void *name)
{
	char found[16];
	need("name", prctl(PR_SET_NAME, name));
	until_after();
	if (broken(1))
		prctl(PR_SET_NAME, "renamed");
	need("name", prctl(PR_GET_NAME, found));
	check_text("name of a thread", found, name);
	return NULL;
}

static void names(void)
{
	static char *const odd[] = { "a b", "15-characters-1", "odd) name (x", "\xc3\xa9\x01" };
	pthread_t threads[COUNT(odd)];
	char found[16];
	for (size_t i = 0; i < COUNT(odd); i++)
		threads[i] = thread(named, odd[i]);
	nap(0.1);
	prctl(PR_SET_NAME, "the leader");
	across();
	prctl(PR_GET_NAME, found);
	check_text("name", found, "the leader");
	for (size_t i = 0; i < COUNT(odd); i++)
		join_thread("thread", threads[i]);
}

static void mask(void)
{
	struct stat status;
	umask(027);
	across();
	if (broken(1))
		umask(022);
	char *path = work_path("masked");
	close(need(path, open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)));
	need(path, stat(path, &status));
	check_is("mode of a new file", status.st_mode & 0777, 0640);
	check_is("umask", umask(0), 027);
}

// Written to a file of /proc, and read there again.
static void put(const char *path, const char *text)
{
	int fd = need(path, open(path, O_WRONLY | O_CLOEXEC));
	may(path, write(fd, text, strlen(text)));
	close(fd);
}

static void oom_score(void)
{
	char found[16];
	put("/proc/self/oom_score_adj", "433");
	across();
	if (broken(1))
		put("/proc/self/oom_score_adj", "434");
	slurp("/proc/self/oom_score_adj", found, sizeof(found));
	check_text("oom_score_adj", found, "433");
}

static void core_filter(void)
{
	char found[16];
	put("/proc/self/coredump_filter", "0x7f");
	across();
	if (broken(1))
		put("/proc/self/coredump_filter", "0x33");
	slurp("/proc/self/coredump_filter", found, sizeof(found));
	check_text("coredump_filter", found, "0000007f");
}

static void dumpable(void)
{
	need("dumpable", prctl(PR_SET_DUMPABLE, 0));
	across();
	if (broken(1))
		need("dumpable", prctl(PR_SET_DUMPABLE, 1));
	check_is("dumpable", prctl(PR_GET_DUMPABLE), 0);
}

static void persona(void)
{
	unsigned long bits = 0x0040000 | 0x0400000; // ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC
	need("personality", syscall(SYS_personality, bits));
	across();
	if (broken(1))
		need("personality", syscall(SYS_personality, 0x0040000));
	check_is("personality", syscall(SYS_personality, 0xffffffff), bits);
}

static void subreaper(void)
{
	int found = 0;
	need("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1));
	across();
	if (broken(1))
		need("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 0));
	need("subreaper", prctl(PR_GET_CHILD_SUBREAPER, &found));
	check_is("subreaper", found, 1);
}

static void parent_death(void)
{
	int found = 0;
	need("death signal", prctl(PR_SET_PDEATHSIG, SIGUSR2));
	across();
	if (broken(1))
		need("death signal", prctl(PR_SET_PDEATHSIG, 0));
	need("death signal", prctl(PR_GET_PDEATHSIG, &found));
	check_is("death signal", found, SIGUSR2);
}

const struct victim attribute_victims[] = {
	{ "limits", "resource limits, soft and hard", limits, 0, NULL },
	{ "nice", "nice values of threads", niceness, 0, NULL },
	{ "policy", "FIFO, round robin (reset on fork), batch, idle", policy, NEEDS_ROOT, NULL },
	{ "affinity", "the CPUs it may run on", affinity, 0, NULL },
	{ "slack", "timer slack of threads", slack, 0, NULL },
	{ "ioprio", "I/O priority", io_priority, 0, NULL },
	{ "names", "names of threads, odd ones too", names, 0, NULL },
	{ "umask", "the umask", mask, 0, NULL },
	{ "oom-score", "oom_score_adj", oom_score, 0, NULL },
	{ "core-filter", "what a core dump would hold", core_filter, 0, NULL },
	{ "dumpable", "whether it may be dumped or traced", dumpable, 0, NULL },
	{ "personality", "personality bits", persona, 0, NULL },
	{ "subreaper", "being a reaper of orphans", subreaper, 0, NULL },
	{ "parent-death", "the signal for the parent's death", parent_death, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
