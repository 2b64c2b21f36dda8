// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that go on: what the module loads into a CPU must be what user mode can have
 * (arch/x86/kernel/ptrace.c and signal_64.c hold whoever sets registers to the same).
 */
#include "validate.h"

/* arch/x86/include/asm/segment.h */
#define USER_CS 0x33
#define USER32_CS 0x23
#define USER_DS 0x2b
#define RPL_OF_USER 3
#define TLS_FIRST 12
#define TLS_ENTRIES 3

/* CF, PF, AF, ZF, SF, TF, IF, DF, OF, RF, AC, ID, and the bit that is always set. */
#define USER_FLAGS 0x250fd7ULL
#define INTERRUPT_FLAG 0x200ULL

#define VSYSCALL_PAGE 0xffffffffff600000ULL

#define NO_CALL (-1)
#define CALL_POLL 7
#define CALL_NANOSLEEP 35
#define CALL_FUTEX 202
#define CALL_CLOCK_NANOSLEEP 230
#define CALL_SELECT 23
#define CALL_PSELECT 270
#define CALL_PPOLL 271

static int fail(struct owp_check *check, enum owp_rule rule, uint64_t index, const char *field,
		uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_THREAD, index, field, value);
}

static int fail_registers(struct owp_check *check, enum owp_rule rule, uint64_t index,
			  const char *field, uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_REGISTERS, index, field, value);
}

/*
 * ds, es, fs, gs: null, or of user mode's privilege; whether there is such a segment, the load
 * itself finds out.
 */
static int is_user_selector(uint32_t selector)
{
	return selector < 4 || (selector & 3) == RPL_OF_USER;
}

static int check_selectors(struct owp_check *check, const struct owp_registers *registers,
			   uint64_t index)
{
	if (registers->cs != USER_CS && registers->cs != USER32_CS)
		return fail_registers(check, OWV_SELECTORS, index, "cs", registers->cs);
	if (registers->ss != USER_DS)
		return fail_registers(check, OWV_SELECTORS, index, "ss", registers->ss);
	if (!is_user_selector(registers->ds) || !is_user_selector(registers->es))
		return fail_registers(check, OWV_SELECTORS, index, "ds", registers->ds);
	if (!is_user_selector(registers->fs) || !is_user_selector(registers->gs))
		return fail_registers(check, OWV_SELECTORS, index, "fs", registers->fs);
	return 0;
}

static int check_registers(struct owp_check *check, uint64_t index, uint64_t task_size)
{
	const struct owp_registers *registers =
		OWP_RECORDS(&check->view, registers, REGISTERS) + index;
	int in_vsyscall =
		registers->ip >= VSYSCALL_PAGE && registers->ip < VSYSCALL_PAGE + OWP_PAGE;
	int rule = check_selectors(check, registers, index);

	if (rule)
		return rule;
	if (!(registers->flags & INTERRUPT_FLAG) || (registers->flags & ~USER_FLAGS))
		return fail_registers(check, OWV_FLAGS, index, "flags", registers->flags);
	/* Any program can put anything into its stack pointer: no processor minds that in user mode. */
	if (registers->ip >= task_size && !in_vsyscall)
		return fail_registers(check, OWV_ADDRESSES, index, "ip", registers->ip);
	return 0;
}

/*
 * The executor makes the call again, with the rights that it has by then: only those that do no
 * harm.
 */
static int check_restart(struct owp_check *check, uint64_t index)
{
	const struct owp_restart_block *block =
		OWP_RECORDS(&check->view, restart_block, RESTART_BLOCK) + index;

	switch (block->number) {
	case CALL_POLL:
	case CALL_NANOSLEEP:
	case CALL_FUTEX:
	case CALL_CLOCK_NANOSLEEP:
	case CALL_SELECT:
	case CALL_PSELECT:
	case CALL_PPOLL:
		return 0;
	default:
		return owp_fail(check, OWV_RESTART_CALL, OWP_SECTION_RESTART_BLOCK, index, "number",
				block->number);
	}
}

static int check_system_call(struct owp_check *check, const struct owp_thread *thread,
			     uint64_t index)
{
	uint32_t action = thread->syscall_action;

	if ((action == OWP_SYSCALL_ACTION_NONE) != (thread->syscall_number == NO_CALL))
		return fail(check, OWV_SYSTEM_CALL, index, "syscall_number",
			    thread->syscall_number);
	if (thread->restart.count != (action == OWP_SYSCALL_ACTION_RESTART_BLOCK))
		return fail(check, OWV_SYSTEM_CALL, index, "restart", thread->restart.count);
	if (action != OWP_SYSCALL_ACTION_COMPLETE && thread->syscall_result)
		return fail(check, OWV_SYSTEM_CALL, index, "syscall_result",
			    thread->syscall_result);
	return thread->restart.count ? check_restart(check, thread->restart.first) : 0;
}

/*
 * set_thread_area(2) makes no other descriptors (arch/x86/kernel/tls.c): code or data of user mode,
 * not of 64 bits.
 */
static int is_user_descriptor(uint64_t descriptor)
{
	uint64_t type = descriptor >> 44 & 1, privilege = descriptor >> 45 & 3,
		 long_mode = descriptor >> 53 & 1;

	return !descriptor || (type == 1 && privilege == RPL_OF_USER && !long_mode);
}

static int check_tls(struct owp_check *check, const struct owp_thread *thread)
{
	const struct owp_tls_descriptor *tls =
		OWP_RECORDS(&check->view, tls_descriptor, TLS_DESCRIPTOR);
	uint32_t seen = 0;

	for (uint64_t i = thread->tls.first; i < (uint64_t)thread->tls.first + thread->tls.count;
	     i++) {
		uint32_t entry = tls[i].entry - TLS_FIRST;

		if (entry >= TLS_ENTRIES || (seen >> entry & 1))
			return owp_fail(check, OWV_TLS, OWP_SECTION_TLS_DESCRIPTOR, i, "entry",
					tls[i].entry);
		if (!is_user_descriptor(tls[i].descriptor))
			return owp_fail(check, OWV_TLS, OWP_SECTION_TLS_DESCRIPTOR, i, "descriptor",
					tls[i].descriptor);
		seen |= 1U << entry;
	}
	return 0;
}

static int check_thread(struct owp_check *check, const struct owp_process *process,
			const struct owp_thread *thread, uint64_t index)
{
	const struct owp_mm *mm = OWP_RECORDS(&check->view, mm, MM) + process->mm;
	int without = (process->crash_bits & OWP_CRASH_BIT_REGISTERS) != 0;
	int rule = 0;

	if (thread->files == OWP_NONE || thread->fs == OWP_NONE)
		return fail(check, OWV_THREAD_TABLES, index,
			    thread->fs == OWP_NONE ? "fs" : "files", OWP_NONE);
	if (thread->registers.count != 1 && (thread->registers.count || !without))
		return fail(check, OWV_REGISTERS, index, "registers", thread->registers.count);
	if (thread->registers.count)
		rule = check_registers(check, thread->registers.first, mm->task_size);
	if (rule)
		return rule;
	if (thread->fs_base >= mm->task_size)
		return fail(check, OWV_BASES, index, "fs_base", thread->fs_base);
	if (thread->gs_base >= mm->task_size)
		return fail(check, OWV_BASES, index, "gs_base", thread->gs_base);
	rule = check_system_call(check, thread, index);
	if (!rule)
		rule = check_tls(check, thread);
	return rule ? rule : owp_check_fpu(check, index);
}

/* Behind the processes: those that go on have an mm. */
int owp_check_threads(struct owp_check *check)
{
	const struct owp_thread *threads = OWP_RECORDS(&check->view, thread, THREAD);
	const struct owp_process *process;
	uint64_t i;

	OWP_EACH(check, process, PROCESS, i, process) {
		uint64_t end = (uint64_t)process->threads.first + process->threads.count;

		if (!owp_goes_on(process))
			continue;
		for (uint64_t at = process->threads.first; at < end; at++) {
			int rule = threads[at].flags & OWP_THREAD_FLAG_ENDED
					   ? 0
					   : check_thread(check, process, &threads[at], at);

			if (rule)
				return rule;
			owp_relax(at);
		}
	}
	return 0;
}
