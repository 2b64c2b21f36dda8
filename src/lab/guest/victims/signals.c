// Signals: handlers, masks, what is pending, other stacks, interrupted handlers.

#include "victims.h"

#include <sys/ucontext.h>

static volatile int caught[65];

static void count(int number)
{
	caught[number]++;
}

struct kernel_action {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

static void all_actions(struct kernel_action *actions)
{
	for (int i = 1; i < 65; i++)
		need("rt_sigaction", syscall(SYS_rt_sigaction, i, NULL, &actions[i], 8));
}

static void handlers(void)
{
	static struct kernel_action before[65], found[65];
	struct sigaction action = { .sa_handler = count, .sa_flags = SA_RESTART | SA_NODEFER | SA_ONSTACK };
	sigaddset(&action.sa_mask, SIGUSR2);
	sigaddset(&action.sa_mask, SIGRTMIN + 5);
	need("sigaction", sigaction(SIGUSR1, &action, NULL));
	on_signal(SIGRTMIN + 3, count, SA_SIGINFO);
	on_signal(SIGUSR2, count, SA_RESETHAND);
	on_signal(SIGHUP, SIG_IGN, 0);
	on_signal(SIGCHLD, SIG_DFL, SA_NOCLDWAIT | SA_NOCLDSTOP);
	all_actions(before);
	across();
	if (broken(1))
		on_signal(SIGHUP, SIG_DFL, 0);
	if (broken(2))
		on_signal(SIGUSR1, count, SA_RESTART | SA_NODEFER | SA_ONSTACK);
	all_actions(found);
	check_bytes("actions", found, before, sizeof(found));
	raise(SIGUSR1);
	raise(SIGRTMIN + 3);
	raise(SIGUSR2);
	check_is("SIGUSR1", caught[SIGUSR1], 1);
	check_is("SIGRTMIN+3", caught[SIGRTMIN + 3], 1);
	check_is("SIGUSR2", caught[SIGUSR2], 1);
	struct sigaction once;
	need("sigaction", sigaction(SIGUSR2, NULL, &once));
	check(once.sa_handler == SIG_DFL, "SIGUSR2 was caught once, and still has its handler");
}

static sigset_t set_of(int a, int b, int c)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, a);
	sigaddset(&set, b);
	sigaddset(&set, c);
	return set;
}

static void block(int a, int b, int c)
{
	sigset_t set = set_of(a, b, c);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
}

static void *blocks_others(void *unused)
{
	char before[400], found[400];
	block(SIGHUP, SIGRTMAX, SIGWINCH);
	status_lines("SigBlk", before, sizeof(before));
	until_after();
	if (broken(2))
		block(SIGHUP, SIGRTMAX, SIGRTMAX);
	status_lines("SigBlk", found, sizeof(found));
	check_text("signals that a thread blocks", found, before);
	return unused;
}

static void masks(void)
{
	char before[400], found[400];
	pthread_t other = thread(blocks_others, NULL);
	nap(0.05);
	block(SIGUSR1, SIGTERM, SIGRTMIN + 2);
	status_lines("SigBlk", before, sizeof(before));
	across();
	if (broken(1))
		block(SIGUSR1, SIGTERM, SIGTERM);
	status_lines("SigBlk", found, sizeof(found));
	check_text("blocked signals", found, before);
	join_thread("thread", other);
}

// Takes the next pending one of the set, with what came with it.
static void expect(sigset_t set, int number, int code, int value)
{
	struct timespec now_or_never = { 0, 0 };
	siginfo_t info = { .si_code = 0 };
	// The C library's tells another code for SI_TKILL.
	int got = syscall(SYS_rt_sigtimedwait, &set, &info, &now_or_never, 8);
	check_is("pending signal", got, number);
	if (got != number || got < 0)
		return;
	check_is("its code", info.si_code, code);
	check_is("its sender", info.si_pid, getpid());
	check_is("its user", info.si_uid, getuid());
	if (code == SI_QUEUE)
		check_is("its value", info.si_value.sival_int, value);
}

static void pending(void)
{
	sigset_t set = set_of(SIGUSR1, SIGTERM, SIGWINCH);
	block(SIGUSR1, SIGTERM, SIGWINCH);
	kill(getpid(), SIGTERM); // of the process
	kill(getpid(), SIGTERM); // once is enough
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1); // of the thread
	across();
	if (broken(1))
		expect(set_of(SIGTERM, SIGTERM, SIGTERM), SIGTERM, SI_USER, 0);
	if (broken(2))
		kill(getpid(), SIGWINCH);
	expect(set, SIGUSR1, SI_TKILL, 0);
	expect(set, SIGTERM, SI_USER, 0);
	expect(set, -1, 0, 0);
}

// Realtime signals stand in line: by number, then in the order they were sent in.
static void queued(void)
{
	sigset_t set = set_of(SIGRTMIN + 1, SIGRTMIN + 4, SIGRTMIN + 9);
	block(SIGRTMIN + 1, SIGRTMIN + 4, SIGRTMIN + 9);
	for (int i = 0; i < 20; i++) {
		union sigval value = { .sival_int = 500 + i };
		need("sigqueue", sigqueue(getpid(), SIGRTMIN + (i % 2 ? 1 : 4), value));
	}
	across();
	if (broken(1))
		sigwaitinfo(&set, NULL);
	if (broken(2)) {
		union sigval value = { .sival_int = 9 };
		sigqueue(getpid(), SIGRTMIN + 1, value);
	}
	for (int i = 1; i < 20; i += 2)
		expect(set, SIGRTMIN + 1, SI_QUEUE, 500 + i);
	for (int i = 0; i < 20; i += 2)
		expect(set, SIGRTMIN + 4, SI_QUEUE, 500 + i);
	expect(set, -1, 0, 0);
}

// Pending at the death, and deliverable at once when unblocked.
static void unblocked(void)
{
	block(SIGUSR1, SIGRTMIN + 1, SIGHUP);
	on_signal(SIGUSR1, count, 0);
	on_signal(SIGRTMIN + 1, count, 0);
	raise(SIGUSR1);
	raise(SIGRTMIN + 1);
	raise(SIGRTMIN + 1);
	across();
	check_is("before it was unblocked", caught[SIGUSR1], 0);
	if (broken(1))
		on_signal(SIGUSR1, SIG_IGN, 0); // which takes what is pending away
	block(SIGHUP, SIGHUP, SIGHUP);
	check_is("SIGUSR1 caught", caught[SIGUSR1], 1);
	check_is("SIGRTMIN+1 caught", caught[SIGRTMIN + 1], 2);
}

static char other_stack[64 * KIB] __attribute__((aligned(64)));
static volatile uintptr_t handler_frame;

static void note_frame(int number)
{
	(void)number;
	handler_frame = (uintptr_t)__builtin_frame_address(0);
}

static int on_other_stack(void)
{
	return handler_frame > (uintptr_t)other_stack && handler_frame < (uintptr_t)other_stack + sizeof(other_stack);
}

static void stack_of_signals(void)
{
	stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) }, found, off = { .ss_flags = SS_DISABLE };
	need("sigaltstack", sigaltstack(&stack, NULL));
	on_signal(SIGUSR1, note_frame, SA_ONSTACK);
	on_signal(SIGUSR2, note_frame, 0);
	across();
	if (broken(1))
		need("sigaltstack", sigaltstack(&off, NULL));
	if (broken(2))
		on_signal(SIGUSR1, note_frame, 0);
	need("sigaltstack", sigaltstack(NULL, &found));
	check(found.ss_sp == other_stack, "stack at %p, not %p", found.ss_sp, other_stack);
	check_is("its size", found.ss_size, sizeof(other_stack));
	raise(SIGUSR1);
	check(on_other_stack(), "handler ran at %#lx, not on its stack", handler_frame);
	raise(SIGUSR2);
	check(!on_other_stack(), "handler without SA_ONSTACK ran on the other stack");
}

static volatile int returned_from;

// Dies and lives again in here, on the other stack, with the interrupted context below.
static void long_handler(int number, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;
	across();
	check_is("signal", number, SIGUSR1);
	check_is("value", info->si_value.sival_int, 4711);
	check(!!sigismember(&interrupted->uc_sigmask, SIGHUP), "the mask to go back to is lost");
	if (broken(1))
		sigdelset(&interrupted->uc_sigmask, SIGHUP);
	returned_from++;
}

static void in_handler(void)
{
	stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
	struct sigaction action = { .sa_sigaction = long_handler, .sa_flags = SA_ONSTACK | SA_SIGINFO };
	union sigval value = { .sival_int = 4711 };
	sigset_t mask;
	need("sigaltstack", sigaltstack(&stack, NULL));
	need("sigaction", sigaction(SIGUSR1, &action, NULL));
	block(SIGHUP, SIGHUP, SIGHUP);
	volatile double kept = 1.0 / 3;
	sigqueue(getpid(), SIGUSR1, value);
	check_is("handlers that returned", returned_from, 1);
	check(kept == 1.0 / 3, "what the handler interrupted is damaged");
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	check_is("SIGHUP blocked", sigismember(&mask, SIGHUP), 1);
	check_is("SIGUSR1 blocked", sigismember(&mask, SIGUSR1), 0);
}

const struct victim signal_victims[] = {
	{ "handlers", "what is done on each of 64 signals", handlers, 0, NULL },
	{ "masks", "signals that threads block", masks, 0, NULL },
	{ "pending", "pending signals of process and thread, with who sent them", pending, 0, NULL },
	{ "queued", "20 queued realtime signals, in order, with their values", queued, 0, NULL },
	{ "unblocked", "what was pending is caught once unblocked", unblocked, 0, NULL },
	{ "altstack", "handlers run on the stack set up for them", stack_of_signals, 0, NULL },
	{ "in-handler", "dies in a handler on another stack, and returns from it", in_handler, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
