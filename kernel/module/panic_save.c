// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saves at a panic what memory does not have: vector registers, segment bases, user registers, clocks.
 *
 * The kernel stops its other CPUs by an NMI when a crash kernel is loaded, in which each calls crash_save_cpu(); the one
 * that goes into the crash kernel calls it last. Without a crash kernel they are stopped by an interrupt and end in
 * stop_this_cpu(). So probes on these functions run on every CPU, whatever it was doing, with the kernel's own way
 * of reaching it: no NMI of ours, no handler whose order among the others matters, nothing that could keep the crash kernel
 * from being reached. The functions never run while the kernel lives, so the probes cost nothing. Each CPU writes its own
 * slot, once; what comes first is what counts: the vector registers are the task's until the kernel itself needs some.
 *
 * Everything here runs in any context, NMI included: no locks, no allocation, no vector instructions, no user memory.
 */
#define pr_fmt(fmt) "otherworld: " fmt

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/utsname.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/ptrace.h>
#include <asm/thread_info.h>

#include "../uapi/panic_area.h"
#include "compat.h"
#include "cpu_state.h"
#include "panic_save.h"

/* Found by its name in the dead kernel. */
static struct ow_panic_area *ow_panic_area;
static atomic_t begun = ATOMIC_INIT(0);

static unsigned long long panic_area;
module_param(panic_area, ullong, 0400);
MODULE_PARM_DESC(panic_area, "physical address of the area in which a panic saves what the CPUs hold (read only)");

static notrace void read_clocks(struct ow_panic_clocks *clocks)
{
	clocks->monotonic = ktime_get_mono_fast_ns();
	clocks->boottime = ktime_get_boot_fast_ns();
	clocks->realtime = ktime_get_real_fast_ns();
}

static notrace void begin(void)
{
	if (atomic_xchg(&begun, 1))
		return;
	read_clocks(&ow_panic_area->panicked);
	ow_panic_area->panic_cpu = raw_smp_processor_id();
	smp_store_release(&ow_panic_area->state, OW_PANIC_SAVING);
}

static notrace bool has_user_half(void)
{
	return !(current->flags & OW_KERNEL_TASKS) && current->mm;
}

/*
 * While TIF_NEED_FPU_LOAD is clear the registers in the CPU are the task's; if it is set, its fpstate has them: the kernel
 * puts them there before it uses the registers itself, or switched to the task and has not loaded them yet. They are saved
 * in either case, because the flag is set a few instructions before they are put there: `kernel` tells.
 */
static notrace void save_vectors(struct ow_panic_slot *slot)
{
	const struct ow_panic_area *area = ow_panic_area;

	ow_save_vectors((void *)slot + OW_PANIC_VECTORS_OFFSET, area->xsave_format, area->xfeatures);
	slot->xsave_bytes = area->xsave_bytes;
	if (!test_thread_flag(TIF_NEED_FPU_LOAD))
		slot->flags |= OW_PANIC_VECTORS;
}

/*
 * The user's GS base waits in MSR_KERNEL_GS_BASE while the kernel runs. An NMI can come before the entry from user mode
 * has exchanged the two: then both are the kernel's, and the user's is in a register of the NMI's entry code.
 */
static notrace void save_bases(struct ow_panic_slot *slot)
{
	u64 waiting = ow_rdmsr(MSR_KERNEL_GS_BASE);

	slot->fs_base = ow_rdmsr(MSR_FS_BASE);
	slot->flags |= OW_PANIC_FS_BASE;
	if (waiting == ow_rdmsr(MSR_GS_BASE))
		return;
	slot->gs_base = waiting;
	slot->flags |= OW_PANIC_GS_BASE;
}

/* Whoever is in the kernel has left its user registers at the top of its stack, whichever way it came in. */
static notrace void save_registers(struct ow_panic_slot *slot, struct pt_regs *interrupted)
{
	struct pt_regs *user = user_mode(interrupted) ? interrupted : task_pt_regs(current);

	memcpy(slot->user, user, sizeof(slot->user));
	slot->flags |= OW_PANIC_REGISTERS;
}

static notrace void save_task(struct ow_panic_slot *slot, struct pt_regs *interrupted)
{
	save_vectors(slot);
	save_bases(slot);
	save_registers(slot, interrupted);
	if (ow_has_protection_keys()) {
		slot->pkru = ow_rdpkru();
		slot->flags |= OW_PANIC_PKRU;
	}
}

static notrace void save_cpu(u32 cause, struct pt_regs *interrupted)
{
	u32 cpu = raw_smp_processor_id();
	struct ow_panic_slot *slot = (void *)ow_panic_area + ow_panic_area->slots_offset + cpu * ow_panic_area->slot_bytes;

	if (cpu >= ow_panic_area->slots || cmpxchg(&slot->state, OW_PANIC_EMPTY, OW_PANIC_WRITING) != OW_PANIC_EMPTY)
		return;
	if (has_user_half())
		save_task(slot, interrupted);
	slot->cpu = cpu;
	slot->cause = cause;
	slot->pid = current->tgid;
	slot->tid = current->pid;
	slot->task = (unsigned long)current;
	slot->monotonic = ktime_get_mono_fast_ns();
	if (user_mode(interrupted))
		slot->flags |= OW_PANIC_IN_USER;
	else
		memcpy(slot->kernel, interrupted, sizeof(slot->kernel));
	slot->bytes = OW_PANIC_VECTORS_OFFSET + slot->xsave_bytes;
	slot->sum = ow_panic_sum(&slot->cpu, slot->bytes - offsetof(struct ow_panic_slot, cpu));
	smp_store_release(&slot->state, OW_PANIC_SAVED);
}

static notrace int on_panic(struct kprobe *probe, struct pt_regs *regs)
{
	begin();
	save_cpu(OW_PANIC_BY_PANIC, regs);
	return 0;
}
NOKPROBE_SYMBOL(on_panic);

/* crash_save_cpu(regs, cpu): what an NMI interrupted, or what an oops was about. */
static notrace int on_crash_save(struct kprobe *probe, struct pt_regs *regs)
{
	begin();
	save_cpu(OW_PANIC_BY_CRASH, (struct pt_regs *)regs->di);
	return 0;
}
NOKPROBE_SYMBOL(on_crash_save);

/* Reboots come this way too. */
static notrace int on_stop(struct kprobe *probe, struct pt_regs *regs)
{
	if (atomic_read(&begun))
		save_cpu(OW_PANIC_BY_STOP, regs);
	return 0;
}
NOKPROBE_SYMBOL(on_stop);

static notrace int on_leave(struct kprobe *probe, struct pt_regs *regs)
{
	if (!atomic_read(&begun))
		return 0;
	ow_panic_area->panic_cpu = raw_smp_processor_id();
	read_clocks(&ow_panic_area->left);
	smp_store_release(&ow_panic_area->state, OW_PANIC_LEFT);
	return 0;
}
NOKPROBE_SYMBOL(on_leave);

/* Newer kernels have a vpanic() that panic() calls: whoever calls it directly is caught as well. */
static struct kprobe probes[] = {
	{ .symbol_name = "crash_save_cpu", .pre_handler = on_crash_save },
	{ .symbol_name = "stop_this_cpu", .pre_handler = on_stop },
	{ .symbol_name = "machine_kexec", .pre_handler = on_leave },
	{ .symbol_name = "panic", .pre_handler = on_panic },
	{ .symbol_name = "vpanic", .pre_handler = on_panic },
};
static unsigned int registered;

#define OPTIONAL_PROBES 1

static void unregister_probes(void)
{
	while (registered)
		unregister_kprobe(&probes[--registered]);
}

static int register_probes(void)
{
	for (; registered < ARRAY_SIZE(probes); registered++) {
		int error = register_kprobe(&probes[registered]);

		if (!error)
			continue;
		if (registered >= ARRAY_SIZE(probes) - OPTIONAL_PROBES)
			break;
		pr_err("no probe on %s: error %d\n", probes[registered].symbol_name, error);
		unregister_probes();
		return error;
	}
	return 0;
}

static void describe(struct ow_panic_area *area, size_t bytes)
{
	memcpy(area->magic, OW_PANIC_MAGIC, sizeof(area->magic));
	area->version = OW_PANIC_VERSION;
	area->bytes = bytes;
	area->physical = virt_to_phys(area);
	area->address = (unsigned long)area;
	area->panic_cpu = -1;
	strscpy(area->release, init_utsname()->release, sizeof(area->release));
	area->sum = ow_panic_sum(&area->bytes, offsetof(struct ow_panic_area, state) -
						       offsetof(struct ow_panic_area, bytes));
}

static struct ow_panic_area *allocate_area(void)
{
	struct ow_panic_area layout = {};
	struct ow_panic_area *area;
	size_t bytes;

	ow_describe_vectors(&layout);
	layout.slots_offset = ALIGN(sizeof(layout), 64);
	layout.slot_bytes = ALIGN(OW_PANIC_VECTORS_OFFSET + layout.xsave_bytes, 64);
	layout.slots = nr_cpu_ids;
	bytes = PAGE_ALIGN(layout.slots_offset + (size_t)layout.slots * layout.slot_bytes);
	area = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_ZERO);
	if (!area)
		return NULL;
	*area = layout;
	describe(area, bytes);
	return area;
}

/* Without its magic it is no area any more, whoever gets the page. */
static void free_area(void)
{
	size_t bytes = ow_panic_area->bytes;

	memset(ow_panic_area, 0, sizeof(*ow_panic_area));
	free_pages_exact(ow_panic_area, bytes);
	ow_panic_area = NULL;
	panic_area = 0;
}

int ow_panic_save_init(void)
{
	int error;

	BUILD_BUG_ON(sizeof(struct pt_regs) != sizeof_field(struct ow_panic_slot, user));
	BUILD_BUG_ON(sizeof(struct ow_panic_slot) > OW_PANIC_VECTORS_OFFSET);
	ow_panic_area = allocate_area();
	if (!ow_panic_area)
		return -ENOMEM;
	error = register_probes();
	if (error) {
		free_area();
		return error;
	}
	panic_area = ow_panic_area->physical;
	smp_store_release(&ow_panic_area->state, OW_PANIC_ARMED);
	return 0;
}

void ow_panic_save_exit(void)
{
	unregister_probes();
	free_area();
}
