// SPDX-License-Identifier: GPL-2.0-only
/*
 * crasher.ko: a test module, for the guests of the lab. Whoever writes a word to its parameter `die` has the kernel die
 * in that way:
 *
 *     echo null-interrupt >/sys/module/crasher/parameters/die
 *
 * It first waits until another CPU runs a program, and says which. (Debian's kernels have no LKDTM.)
 */
#define pr_fmt(fmt) "crasher: " fmt

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/fpu/api.h>
#include <asm/processor.h>

/* In milliseconds. */
#define PATIENCE 10000

static int *nowhere;

static void dereference(void)
{
	WRITE_ONCE(*READ_ONCE(nowhere), 1);
}

static bool runs_program(void)
{
	return current->mm && !(current->flags & PF_KTHREAD);
}

struct sighting {
	bool program;
	int pid;
	char comm[TASK_COMM_LEN];
};

/* Told by an interrupt, like all that is asked of another CPU here. */
static void look(void *data)
{
	struct sighting *sighting = data;

	sighting->program = runs_program();
	sighting->pid = current->pid;
	strscpy(sighting->comm, current->comm, sizeof(sighting->comm));
}

/* -1 where there is none. */
static int other_cpu(void)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());

	return cpu < nr_cpu_ids ? cpu : -1;
}

static void look_around(const char *word)
{
	struct sighting seen = {};
	int waited, cpu = other_cpu();

	for (waited = 0; cpu >= 0 && waited < PATIENCE && !seen.program; waited++) {
		smp_call_function_single(cpu, look, &seen, 1);
		if (!seen.program)
			usleep_range(900, 1100);
	}
	pr_emerg("%s by %s[%d]; CPU %d runs %s[%d]\n", word, current->comm, current->pid, cpu, seen.comm, seen.pid);
}

/* This and the next return where they have interrupted something else than a program. */
static void interrupt(void *unused)
{
	if (runs_program())
		dereference();
}

/* The kernel has put the program's vector registers into memory, and its own there in their place. */
static void interrupt_with_vectors(void *unused)
{
	if (!runs_program() || !irq_fpu_usable())
		return;
	kernel_fpu_begin();
	asm volatile("pcmpeqd %%xmm0, %%xmm0; pcmpeqd %%xmm7, %%xmm7; pcmpeqd %%xmm15, %%xmm15" : : : "memory");
	dereference();
	kernel_fpu_end();
}

static void interrupt_other(void (*handler)(void *unused))
{
	int waited, cpu = other_cpu();

	for (waited = 0; cpu >= 0 && waited < PATIENCE; waited++) {
		smp_call_function_single(cpu, handler, NULL, 1);
		usleep_range(900, 1100);
	}
}

static void in_interrupt_of_program(void)
{
	interrupt_other(interrupt);
}

static void in_interrupt_with_vectors(void)
{
	interrupt_other(interrupt_with_vectors);
}

static void bug(void)
{
	BUG();
}

static void panic_itself(void)
{
	panic("crasher was told to");
}

/* The watchdog has to be told to panic: kernel.softlockup_panic. */
static void lock_up(void)
{
	preempt_disable();
	for (;;)
		cpu_relax();
}

/* And so has khungtaskd: kernel.hung_task_panic. */
static void hang(void)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	}
}

/* More than any kernel stack has room for. */
#define FRAMES 4096

static noinline unsigned int recurse(unsigned int depth)
{
	volatile unsigned int frame[64];

	frame[depth % ARRAY_SIZE(frame)] = depth;
	if (depth == FRAMES)
		return 0;
	return recurse(depth + 1) + frame[depth % ARRAY_SIZE(frame)];
}

static void overflow_stack(void)
{
	pr_emerg("the stack held %u\n", recurse(0));
}

static const struct {
	const char *word;
	void (*die)(void);
} ways[] = {
	{ "panic", panic_itself },
	{ "bug", bug },
	{ "null-process", dereference },
	{ "null-interrupt", in_interrupt_of_program },
	{ "null-vectors", in_interrupt_with_vectors },
	{ "soft-lockup", lock_up },
	{ "hung-task", hang },
	{ "stack-overflow", overflow_stack },
};

static int set_die(const char *word, const struct kernel_param *unused)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!sysfs_streq(word, ways[i].word))
			continue;
		look_around(ways[i].word);
		ways[i].die();
		return -ETIME;
	}
	return -EINVAL;
}

static int get_die(char *words, const struct kernel_param *unused)
{
	size_t i, used = 0;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		used += scnprintf(words + used, PAGE_SIZE - used, "%s\n", ways[i].word);
	return used;
}

static const struct kernel_param_ops die_operations = { .set = set_die, .get = get_die };
module_param_cb(die, &die_operations, NULL, 0600);
MODULE_PARM_DESC(die, "the word written here says how the kernel is to die");

MODULE_DESCRIPTION("Has the kernel die in many ways, for tests");
MODULE_LICENSE("GPL");
