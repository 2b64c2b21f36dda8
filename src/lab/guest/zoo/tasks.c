// Threads, states, relations between tasks.

#include "zoo.h"

#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <time.h>

static int never[2]; // a pipe that nobody writes to
static uint32_t futex_word;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *in_read(void *name)
{
	char c;
	pthread_setname_np(pthread_self(), name);
	if (read(never[0], &c, 1) < 0)
		pause();
	return NULL;
}

static void *in_futex(void *name)
{
	pthread_setname_np(pthread_self(), name);
	syscall(SYS_futex, &futex_word, FUTEX_WAIT, 0, NULL, NULL, 0);
	return NULL;
}

static void *in_mutex(void *name)
{
	pthread_setname_np(pthread_self(), name);
	pthread_mutex_lock(&mutex);
	return NULL;
}

static void *in_nanosleep(void *name)
{
	struct timespec long_time = { .tv_sec = 1000000 };
	pthread_setname_np(pthread_self(), name);
	nanosleep(&long_time, NULL);
	return NULL;
}

static void *in_poll(void *name)
{
	struct pollfd p = { .fd = never[0], .events = POLLIN };
	pthread_setname_np(pthread_self(), name);
	poll(&p, 1, -1);
	return NULL;
}

// A thread with its own descriptors, and its own cwd and root.
static void *apart(void *name)
{
	pthread_setname_np(pthread_self(), name);
	try("unshare", unshare(CLONE_FILES | CLONE_FS));
	try("open", open("/etc/hostname", O_RDONLY | O_CREAT, 0644));
	try("chdir", chdir("/usr"));
	sleep_forever();
}

static void spawn(void *(*body)(void *), const char *name)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, body, (void *)name) != 0)
		skip("pthread_create");
}

static void threads(void)
{
	must("pipe", pipe(never));
	pthread_mutex_lock(&mutex);
	spawn(in_read, "in-read");
	spawn(in_futex, "in-futex");
	spawn(in_mutex, "in-mutex");
	spawn(in_nanosleep, "in-nanosleep");
	spawn(in_poll, "in-poll");
	spawn(apart, "apart");
	spawn(in_read, "odd) name (x");
	usleep(200000);
	ready();
}

// The leader is gone, its thread goes on: the leader shows as a zombie.
static void dead_leader(void)
{
	must("pipe", pipe(never));
	spawn(in_read, "zoo-survivor");
	usleep(100000);
	ready();
	pthread_exit(NULL);
}

static void zombie(void)
{
	if (child("zoo-zombie-c") == 0)
		_exit(42);
	if (child("zoo-zombie-k") == 0)
		raise(SIGKILL);
	usleep(200000);
	ready();
}

static void stopped(void)
{
	pid_t pid = child("zoo-stopped-c");
	if (pid == 0) {
		raise(SIGSTOP);
		sleep_forever();
	}
	must("waitpid", waitpid(pid, NULL, WUNTRACED));
	ready();
}

static void traced(void)
{
	pid_t pid = child("zoo-traced-c");
	if (pid == 0) {
		try("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGUSR1);
		sleep_forever();
	}
	pid_t seized = child("zoo-seized-c");
	if (seized == 0)
		sleep_forever();
	must("waitpid", waitpid(pid, NULL, 0));
	try("seize", ptrace(PTRACE_SEIZE, seized, NULL, NULL));
	ready();
}

// The child borrows our address space and stack, and we wait for it, uninterruptibly, until it execs: never.
static void vforked(void)
{
	if (vfork() == 0) {
		prctl(PR_SET_NAME, "zoo-vfork-c");
		ready();
		sleep_forever();
	}
}

static int shares_memory(void *name)
{
	prctl(PR_SET_NAME, name);
	sleep_forever();
}

// Processes, not threads, that share: memory; files and fs; signal handlers.
static void cloned(void)
{
	static char stacks[3][65536];
	static const struct { int flags; char *name; } ways[] = {
		{ CLONE_VM, "zoo-clone-vm" },
		{ CLONE_FILES | CLONE_FS, "zoo-clone-files" },
		{ CLONE_VM | CLONE_SIGHAND | CLONE_IO | CLONE_SYSVSEM, "zoo-clone-sig" },
	};
	for (int i = 0; i < 3; i++)
		must("clone", clone(shares_memory, stacks[i] + 65536, ways[i].flags | SIGCHLD, ways[i].name));
	usleep(100000);
	ready();
}

static void orphan(void)
{
	if (child("zoo-orphan-mid") == 0) {
		if (child("zoo-orphan-c") == 0) {
			usleep(100000);
			sleep_forever();
		}
		_exit(0);
	}
	wait(NULL);
	// A child that a subreaper adopts: us.
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (child("zoo-adopt-mid") == 0) {
		if (child("zoo-adopted") == 0)
			sleep_forever();
		_exit(0);
	}
	wait(NULL);
	ready();
}

static int nested(void *level_pointer)
{
	int level = *(int *)level_pointer;
	char name[16];
	snprintf(name, sizeof(name), "zoo-pidns-%d", level);
	prctl(PR_SET_NAME, name);
	snprintf(name, sizeof(name), "zoo-pidns-%dc", level);
	if (fork() == 0) {
		prctl(PR_SET_NAME, name);
		setsid();
		sleep_forever();
	}
	if (level < 3) {
		static char stack[65536];
		int next = level + 1;
		clone(nested, stack + sizeof(stack), CLONE_NEWPID | SIGCHLD, &next);
	}
	sleep_forever();
}

static void pidns(void)
{
	static char stack[65536];
	int level = 1;
	must("clone", clone(nested, stack + sizeof(stack), CLONE_NEWPID | SIGCHLD, &level));
	usleep(500000);
	ready();
}

// Pending, blocked, ignored and caught signals; an alternate stack; timers of both kinds.
static void handler(int number)
{
	(void)number;
}

static void signals(void)
{
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_ONSTACK | SA_RESTART | SA_NODEFER };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3 };
	struct itimerspec in_a_week = { .it_value.tv_sec = 604800, .it_interval.tv_sec = 3600 };
	union sigval value = { .sival_int = 0x5a5a };
	sigset_t set;
	timer_t timer;
	sigaltstack(&alternate, NULL);
	sigaddset(&action.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGTERM);
	syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
	for (int i = 0; i < 3; i++)
		sigqueue(getpid(), SIGRTMIN + 1, value);
	try("timer_create", timer_create(CLOCK_MONOTONIC, &event, &timer));
	timer_settime(timer, 0, &in_a_week, NULL);
	alarm(500000);
	ready();
}

// 10 ms of every 100 ms, within 30 ms of their begin.
static void by_deadline(void)
{
	struct { // struct sched_attr, as glibc before 2.41 does not have it
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attributes = { .size = 48, .policy = 6, .runtime = 10000000, .deadline = 30000000, .period = 100000000 };
	attributes.flags = 0x2 | 0x4; // SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN
	if (child("zoo-deadline") == 0) {
		signal(SIGXCPU, SIG_IGN); // of a deadline that a slow machine made it miss
		try("sched_setattr", syscall(SYS_sched_setattr, 0, &attributes, 0));
		sleep_forever();
	}
}

static void sched(void)
{
	static const struct { const char *name; int policy, priority; } ways[] = {
		{ "zoo-fifo", SCHED_FIFO, 10 },
		{ "zoo-rr", SCHED_RR, 20 },
		{ "zoo-batch", SCHED_BATCH, 0 },
		{ "zoo-idle", SCHED_IDLE, 0 },
	};
	for (int i = 0; i < 4; i++) {
		if (child(ways[i].name) == 0) {
			struct sched_param parameter = { .sched_priority = ways[i].priority };
			try("sched_setscheduler", sched_setscheduler(0, ways[i].policy, &parameter));
			sleep_forever();
		}
	}
	if (child("zoo-nice") == 0) {
		cpu_set_t one;
		CPU_ZERO(&one);
		CPU_SET(0, &one);
		sched_setaffinity(0, sizeof(one), &one);
		try("nice", nice(7));
		put("/proc/self/oom_score_adj", "-500");
		put("/proc/self/coredump_filter", "0x7f");
		put("/proc/self/timerslack_ns", "123456");
		syscall(SYS_ioprio_set, 1, 0, (2 << 13) | 6);
		sleep_forever();
	}
	by_deadline();
	usleep(100000);
	ready();
}

// Known values in the registers, asleep in pause(): what a resurrected process must find again.
static void registers(void)
{
	static uint64_t vectors[16][2] __attribute__((aligned(16)));
	for (int i = 0; i < 16; i++) {
		vectors[i][0] = 0x1111111111111111ull * i;
		vectors[i][1] = 0xfeed000000000000ull + i;
	}
	ready();
	__asm__ volatile("movdqa 0(%0), %%xmm0\n movdqa 16(%0), %%xmm1\n movdqa 32(%0), %%xmm2\n movdqa 48(%0), %%xmm3\n"
			 "movdqa 64(%0), %%xmm4\n movdqa 80(%0), %%xmm5\n movdqa 96(%0), %%xmm6\n movdqa 112(%0), %%xmm7\n"
			 "movdqa 128(%0), %%xmm8\n movdqa 144(%0), %%xmm9\n movdqa 160(%0), %%xmm10\n"
			 "movdqa 176(%0), %%xmm11\n movdqa 192(%0), %%xmm12\n movdqa 208(%0), %%xmm13\n"
			 "movdqa 224(%0), %%xmm14\n movdqa 240(%0), %%xmm15\n"
			 "fldpi\n fld1\n"
			 "movabs $0xb0b0b0b0b0b0b0b0, %%rbx\n movabs $0x0808080808080808, %%r8\n"
			 "movabs $0x0909090909090909, %%r9\n movabs $0x1010101010101010, %%r10\n"
			 "movabs $0x1212121212121212, %%r12\n movabs $0x1313131313131313, %%r13\n"
			 "movabs $0x1414141414141414, %%r14\n movabs $0x1515151515151515, %%r15\n"
			 "1: movl $34, %%eax\n syscall\n jmp 1b\n" ::"r"(vectors)
			 : "rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory");
}

const struct specimen task_specimens[] = {
	{ "threads", threads },	 { "deadleader", dead_leader }, { "zombie", zombie },	{ "stopped", stopped },
	{ "traced", traced },	 { "vfork", vforked },		{ "clone", cloned },	{ "orphan", orphan },
	{ "pidns", pidns },	 { "signals", signals },	{ "sched", sched },	{ "registers", registers },
	{ NULL, NULL },
};
