// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last thing that a restored thread does as the executor. All threads of a process gather here; the last to come gives
 * back what the executor occupied of the address space (nobody runs there any more: all are in the kernel), and when the
 * executor releases them they return from their system call as who they were: with the registers of the plan.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/fdtable.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "session.h"

/*
 * What a signal frame may set (arch/x86/kernel/signal.c, FIX_EFLAGS), and ID, which a program sets by popf; interrupts are always
 * on in user mode.
 */
#define USER_FLAGS                                                                                        \
	(X86_EFLAGS_ID | X86_EFLAGS_AC | X86_EFLAGS_OF | X86_EFLAGS_DF | X86_EFLAGS_TF | X86_EFLAGS_SF |  \
	 X86_EFLAGS_ZF | X86_EFLAGS_AF | X86_EFLAGS_PF | X86_EFLAGS_CF | X86_EFLAGS_RF)
/* Bytes of `syscall` and of `int $0x80`. */
#define SYSCALL_BYTES 2

static struct ow_departure *departure_of(pid_t tgid)
{
	u64 i;

	for (i = 0; i < OWP_COUNT(&ow_session.view, PROCESS); i++)
		if (ow_session.departures[i].tgid == tgid)
			return &ow_session.departures[i];
	return NULL;
}

long ow_declare(const struct ow_go __user *argument)
{
	struct ow_departure *departure;
	struct ow_go go;
	long error = 0;
	u32 i;

	if (copy_from_user(&go, argument, sizeof(go)))
		return -EFAULT;
	if (go.process >= OWP_COUNT(&ow_session.view, PROCESS) || go.threads == 0 || (go.flags & ~OW_GO_STOPPED))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(go.keep); i++)
		if (go.keep[i].start > go.keep[i].end || !PAGE_ALIGNED(go.keep[i].start | go.keep[i].end))
			return -EINVAL;
	mutex_lock(&ow_session.lock);
	departure = &ow_session.departures[go.process];
	if (departure->tgid)
		error = -EBUSY;
	else
		*departure = (struct ow_departure){ .tgid = current->tgid, .expected = go.threads, .go = go };
	mutex_unlock(&ow_session.lock);
	return error;
}

/* With the wait queue's lock not held: it unmaps. */
static void leave_nothing(struct ow_departure *departure)
{
	struct ow_go *go = &departure->go;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(go->keep); i++)
		if (go->keep[i].end > go->keep[i].start)
			vm_munmap(go->keep[i].start, go->keep[i].end - go->keep[i].start);
	if (go->device_fd >= 0)
		close_fd(go->device_fd);
}

static void set_registers(struct pt_regs *to, const struct owp_registers *from)
{
	to->r15 = from->r15;
	to->r14 = from->r14;
	to->r13 = from->r13;
	to->r12 = from->r12;
	to->bp = from->bp;
	to->bx = from->bx;
	to->r11 = from->r11;
	to->r10 = from->r10;
	to->r9 = from->r9;
	to->r8 = from->r8;
	to->cx = from->cx;
	to->dx = from->dx;
	to->si = from->si;
	to->di = from->di;
	to->ip = from->ip;
	to->sp = from->sp;
	to->flags = (from->flags & USER_FLAGS) | X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	to->orig_ax = -1; /* no system call that a signal could start anew */
}

/* ax, and where the program goes on (arch/x86/kernel/signal.c, arch_do_signal_or_restart). */
static long after_system_call(struct pt_regs *to, const struct owp_thread *thread,
			      const struct owp_registers *registers, u64 argument)
{
	switch (thread->syscall_action) {
	case OWP_SYSCALL_ACTION_COMPLETE:
		return thread->syscall_result;
	case OWP_SYSCALL_ACTION_INTERRUPTED:
		return -EINTR;
	case OWP_SYSCALL_ACTION_RESTART:
		to->ip -= SYSCALL_BYTES;
		return thread->syscall_number;
	case OWP_SYSCALL_ACTION_RESTART_BLOCK:
		if (argument & OW_CALL_ENDED)
			return sign_extend64(argument >> OW_RESULT_SHIFT, OW_RESULT_BITS - 1);
		to->ip -= SYSCALL_BYTES;
		return argument & OW_RESTART_READY ? __NR_restart_syscall : thread->syscall_number;
	default:
		return registers->ax;
	}
}

/* Only now: what is delivered from here on finds the thread as itself. */
static void set_mask(const struct owp_thread *thread)
{
	u64 blocked = thread->flags & OWP_THREAD_FLAG_MASK_SAVED ? thread->saved_mask : thread->blocked;
	sigset_t mask = { { blocked } };

	sigdelsetmask(&mask, sigmask(SIGKILL) | sigmask(SIGSTOP));
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static bool is_thread_of(const struct ow_departure *departure, u64 thread)
{
	const struct owp_process *processes = OWP_RECORDS(&ow_session.view, process, PROCESS);
	struct owp_range threads = processes[departure->go.process].threads;

	return thread >= threads.first && thread - threads.first < threads.count;
}

static bool may_go(const struct ow_departure *departure)
{
	return READ_ONCE(departure->empty) &&
	       (READ_ONCE(ow_session.released) || departure->go.flags & OW_GO_STOPPED);
}

loff_t ow_depart(u64 argument)
{
	u64 index = (u32)argument;
	const struct owp_thread *thread;
	const struct owp_registers *registers;
	struct pt_regs *regs = task_pt_regs(current);
	struct ow_departure *departure;
	bool last;

	if (index >= OWP_COUNT(&ow_session.view, THREAD))
		return -EINVAL;
	thread = OWP_RECORDS(&ow_session.view, thread, THREAD) + index;
	if (thread->registers.count != 1)
		return -EINVAL;
	registers = OWP_RECORDS(&ow_session.view, registers, REGISTERS) + thread->registers.first;

	mutex_lock(&ow_session.lock);
	departure = departure_of(current->tgid);
	if (!departure || !is_thread_of(departure, index) || departure->arrived == departure->expected) {
		mutex_unlock(&ow_session.lock);
		return -ESRCH;
	}
	last = ++departure->arrived == departure->expected;
	mutex_unlock(&ow_session.lock);
	if (last) {
		leave_nothing(departure);
		WRITE_ONCE(departure->empty, true);
		wake_up_all(&ow_session.wait);
	}
	if (wait_event_killable(ow_session.wait, may_go(departure)))
		return -EINTR; /* killed: it does not see user mode again */
	set_registers(regs, registers);
	set_mask(thread);
	if (departure->go.flags & OW_GO_STOPPED)
		send_sig(SIGSTOP, current, 1);
	return after_system_call(regs, thread, registers, argument);
}

static u32 gathered(void)
{
	u32 count = 0;
	u64 i;

	for (i = 0; i < OWP_COUNT(&ow_session.view, PROCESS); i++)
		count += READ_ONCE(ow_session.departures[i].empty);
	return count;
}

long ow_wait(const struct ow_wait __user *argument)
{
	struct ow_wait wait;
	long error;

	if (copy_from_user(&wait, argument, sizeof(wait)))
		return -EFAULT;
	error = wait_event_interruptible_timeout(ow_session.wait, gathered() >= wait.processes,
						 msecs_to_jiffies(wait.milliseconds));
	return error < 0 ? error : gathered();
}

long ow_release(void)
{
	WRITE_ONCE(ow_session.released, true);
	wake_up_all(&ow_session.wait);
	return 0;
}
