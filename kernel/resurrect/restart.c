// SPDX-License-Identifier: GPL-2.0-only
/*
 * nanosleep, clock_nanosleep, poll and futex waits with a relative time-out. Their restart functions are the kernel's own and
 * no module can name them; but the kernel itself notes them in the thread when a signal interrupts such a call. So the call is
 * made, with the time that is left and the memory and descriptors of the plan, and a signal is sent. Its handler does not
 * return: rt_sigreturn(2) would make the kernel forget.
 */
#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

#include "bringup.h"
#include "process.h"
#include "restart.h"
#include "self.h"
#include "sys.h"
#include "tree.h"

#define SECOND 1000000000LL
/* Long enough to be interrupted in. */
#define LEAST_NS 50000000LL
#define KICK_NS 300000
#define KICKS 10000
#define SA_RESTORER 0x04000000UL

struct kernel_action {
	uint64_t handler, flags, restorer, mask;
};

/* One thread at a time: the handler is the process's. */
static volatile uint32_t turn;
static struct {
	volatile uint32_t done; /* the call was interrupted, or has returned by itself */
	volatile uint32_t interrupted;
	uint64_t stack, frame; /* where the call was made from */
	int32_t pid, tid, signal;
} call;

/* By thread of the process. */
static uint64_t bits_of[(WINDOW_END - STACKS_AT) / STACK_BYTES];

static uint64_t number_of(const struct owp_thread *thread)
{
	return thread - OWP_RECORDS(&ex.plan, thread, THREAD);
}

static uint64_t *bits_for(const struct owp_thread *thread)
{
	return &bits_of[number_of(thread) % (sizeof(bits_of) / sizeof(*bits_of))];
}

uint64_t restart_bits(const struct owp_thread *thread)
{
	return *bits_for(thread);
}

extern char ow_call_end[], ow_call_interrupted[], ow_restorer[];

asm(".pushsection .text\n"
    "ow_restorer:\n\t"
    "mov $15, %eax\n\t"
    "syscall\n"
    ".popsection");

static void on_signal(int signal, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)signal;
	(void)info;
	if (at->uc_mcontext.gregs[REG_RIP] != (long)ow_call_end || at->uc_mcontext.gregs[REG_RAX] != -EINTR)
		return; /* before the call, or behind it */
	asm volatile("mov %0, %%rsp\n\t"
		     "mov %1, %%rbp\n\t"
		     "jmp ow_call_interrupted"
		     :
		     : "r"(call.stack), "r"(call.frame));
	__builtin_unreachable();
}

/* Returns what the call returned, or -ERESTART (85) where it was interrupted and can go on. */
static long __attribute__((noinline)) make_call(long number, long a, long b, long c, long d)
{
	long result;
	register long r10 asm("r10") = d;

	asm volatile("push %%rbx\n\tpush %%r12\n\tpush %%r13\n\tpush %%r14\n\tpush %%r15\n\t"
		     "mov %%rsp, (%[stack])\n\t"
		     "mov %%rbp, (%[frame])\n\t"
		     "syscall\n"
		     ".globl ow_call_end\n"
		     "ow_call_end:\n\t"
		     "jmp 1f\n"
		     ".globl ow_call_interrupted\n"
		     "ow_call_interrupted:\n\t"
		     "mov $-85, %%rax\n"
		     "1:\n\t"
		     "pop %%r15\n\tpop %%r14\n\tpop %%r13\n\tpop %%r12\n\tpop %%rbx"
		     : "=a"(result)
		     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), [stack] "r"(&call.stack), [frame] "r"(&call.frame)
		     : "rcx", "r11", "memory");
	return result;
}

/* A process that shares this memory, for a while: it sends the signal until the call has been interrupted. */
static void __attribute__((noreturn)) kicker(void)
{
	struct timespec pause = { 0, KICK_NS };

	for (int i = 0; i < KICKS && !call.done; i++) {
		sys(nanosleep, &pause, 0);
		sys(tgkill, call.pid, call.tid, call.signal);
	}
	sys(exit, 0);
	__builtin_unreachable();
}

static long start_kicker(void *stack, uint64_t bytes)
{
	int32_t pid = __atomic_fetch_sub(&tree->free_pid, 1, __ATOMIC_SEQ_CST);
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_FILES | CLONE_FS,
		.stack = (uintptr_t)stack,
		.stack_size = bytes,
		.set_tid = (uintptr_t)&pid,
		.set_tid_size = 1,
	};
	long result;

	asm volatile("syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 1f\n\t"
		     "xor %%ebp, %%ebp\n\t"
		     "call *%[main]\n\t"
		     "ud2\n"
		     "1:"
		     : "=a"(result)
		     : "a"((long)SYS_clone3), "D"(&args), "S"(sizeof(args)), [main] "b"(kicker)
		     : "rcx", "r11", "memory");
	return result;
}

static int64_t left(const struct owp_restart_block *restart)
{
	struct timespec now = { 0, 0 };
	int64_t ns;

	sys(clock_gettime, restart->clock < 0 ? CLOCK_MONOTONIC : restart->clock, &now);
	ns = (int64_t)restart->expires - (now.tv_sec * SECOND + now.tv_nsec);
	return ns > LEAST_NS ? ns : LEAST_NS;
}

static long call_again(const struct owp_restart_block *restart)
{
	int64_t ns = left(restart);
	struct timespec time = { ns / SECOND, ns % SECOND };

	switch (restart->number) {
	case SYS_nanosleep:
		return make_call(SYS_nanosleep, (long)&time, restart->arg1, 0, 0);
	case SYS_clock_nanosleep:
		return make_call(SYS_clock_nanosleep, restart->arg0, 0, (long)&time, restart->arg3);
	case SYS_poll:
		return make_call(SYS_poll, restart->arg0, restart->arg1, restart->expires ? ns / 1000000 : -1, 0);
	case SYS_futex:
		return make_call(SYS_futex, restart->arg0, restart->arg1, restart->arg2, (long)&time);
	default:
		return -ENOSYS;
	}
}

/*
 * select(2) and its like begin anew: what time is left is written to where they were told the time, as the kernel does when
 * they are interrupted (fs/select.c, poll_select_finish). Where that cannot be written, they have the whole time.
 */
static bool write_time_left(const struct owp_thread *thread, const struct owp_restart_block *restart)
{
	const struct owp_registers *registers = OWP_RECORDS(&ex.plan, registers, REGISTERS) + thread->registers.first;
	uint64_t at = restart->number == SYS_ppoll ? registers->dx : registers->r8;
	bool micro = restart->number == SYS_select;
	int64_t ns = left(restart);
	int32_t pid = sys(getpid);
	int64_t words[2] = { ns / SECOND, micro ? ns % SECOND / 1000 : ns % SECOND };
	struct iovec from = { words, sizeof(words) }, to = { (void *)at, sizeof(words) };

	if (restart->number != SYS_select && restart->number != SYS_pselect6 && restart->number != SYS_ppoll)
		return false;
	sys(process_vm_writev, pid, &from, 1, &to, 1, 0); /* not by a store: the address may be none */
	return true;
}

static int unused_signal(void)
{
	uint64_t pending = 0;

	sys(rt_sigpending, &pending, 8);
	for (int signal = 64; signal > 32; signal--)
		if (!(pending & (1ULL << (signal - 1))))
			return signal;
	return 0;
}

static long interrupt_call(const struct owp_restart_block *restart)
{
	static unsigned char stack[4096] __attribute__((aligned(16)));
	struct kernel_action old, action = {
		.handler = (uintptr_t)on_signal,
		.flags = SA_SIGINFO | SA_RESTORER,
		.restorer = (uintptr_t)ow_restorer,
		.mask = ~0ULL,
	};
	uint64_t all = ~0ULL, one = 1ULL << (call.signal - 1), open = ~one;
	struct timespec none = { 0, 0 };
	long pid, result = sys(rt_sigaction, call.signal, &action, &old, 8);

	if (result)
		return result;
	call.done = 0;
	pid = start_kicker(stack, sizeof(stack));
	if (pid > 0) {
		sys(rt_sigprocmask, SIG_SETMASK, &open, 0, 8);
		result = call_again(restart);
		sys(rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
		call.done = 1;
		sys(wait4, pid, 0, __WALL, 0);
		while (sys(rt_sigtimedwait, &one, 0, &none, 8) > 0)
			;
	} else {
		result = pid;
	}
	sys(rt_sigaction, call.signal, &old, 0, 8);
	return result;
}

int prepare_restart(const struct owp_thread *thread)
{
	const long most = 1L << (OW_RESULT_BITS - 1);
	long result = -EAGAIN;

	if (thread->syscall_action != OWP_SYSCALL_ACTION_RESTART_BLOCK || thread->restart.count != 1)
		return 0;
	if (write_time_left(thread, OWP_RECORDS(&ex.plan, restart_block, RESTART_BLOCK) + thread->restart.first))
		return 0;
	while (__atomic_exchange_n(&turn, 1, __ATOMIC_SEQ_CST))
		sys(futex, &turn, FUTEX_WAIT, 1, 0);
	call.pid = sys(getpid);
	call.tid = sys(gettid);
	call.signal = unused_signal();
	if (call.signal)
		result = interrupt_call(OWP_RECORDS(&ex.plan, restart_block, RESTART_BLOCK) + thread->restart.first);
	if (result == -ERESTART)
		*bits_for(thread) = OW_RESTART_READY;
	else if ((result >= 0 && result < most) || result == -ETIMEDOUT)
		/* Its time had come, or what it waited for is there. */
		*bits_for(thread) = OW_CALL_ENDED |
				    ((uint64_t)result & ((1ULL << OW_RESULT_BITS) - 1)) << OW_RESULT_SHIFT;
	turn = 0;
	sys(futex, &turn, FUTEX_WAKE, 1);
	return 0;
}
