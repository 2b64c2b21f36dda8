// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads of a process: made when its memory is there, set up one by one, each by itself, and gone at last: with the
 * vector registers of the plan in the CPU, they call lseek(2) on the device, and the module gives them the others.
 */
#include <asm/prctl.h>
#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "bringup.h"
#include "process.h"
#include "restart.h"
#include "self.h"
#include "sys.h"
#include "vector.h"

/* What the threads of this process wait for, and what came of them; the window keeps it in memory. */
static struct {
	volatile uint32_t may_finish; /* the leader has set all that is of the process */
	volatile uint32_t finished;   /* threads that are ready to go, or failed */
	volatile uint32_t go;
	volatile uint32_t leader_leaves; /* 1: the leader is to end; the kernel clears it when it has left user mode */
	volatile int32_t error; /* of the first that failed */
	volatile uint32_t failed_thread, failed_op;
	struct self *self;
} gang;

static void wait_while(volatile uint32_t *word, uint32_t value)
{
	while (*word == value)
		sys(futex, word, FUTEX_WAIT, value, 0);
}

static void set_and_wake(volatile uint32_t *word, uint32_t value)
{
	*word = value;
	sys(futex, word, FUTEX_WAKE, 0x7fffffff);
}

static bool is_alive(const struct owp_thread *thread)
{
	return !(thread->flags & OWP_THREAD_FLAG_ENDED) && thread->registers.count == 1;
}

/* With the operation that failed. */
static int set_rights(const struct owp_thread *thread, uint32_t *op)
{
	int error;

	*op = OWP_OP_SET_CREDENTIALS;
	error = fault_of(gang.self, "set_credentials") ? -EIO : set_credentials(thread, gang.self->mm);
	if (error)
		return error;
	*op = OWP_OP_SET_SECCOMP;
	return fault_of(gang.self, "set_seccomp") ? -EIO : set_confinement(thread);
}

/* What is of the thread alone; the rights come last, for the others need them. */
static int set_up(const struct owp_thread *thread, uint32_t *op)
{
	stack_t altstack = {
		.ss_sp = (void *)thread->altstack_base,
		.ss_size = thread->altstack_bytes,
		.ss_flags = thread->altstack_bytes ? (thread->altstack_flags & ~SS_ONSTACK & ~SS_DISABLE) : SS_DISABLE,
	};
	long error = sys(prctl, PR_SET_NAME, owp_string(&ex.plan, thread->comm), 0, 0, 0);

	*op = OWP_OP_SET_THREADS;
	if (!error)
		error = set_scheduling(thread);
	if (!error)
		error = sys(sigaltstack, &altstack, 0);
	if (!error) /* the executor's own is not to be inherited */
		error = sys(personality, thread->personality) < 0 ? -EINVAL : 0;
	if (!error && thread->clear_child_tid)
		sys(set_tid_address, thread->clear_child_tid);
	if (!error && thread->robust_list)
		error = sys(set_robust_list, thread->robust_list, 24);
	if (!error)
		error = pend_signals(thread->pending, gang.self->process->pid, thread->tid);
	if (!error)
		error = prepare_restart(thread);
	if (!error && thread->rseq)
		error = sys(rseq, thread->rseq, thread->rseq_bytes, 0, thread->rseq_signature);
	return error ? error : set_rights(thread, op);
}

static void __attribute__((noreturn)) depart(const struct owp_thread *thread)
{
	uint64_t number = thread - OWP_RECORDS(&ex.plan, thread, THREAD);
	/* At the lower end of the thread's stack, where it has not been. */
	void *room = (void *)(STACKS_AT + (thread - gang.self->threads) * STACK_BYTES);
	void *state = vector_state_of(thread, room);

	number |= restart_bits(thread);
	sys(arch_prctl, ARCH_SET_GS, thread->gs_base);
	sys(arch_prctl, ARCH_SET_FS, thread->fs_base);
	load_vector_state(thread, state);
	sys(lseek, ex.device, number, 0);
	/* Only a departure that was refused comes back here. */
	sys(exit_group, 1);
	__builtin_unreachable();
}

static void finish(const struct owp_thread *thread, uint32_t index)
{
	uint32_t op;
	int error = set_up(thread, &op);

	if (error && __atomic_exchange_n(&gang.error, error, __ATOMIC_SEQ_CST) == 0) {
		gang.failed_thread = index;
		gang.failed_op = op;
	}
	__atomic_add_fetch(&gang.finished, 1, __ATOMIC_SEQ_CST);
	sys(futex, &gang.finished, FUTEX_WAKE, 0x7fffffff);
}

/* A new thread begins here, on its own stack. */
static void __attribute__((noreturn)) thread_main(uint32_t index)
{
	const struct owp_thread *thread = &gang.self->threads[index];

	wait_while(&gang.may_finish, 0);
	finish(thread, index);
	wait_while(&gang.go, 0);
	wait_while(&gang.leader_leaves, 1); /* what it runs in is not to be unmapped before */
	depart(thread);
}

/* clone3(2) on another stack: the child must not return through the frame that it was called in. */
static long new_thread(struct clone_args *args, uint32_t index)
{
	long result;
	register long rdi asm("rdi") = (long)args;
	register long rsi asm("rsi") = sizeof(*args);

	asm volatile("mov %[index], %%r12d\n\t"
		     "mov %[main], %%r13\n\t"
		     "syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 1f\n\t"
		     "xor %%ebp, %%ebp\n\t"
		     "mov %%r12d, %%edi\n\t"
		     "call *%%r13\n\t"
		     "ud2\n"
		     "1:"
		     : "=a"(result)
		     : "a"((long)SYS_clone3), "r"(rdi), "r"(rsi), [index] "r"(index), [main] "r"(thread_main)
		     : "rcx", "r11", "r12", "r13", "memory");
	return result;
}

int make_threads(struct self *self)
{
	uint32_t count = self->process->threads.count;
	uint64_t bytes = count * STACK_BYTES;
	long stacks = sys(mmap, STACKS_AT, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			  -1, 0);

	gang.self = self;
	if (stacks < 0)
		return stacks;
	for (uint32_t i = 1; i < count; i++) {
		int32_t tid = self->threads[i].tid;
		struct clone_args args = {
			.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
			.stack = STACKS_AT + i * STACK_BYTES,
			.stack_size = STACK_BYTES,
			.set_tid = (uintptr_t)&tid,
			.set_tid_size = 1,
		};
		long made;

		ex.child = i;
		ex.detail = tid;
		if (!is_alive(&self->threads[i]))
			continue;
		if (self->threads[i].files != self->model->files || self->threads[i].fs != self->model->fs)
			return -EOPNOTSUPP; /* descriptors or directories of its own */
		made = new_thread(&args, i);
		if (made < 0)
			return made;
	}
	return 0;
}

/* The device stands where no descriptor of the plan is, as low as can be: the table need not grow for it. */
static int lowest_free(const struct self *self)
{
	const struct owp_file_table *table;
	const struct owp_descriptor *descriptor;
	int fd = 0;

	if (self->model->files == OWP_NONE)
		return 0;
	table = OWP_RECORDS(&ex.plan, file_table, FILE_TABLE) + self->model->files;
	descriptor = OWP_RECORDS(&ex.plan, descriptor, DESCRIPTOR) + table->descriptors.first;
	for (uint32_t i = 0; i < table->descriptors.count && descriptor[i].fd == (uint32_t)fd; i++)
		fd++;
	return fd;
}

static int keep_device_only(const struct self *self)
{
	int fd = lowest_free(self);
	long error = sys(dup3, ex.device, fd, 0);

	if (error < 0)
		return error;
	ex.device = fd;
	return sys(close_range, ex.fd_base, ex.fd_limit, 0);
}

static uint32_t alive(const struct self *self)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < self->process->threads.count; i++)
		count += is_alive(&self->threads[i]);
	return count;
}

/* A leader that has ended is still seen in /proc, and its credentials say who may signal the process. */
static void dress_ended(const struct owp_thread *leader)
{
	sys(prctl, PR_SET_NAME, owp_string(&ex.plan, leader->comm), 0, 0, 0);
	set_scheduling(leader);
	set_credentials(leader, gang.self->mm);
	sys(arch_prctl, ARCH_SET_GS, leader->gs_base);
	sys(arch_prctl, ARCH_SET_FS, leader->fs_base);
}

int set_threads(struct self *self)
{
	struct ow_go go = {
		.process = self->index,
		.threads = alive(self),
		.flags = was_told_of(self->process) ? OW_GO_STOPPED : 0,
		.keep = { { IMAGE_START, IMAGE_END }, { WINDOW_START, WINDOW_END } },
	};
	long error;

	set_and_wake(&gang.may_finish, 1);
	if (is_alive(&self->threads[0]))
		finish(&self->threads[0], 0);
	else
		dress_ended(&self->threads[0]);
	for (uint32_t done; (done = gang.finished) < go.threads;)
		wait_while(&gang.finished, done);
	if (gang.error) {
		ex.child = gang.failed_thread;
		self->failed_op = gang.failed_op;
		return gang.error;
	}
	error = keep_device_only(self);
	if (!error)
		error = set_locks(self);
	go.device_fd = ex.device;
	if (error)
		return error;
	journal(step_of(OWP_OP_SET_CREDENTIALS, self->index), 0);
	journal(step_of(OWP_OP_SET_SECCOMP, self->index), 0);
	journal(step_of(OWP_OP_SET_THREADS, self->index), 0);
	self->failed_op = OWP_OP_RESUME;
	error = fault_of(self, "resume") ? -EIO : sys(ioctl, ex.device, OW_GO, &go);
	if (error)
		return error;
	journal(step_of(OWP_OP_RESUME, self->index), 0);
	if (!is_alive(&self->threads[0])) {
		/* It ended before its threads, and does so again (set_tid_address(2)). */
		gang.leader_leaves = 1;
		sys(set_tid_address, &gang.leader_leaves);
		set_and_wake(&gang.go, 1);
		sys(exit, 0);
	}
	set_and_wake(&gang.go, 1);
	depart(&self->threads[0]);
}
