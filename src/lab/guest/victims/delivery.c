// Waiting for signals; what a signal does to a system call; states that signals make.

#include "victims.h"

static volatile int caught;
static pid_t target;

static void note(int number)
{
	(void)number;
	caught++;
}

static void send_signal(void)
{
	kill(target, broken(1) ? SIGUSR2 : SIGUSR1);
}

static void prepare(void)
{
	target = getpid();
	on_signal(SIGUSR1, note, 0);
	on_signal(SIGUSR2, nothing, 0);
}

static void in_pause(void)
{
	prepare();
	pid_t pid = waker(send_signal);
	check_error("pause", pause(), EINTR);
	check_is("SIGUSR1 caught", caught, 1);
	join(pid);
}

static void in_sigsuspend(void)
{
	sigset_t usr1, all_but, now_mask;
	prepare();
	sigfillset(&all_but);
	sigdelset(&all_but, SIGUSR1);
	sigdelset(&all_but, SIGUSR2);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	need("sigprocmask", sigprocmask(SIG_BLOCK, &usr1, NULL));
	pid_t pid = waker(send_signal);
	check_error("sigsuspend", sigsuspend(&all_but), EINTR);
	check_is("SIGUSR1 caught", caught, 1);
	need("sigprocmask", sigprocmask(SIG_BLOCK, NULL, &now_mask));
	if (broken(2))
		sigdelset(&now_mask, SIGUSR1);
	check_is("SIGUSR1 blocked again", sigismember(&now_mask, SIGUSR1), 1);
	check_is("SIGTERM not blocked again", sigismember(&now_mask, SIGTERM), 0);
	join(pid);
}

static sigset_t waits_for(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	need("sigprocmask", sigprocmask(SIG_BLOCK, &set, NULL));
	target = getpid();
	return set;
}

static void queue_signal(void)
{
	union sigval value = { .sival_int = 42 };
	sigqueue(target, broken(1) ? SIGUSR2 : SIGUSR1, value);
}

// The wait may have to be begun anew: EINTR is no fault of the state.
static void in_sigwaitinfo(void)
{
	siginfo_t info = { .si_code = 0 };
	sigset_t set = waits_for();
	pid_t pid = waker(queue_signal);
	int got;
	while ((got = sigwaitinfo(&set, &info)) < 0 && errno == EINTR)
		;
	check_is("signal", got, SIGUSR1);
	check_is("its value", info.si_value.sival_int, 42);
	check_is("its sender", info.si_pid, pid);
	join(pid);
}

static void in_sigtimedwait(void)
{
	struct timespec hours = { 36000, 0 };
	siginfo_t info = { .si_code = 0 };
	sigset_t set = waits_for();
	pid_t pid = waker(queue_signal);
	int got;
	while ((got = sigtimedwait(&set, &info, &hours)) < 0 && errno == EINTR)
		;
	check_is("signal", got, SIGUSR1);
	check_is("its value", info.si_value.sival_int, 42);
	join(pid);
}

static int ends[2];

static void signal_then_write(void)
{
	kill(target, SIGUSR1);
	nap(1);
	need("write", write(ends[1], "x", 1));
}

// Asleep in read() with SA_RESTART: a signal afterwards is caught, and the read goes on.
static void restarts(void)
{
	char c = 0;
	target = getpid();
	need("pipe", pipe(ends));
	on_signal(SIGUSR1, note, SA_RESTART);
	pid_t pid = waker(signal_then_write);
	if (broken(1))
		on_signal(SIGUSR1, note, 0);
	long n = read(ends[0], &c, 1);
	check(n == 1 && c == 'x', "read: %ld, %s", n, n < 0 ? strerror(errno) : "");
	check_is("SIGUSR1 caught", caught, 1);
	join(pid);
}

static void only_signal(void)
{
	kill(target, SIGUSR1);
	if (patience > 1)
		return;
	nap(0.3); // the read goes on where it should not
	need("write", write(ends[1], "x", 1));
}

// Without it the read ends; and not before the signal.
static void interrupts(void)
{
	char c = 0;
	target = getpid();
	need("pipe", pipe(ends));
	on_signal(SIGUSR1, note, broken(1) ? SA_RESTART : 0);
	pid_t pid = waker(only_signal);
	check_error("read", read(ends[0], &c, 1), EINTR);
	check_is("SIGUSR1 caught", caught, 1);
	join(pid);
}

static char state_of(pid_t pid)
{
	char path[64], text[512];
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	slurp(path, text, sizeof(text));
	char *end = strrchr(text, ')');
	return end ? end[2] : '?';
}

// Stopped is stopped, and continued where it was.
static void stopped(void)
{
	struct word set = promise();
	pid_t pid = child();
	if (pid == 0) {
		tell(set);
		raise(SIGSTOP);
		caught = 1;
		check_is("after marker", after(), 1);
		end_child();
	}
	int status;
	hear(set);
	need("waitpid", waitpid(pid, &status, WUNTRACED));
	across();
	if (broken(1)) {
		kill(pid, SIGCONT);
		nap(0.2);
	}
	check_is("state of the stopped process", state_of(pid), 'T');
	check_is("waitpid tells nothing yet", waitpid(pid, &status, WNOHANG | WUNTRACED), 0);
	kill(pid, SIGCONT);
	join(pid);
}

// Stopped, and nobody has asked yet: the parent is told afterwards.
static void untold(void)
{
	pid_t pid = child();
	if (pid == 0) {
		raise(SIGSTOP);
		end_child();
	}
	for (int i = 0; i < 500 && state_of(pid) != 'T'; i++)
		nap(0.01);
	across();
	int status = 0;
	if (broken(1))
		waitpid(pid, &status, WUNTRACED);
	status = 0;
	check_is("waitpid", waitpid(pid, &status, WNOHANG | WUNTRACED), pid);
	check(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "status %#x", status);
	kill(pid, SIGCONT);
	if (!*reasons)
		join(pid);
}

const struct victim delivery_victims[] = {
	{ "pause", "asleep in pause, until a signal comes", in_pause, 0, NULL },
	{ "sigsuspend", "asleep in sigsuspend; the former mask comes back", in_sigsuspend, 0, NULL },
	{ "sigwaitinfo", "asleep in sigwaitinfo", in_sigwaitinfo, 0, NULL },
	{ "sigtimedwait", "asleep in sigtimedwait", in_sigtimedwait, 0, NULL },
	{ "restarts", "SA_RESTART: a read goes on after a signal", restarts, 0, NULL },
	{ "interrupts", "no SA_RESTART: a read ends with EINTR", interrupts, 0, NULL },
	{ "stopped", "a stopped process stays so until SIGCONT", stopped, 0, NULL },
	{ "untold", "a stop that the parent was not told of yet", untold, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
